"""The pages of a privacy request: what is held, erasing, the receipt, and every page about somebody erased."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.connect.marks import marker_of
from contacts.models import AuditEntry, Contact, ContactEvent, ContactList, Erasure, Job, JobItem, LinkedAccount, Write
from contacts.services import erasing, erasure_file, writing
from tests.rows import make_access
from tests.views.check_rig import NEWSLETTER, Desk

pytestmark = pytest.mark.django_db
ADDRESS = "maeve.doyle@example.net"


@pytest.fixture
def desk(emulation, settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path / "outside")
    return Desk(emulation, role="admin")


@pytest.fixture
def maeve(desk):
    return desk.contact(ADDRESS, lists=[NEWSLETTER], notes=[{"note_id": "1", "content": "a note"}])


def text(answer):
    return " ".join(answer.content.decode().split())


def erased(desk, contact):
    """The person erased; all is done but for the file, which a test's own transaction does not let us wipe."""
    erasing.carry_on(erasing.begin(contact, by=desk.access.user, reason="ticket 9"))
    Erasure.objects.update(state="done", done_at=timezone.now(), wiped=True, step="")
    return Erasure.objects.get()


def moved(desk, contact, *, to):
    """Constant Contact holds this contact with another address than our copy."""
    remote = contact.remote
    remote["email_address"]["address"] = to
    desk.emulation.state.load(contacts=[{"account": desk.account.encoded_account_id, **remote}])


def test_the_pack_shows_everything_and_is_written_down(desk, maeve):
    shown = desk.get("contact_privacy", remote_id=maeve.remote_id)
    assert shown.status_code == 200
    for word in (ADDRESS, "Newsletter", "a note", "What we do not hold", "Constant Contact keeps a record of its own"):
        assert word in text(shown)
    entry = AuditEntry.objects.get(action="export")
    assert (entry.target, entry.detail) == (str(maeve.remote_id), {"what": "pack", "form": "page"})


def test_the_file_has_every_section(desk, maeve):
    Write.objects.create(account=desk.account, contact=maeve, kind="delete", state="refused", note="by phone")
    answer = desk.post("contact_privacy_pack", remote_id=maeve.remote_id)
    held = json.loads(b"".join(answer.streaming_content))
    assert held["record"][0] == maeve.remote
    assert held["contact"][0]["address"] == ADDRESS
    assert held["lists"][0]["list"] == "Newsletter"
    assert held["changes"][0]["note"] == "by phone"
    assert {"events", "history", "jobs", "tags", "reversals", "not_held"} <= held.keys()
    assert held["history"][0]["detail"] == {"what": "pack", "form": "json"}


def test_the_page_says_dates_codes_and_lists_in_words(desk, maeve):
    courses = ContactList.objects.create(account=desk.account, remote_id=uuid4(), name="Course alerts")
    news = maeve.memberships.get().list
    moved = {"list_memberships": [[news.pk], [news.pk, courses.pk]], "last_name": [None, "Doyle"]}
    at = datetime(2026, 11, 17, 14, 15, tzinfo=UTC)
    ContactEvent.objects.create(contact=maeve, kind="lists", sure="contact", noticed_to=at, changes=moved)
    Write.objects.create(
        account=desk.account, contact=maeve, kind="lists", state="refused", lists=[str(courses.remote_id)]
    )
    shown = text(desk.get("contact_privacy", remote_id=maeve.remote_id))
    for name, value in {
        "Lists": ("Newsletter → Newsletter; Course alerts", "Course alerts"),
        "Last name": ("nothing → Doyle",),
        "Seen": ("17 Nov 2026 14:15",),
        "Sure": ("by the contact",),
        "How we know": ("already so when we first looked",),
        "Action": ("Export",),
    }.items():
        for each in value:
            assert f"<dt>{name}</dt><dd>{each}</dd>" in shown
    held = json.loads(b"".join(desk.post("contact_privacy_pack", remote_id=maeve.remote_id).streaming_content))
    assert held["events"][0]["changes"]["list_memberships"] == [["Newsletter"], ["Newsletter", "Course alerts"]]


