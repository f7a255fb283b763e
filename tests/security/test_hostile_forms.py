"""Numbers nobody can have, bytes no text has, forms too large: a sentence or 404, never a fault, nothing changed."""

import uuid
from itertools import cycle, islice
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from contacts import urls
from contacts.models import Alert, AuditEntry, Contact, Erasure, Job, SavedView, SyncRun
from tests.rows import just_signed_in, make_access
from tests.security.evidence import rows
from tests.security.test_foreign_ids import Tenant
from tests.security.test_web import ELSEWHERE, leads_elsewhere
from tests.views.permissions import PAGES

pytestmark = pytest.mark.django_db
NUMBERS = ["9" * 18, "9" * 20, "9" * 5000, "-1", "1e9", "٣", "²", "\0"]
BYTES = [b"\0", b"a\0b", b"\xed\xa0\x80", b"\xff\xfe", b"\xf0\x9f\x92\xa9" * 500, b"%", b"_", b"'", b"\r\nX-Evil: 1"]
QUERY = ("after", "before", "tab", "kind", "status", "list", "changed", "sort", "from", "to", "days", "spike", "name")
MORE = ("group", "reason", "verdict", "said", "job", "action", "outcome", "lists", "token", "q")
FIELDS = (
    *("text", "addresses", "who", "list", "name", "description", "note", "reason", "lists", "tags", "had", "narrow"),
    *("seen", "preview", "basis", "order", "people", "choices", "automation", "favorite", "anyway"),
)
SELECTIONS = ("", *(f"&source={each}&all=1&text=a" for each in ("contacts", "list", "deleted")), "&source=pasted")
READ = [name for name, (methods, _) in PAGES.items() if "GET" in methods]
# What a GET may write: who took a file with people is in the history, and a new plan where the old one is older than
# our copy. Neither happens here but the first.
EXPORTED = {"contacts_auditentry", "contacts_auditchain", "contacts_auditpayload", "sqlite_sequence"}
WRITTEN = {"job_report": EXPORTED, "audit_checkpoints": EXPORTED}
KEPT_ASIDE = {"django_session", "cache", "contacts_requestlog", "contacts_callbudget"}


@pytest.fixture
def ours():
    return Tenant("ours")


@pytest.fixture
def managed(ours):
    """The same with one of everything that the pages of those who manage are about."""
    account, start = ours.account, timezone.now()
    ours.named = {
        "people": make_access(account, "agent"),
        "alert": Alert.objects.create(account=account, kind="budget", key="day"),
        "erasure": Erasure.objects.create(account=account, remote_id=uuid.uuid4(), state="done", done_at=start),
        "audit": AuditEntry.objects.filter(account=account).latest("pk"),
        "sync": SyncRun.objects.create(account=account, kind="full", state="done", step="lists", finished_at=start),
    }
    ours.view = SavedView.objects.create(account=account, by=ours.person, name="View", query="action:link")
    return ours


def address(ours, name):
    named = {"job": ours.ended, "deleted": ours.spike, **getattr(ours, "named", {})}
    given = {
        "pk": named.get(name.partition("_")[0], ours.ended).pk,
        "list_id": ours.newsletter.remote_id,
        "remote_id": ours.ids.who,
        "kind": "add_lists",
        "token": ours.ids.write_token,
        "view": ours.view.pk if hasattr(ours, "view") else 0,
    }
    [pattern] = [each for each in urls.of_account if each.name == name]
    return ours.url(name, **{key: given[key] for key in pattern.pattern.converters})


def pages(ours):
    """Every page of the jobs, lists and deleted contacts, with what can be asked of it."""
    for name in READ:
        if name.startswith(("job_", "list_", "deleted_", "contact_list", "audit_list")):
            yield name, address(ours, name)


def posts(ours):
    for name, (methods, _) in PAGES.items():
        if "POST" in methods and name.startswith(("job_", "list_", "deleted_", "contact_list")):
            yield name, address(ours, name)


MANAGING = (
    *("audit_", "people_", "alert_", "erasure_", "outside_", "contact_erase", "contact_privacy", "contact_history"),
    *("account_rules", "account_settings", "account_writing", "account_unlink"),
)


def of_managers(ours, method):
    """Every page of those who manage that answers this method."""
    for name, (methods, _) in PAGES.items():
        if method in methods and name.startswith(MANAGING):
            yield name, address(ours, name)


def filled(names, values, turn):
    """Every field with one of these values, another one at each turn."""
    return dict(zip(names, islice(cycle(values), turn, None), strict=False))