def test_the_pack_asks_as_often_for_much_as_for_little(desk, maeve, django_assert_max_num_queries):
    for _ in range(30):
        Write.objects.create(account=desk.account, contact=maeve, kind="delete", state="refused", by=desk.access.user)
    with django_assert_max_num_queries(40):
        desk.get("contact_privacy", remote_id=maeve.remote_id)


def test_nothing_is_erased_until_the_address_is_typed(desk, maeve):
    assert ADDRESS in text(desk.get("contact_erase", remote_id=maeve.remote_id))
    answer = desk.post("contact_erase", remote_id=maeve.remote_id, data={"typed": "somebody@example.net"})
    assert "This is not the contact’s address" in text(answer).replace("&#x27;", "’")
    assert Contact.objects.exists() and not Erasure.objects.exists()


def test_erasing_leads_to_a_receipt(desk, maeve):
    answer = desk.post("contact_erase", remote_id=maeve.remote_id, data={"typed": ADDRESS.upper(), "reason": "9"})
    erasure = Erasure.objects.get()
    assert answer.url == desk.url("erasure_detail", pk=erasure.pk)
    assert "The copy is gone." in text(desk.get("erasure_detail", pk=erasure.pk))
    erasing.carry_on(erasure)
    assert len(list(erasure_file.lines())) == 1
    Erasure.objects.update(state="done", done_at=timezone.now(), wiped=True)
    receipt = text(desk.get("erasure_detail", pk=erasure.pk))
    assert "wiped: nothing of it can be read there any more" in receipt
    assert "erased again: its marks are kept outside the database" in receipt
    assert "Stays on lists" in receipt
    assert ADDRESS not in receipt


def test_a_refusal_is_a_sentence_on_the_page(desk, maeve):
    Write.objects.create(account=desk.account, contact=maeve, kind="delete", state="unknown")
    answer = desk.post("contact_erase", remote_id=maeve.remote_id, data={"typed": ADDRESS})
    assert answer.status_code == 200
    assert "This contact is being changed right now. Nothing was erased." in text(answer)


@pytest.mark.parametrize("page", ["contact_lists", "contact_raw", "contact_reactivate", "contact_erase"])
def test_every_page_of_somebody_erased_says_so(desk, maeve, page):
    erasure = erased(desk, maeve)
    answer = desk.get(page, remote_id=maeve.remote_id)
    assert answer.status_code == 410
    assert "Our copy was erased on" in text(answer)
    assert f"request {erasure.pk}" in text(answer)
    assert "Constant Contact may still hold its own." in text(answer)
    assert ADDRESS not in text(answer)


def test_what_the_history_still_tells_says_so_as_well(desk, maeve):
    erasure = erased(desk, maeve)
    url = desk.get("contact_detail", remote_id=maeve.remote_id).url
    assert url == desk.url("contact_history", remote_id=maeve.remote_id)
    answer = text(desk.browser.get(url))
    assert "Our copy was erased on" in answer and f"request {erasure.pk}" in answer
    assert "Constant Contact may still hold its own." in answer


def test_a_stranger_learns_nothing_about_the_erased(desk, maeve):
    erased(desk, maeve)
    desk.browser.force_login(make_access(desk.account, "agent", expires_at=timezone.now()).user)
    assert desk.get("contact_detail", remote_id=maeve.remote_id).status_code == 404


def test_a_check_of_the_address_says_so_and_offers_no_act(desk, maeve):
    erasure = erased(desk, maeve)
    before = len(desk.emulation.requests("GET", "/contacts"))
    for answer in (desk.check(ADDRESS.upper()), desk.live(ADDRESS)):
        assert f"request {erasure.pk}" in text(answer)
        assert "Our copy was erased on" in text(answer)
        assert "Reactivate …" not in text(answer) and "Check live" not in text(answer)
    assert len(desk.emulation.requests("GET", "/contacts")) == before
    assert not Contact.objects.exists()