@pytest.mark.parametrize("turn", [3])
def test_a_number_that_is_none_is_answered(ours, turn):
    for name, where in pages(ours):
        assert ours.browser.get(where, filled((*QUERY, *MORE), NUMBERS, turn)).status_code == 200, name
    for name, where in posts(ours):
        form = filled(("people", "after_event", "group", "way", "after"), NUMBERS, turn) | {"order": "run"}
        assert ours.browser.post(where, form).status_code in (200, 302, 404), name
    assert not Job.objects.filter(state="running").exists()


@pytest.mark.parametrize("people", ["9" * 19, "1" * 400, "1e9", "-7", "٧", "\0"])
def test_a_number_of_people_that_is_none_runs_nothing(ours, people):
    answer = ours.post("job_order", {"order": "run", "people": people}, pk=ours.planned.pk)
    assert 'role="alert"' in answer.content.decode()
    assert not Job.objects.filter(state="running").exists()


@pytest.mark.parametrize("turn", [0, 4])
def test_bytes_that_are_no_text_are_answered(ours, turn):
    asked = urlencode(filled((*QUERY, *MORE), BYTES, turn))
    for name, where in pages(ours):
        answer = ours.browser.get(f"{where}?{asked}")
        assert answer.status_code == 200, name
        assert "X-Evil" not in answer.headers
    form = urlencode(filled(FIELDS, BYTES, turn) | {"token": str(uuid.uuid4())})
    for name, where in posts(ours):
        selections = SELECTIONS if name == "job_plan" else SELECTIONS[:1]
        for more in selections:
            answer = ours.browser.post(where, form + more, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (200, 302, 404), name
            assert "X-Evil" not in answer.headers


def test_a_search_that_cannot_be_read_is_not_taken_for_everybody(ours):
    for text in ("\0", "x" * 300):
        form = {"source": "contacts", "all": "1", "token": str(uuid.uuid4()), "text": text}
        assert "This form is incomplete" in ours.post("job_plan", form, kind="delete").content.decode()
    assert Job.objects.count() == 2


@pytest.mark.parametrize("many", [1_001, 60_000])
def test_more_ticks_than_a_form_may_have_are_refused_in_words(ours, many):
    who = "&".join(f"who={uuid.UUID(int=number)}" for number in range(many))
    form = f"source=contacts&token={uuid.uuid4()}&{who}"
    for name in ("job_plan", "job_choose", "contact_lists"):
        answer = ours.browser.post(address(ours, name), form, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400
        assert "Nothing was changed" in answer.content.decode()
    assert Job.objects.count() == 2


def test_texts_of_any_length_are_answered(ours):
    long = "ä" * 60_000
    for name, where in posts(ours):
        form = dict.fromkeys(("addresses", "note", "name", "reason", "text", "narrow", "people"), long)
        answer = ours.browser.post(where, form | {"source": "pasted", "token": str(uuid.uuid4())})
        assert answer.status_code in (200, 302, 404), name
    assert not Job.objects.filter(state="running").exists()


def test_looking_changes_nothing(ours):
    names = [name for name in READ if name.startswith(("job_", "list_", "deleted_", "home", "contact_d", "audit_"))]
    for name in names:
        if name != "audit_detail":
            before = snapshot()
            answer = ours.browser.get(address(ours, name))
            b"".join(answer) if answer.streaming else answer.content
            after = snapshot()
            changed = {table for table in before if before[table] != after[table]}
            assert changed <= WRITTEN.get(name, set()), name


def snapshot():
    return {table: found for table, found in rows().items() if table not in KEPT_ASIDE}


def test_a_form_from_elsewhere_is_refused_before_it_is_read(ours):
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "https://evil.example.com"})
    browser.force_login(ours.person)
    browser.get(address(ours, "job_list"))
    before, token = snapshot(), browser.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": token, "order": "stop", "reason": "x", "name": "x", "note": "x", "token": token}
    for name, where in posts(ours):
        answer = browser.post(where, form, headers={"HX-Request": "true", "X-CSRFToken": token})
        assert answer.status_code == 403, name
    assert snapshot() == before


@pytest.mark.parametrize("place", ELSEWHERE[1::16])
def test_no_form_leads_off_this_site(ours, place):
    browser = Client(headers={"Referer": place.strip(), "HX-Current-URL": place.strip()})
    browser.force_login(make_access(ours.account, "admin").user)
    for name, where in posts(ours):
        form = {"next": place, "back": place, "token": str(uuid.uuid4()), "note": "x", "reason": "x", "order": "stop"}
        answer = browser.post(where, form, query_params={"next": place})
        assert answer.status_code != 302 or not leads_elsewhere(answer), name