def test_several_addresses_say_it_in_their_row(desk, maeve):
    erased(desk, maeve)
    answer = desk.check(f"{ADDRESS}\nnobody@example.org")
    assert "Our copy was erased (request" in text(answer)


def test_a_live_check_that_meets_the_erased_keeps_nothing(desk):
    """They have another address in Constant Contact by now, which no mark knows."""
    maeve = desk.contact(ADDRESS, held=False)
    erasure = erased(desk, maeve)
    moved(desk, maeve, to="new@example.net")
    answer = desk.live("new@example.net")
    assert f"request {erasure.pk}" in text(answer)
    assert not Contact.objects.exists()


def test_a_change_of_somebody_who_took_an_erased_address_is_refused(desk):
    erased(desk, desk.contact(ADDRESS, held=False))
    other = desk.contact("other@example.net", held=False)
    moved(desk, other, to=ADDRESS)
    write = writing.begin(other, kind=Write.Kind.ADD_LISTS, by=desk.access.user, lists=[NEWSLETTER])
    write = writing.carry_out(write)
    assert write.state == "refused" and "erased on request" in write.message
    assert desk.emulation.requests("PUT", "/contacts/") == []
    assert Contact.objects.get().address == "other@example.net"


def test_the_pages_of_a_job_of_which_somebody_was_erased_still_stand(desk, maeve):
    now = timezone.now()
    job = Job.objects.create(
        account=desk.account, kind="delete", chosen="x", state="done", people=1, finished_at=now, started_at=now
    )
    write = Write.objects.create(account=desk.account, contact=maeve, kind="delete", state="not_applied", ended_at=now)
    JobItem.objects.create(job=job, contact=maeve, write=write)
    erased(desk, maeve)
    for page in ("job_detail", "job_people", "job_report"):
        assert desk.get(page, pk=job.pk).status_code == 200
    assert "1 person of this job was erased on request since" in text(desk.get("job_detail", pk=job.pk))
    for page in ("job_undo", "job_retry"):
        assert desk.post(page, pk=job.pk, data={"token": str(write.token)}).status_code < 500
    assert desk.get("write_detail", token=write.token).status_code == 404
    assert f"/jobs/{job.pk}/" in text(desk.get("erasure_detail", pk=Erasure.objects.get().pk))


def test_an_admin_lifts_the_mark_with_a_reason(desk, maeve):
    erasure = erased(desk, maeve)
    assert "Say why" in text(desk.post("erasure_lift", pk=erasure.pk))
    desk.post("erasure_lift", pk=erasure.pk, data={"reason": "asked to be copied again"})
    erasure.refresh_from_db()
    assert erasure.state == "lifted" and erasure.exported_at
    assert AuditEntry.objects.get(action="erase_lifted").told() == {"note": "asked to be copied again"}
    assert next(iter(erasure_file.lines())).state == "lifted"
    now = timezone.now()
    mirror.store_contact(desk.account, maeve.remote, fetched_at=now, seen_at=now)
    assert desk.get("contact_detail", remote_id=maeve.remote_id).status_code == 200


def test_the_list_has_the_requests_and_the_rule(desk, maeve):
    assert "Nobody was erased from our copy." in text(desk.get("erasure_list"))
    erased(desk, maeve)
    shown = text(desk.get("erasure_list"))
    assert "Request" in shown and "keeps 30 days" in shown
    assert desk.post("erasure_retention", data={"months": "12"}).status_code == 302
    assert LinkedAccount.objects.get().payload_months == 12
    assert "not a whole number" in text(desk.post("erasure_retention", data={"months": "some"}))


def test_a_lost_key_is_said_on_every_page_and_the_file_is_asked_for(desk, maeve):
    erased(desk, maeve)
    assert marker_of(LinkedAccount.objects.get())
    LinkedAccount.objects.update(erasure_key="lost")
    assert "The key of the marks cannot be opened." in text(desk.get("home"))
    assert desk.get("contact_lists", remote_id=maeve.remote_id).status_code == 410
    assert desk.check(ADDRESS).status_code == 200