def test_a_name_with_line_breaks_is_no_header(ours):
    evil = "Gala\r\nSet-Cookie: evil=1\r\n\r\n<script>"
    ours.newsletter.name = evil
    ours.newsletter.save()
    for name in ("job_detail", "job_report", "job_progress", "list_detail", "list_edit"):
        answer = ours.browser.get(address(ours, name))
        assert answer.status_code == 200
        assert "evil" not in str(answer.headers) and "evil" not in answer.cookies
    report = ours.browser.get(address(ours, "job_report"))
    assert report["Content-Disposition"] == f'attachment; filename="job-{ours.ended.pk}-report.csv"'
    assert report["X-Content-Type-Options"] == "nosniff"
    assert report["Content-Type"] == "text/csv; charset=utf-8"


MORE_FIELDS = (
    *("email", "role", "until", "typed", "months", "kinds", "digest", "reset", "reversal", "answer", "mark", "form"),
    *("every", "shared", "q", "writing", "approval_above", "second_factor_from", "sign_up_link", "copy", "show"),
)
ANSWERS = (200, 302, 303, 404, 422)


def read(answer):
    return b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize("turn", [0, 3, 5])
def test_numbers_and_bytes_that_are_none_are_answered_by_the_pages_of_those_who_manage(managed, turn):
    names = (*QUERY, *MORE, *MORE_FIELDS, "actor", "contact", "tag", "sure", "evidence", "fold", "show")
    for values in (BYTES, [each.encode() for each in NUMBERS[:2] + NUMBERS[3:]]):
        asked = urlencode(filled(names, values, turn))
        for name, where in of_managers(managed, "GET"):
            answer = managed.browser.get(f"{where}?{asked}")
            assert answer.status_code in (200, 404), name
            assert "X-Evil" not in answer.headers
            read(answer)
        form = urlencode(filled((*FIELDS, *MORE_FIELDS), values, turn))
        for name, where in of_managers(managed, "POST"):
            if name not in ("people_remove", "alert_close", "audit_view_delete"):
                answer = managed.browser.post(where, form, content_type="application/x-www-form-urlencoded")
                assert answer.status_code in ANSWERS, name
                assert "X-Evil" not in answer.headers
                read(answer)
    assert Contact.objects.filter(account=managed.account).count() == 7


def test_texts_of_any_length_are_answered_by_them_too(managed):
    long = "ä" * 20_000
    for name, where in of_managers(managed, "POST"):
        answer = managed.browser.post(where, dict.fromkeys((*FIELDS, *MORE_FIELDS), long))
        assert answer.status_code in ANSWERS, name
        read(answer)
    for name, where in of_managers(managed, "GET"):
        answer = managed.browser.get(where, {"q": "a" * 4000, "after": "a" * 3000})
        assert answer.status_code in (200, 404), name


def test_a_form_of_theirs_from_elsewhere_is_refused_before_it_is_read(managed):
    browser = just_signed_in_by(managed, enforce_csrf_checks=True, headers={"Origin": "https://evil.example.com"})
    browser.get(address(managed, "job_list"))
    before, token = snapshot(), browser.cookies["csrftoken"].value
    forms = ({"csrfmiddlewaretoken": token, "reason": "x", "form": "csv", "role": "admin"}, {"reason": "x"})
    for name, where in of_managers(managed, "POST"):
        for form, headers in zip(forms, ({"HX-Request": "true", "X-CSRFToken": token}, {}), strict=True):
            assert browser.post(where, form, headers=headers).status_code == 403, name
    assert snapshot() == before


def just_signed_in_by(managed, **options):
    browser = Client(**options)
    browser.force_login(managed.person)
    return just_signed_in(browser)


@pytest.mark.parametrize("place", ELSEWHERE[2::16])
def test_none_of_their_forms_leads_off_this_site(managed, place):
    browser = just_signed_in_by(managed, headers={"Referer": place.strip(), "HX-Current-URL": place.strip()})
    for name, where in of_managers(managed, "POST"):
        if name != "people_invite":
            form = {"next": place, "reason": "x", "form": place, "q": place, "name": "x", "role": "agent"}
            answer = browser.post(where, form, query_params={"next": place})
            assert answer.status_code not in (302, 303) or not leads_elsewhere(answer), name
