"""Check a file, as a browser meets it: bringing, progress, verdicts, choices, downloads, and what is refused."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import tables
from contacts.models import AuditEntry, ContactFile, FilePart, FileRow, SyncRun
from contacts.services import files
from tests.rows import just_signed_in, make_access, make_account
from tests.services.files.rig import Desk, carried, row, uploaded

pytestmark = pytest.mark.django_db
OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}


class Page:
    """Somebody's browser at the account of a desk."""

    def __init__(self, desk, role="marketer"):
        self.desk, self.client = desk, Client()
        self.client.force_login(make_access(desk.account, role).user)
        just_signed_in(self.client)

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.desk.account.slug, **parts})

    def get(self, name, query=None, **parts):
        return self.client.get(self.url(name, **parts), query)

    def post(self, name, form=None, headers=None, **parts):
        return self.client.post(self.url(name, **parts), form or {}, headers=headers)

    def bring(self, upload, token=None):
        return self.post("check_file", {"token": token or uuid.uuid4(), "file": upload})


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def page(desk):
    return Page(desk)


def text_of(answer):
    return answer.content.decode()


def test_a_file_that_is_brought_leads_to_its_page_which_asks_for_itself_until_it_is_ready(page):
    answer = page.bring(uploaded([row("a@example.org")]))
    file = ContactFile.objects.get()
    assert answer["Location"] == page.url("check_file_detail", pk=file.pk)
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    assert page.url("check_file_progress", pk=file.pk) in shown
    carried(file)
    ended = page.get("check_file_progress", pk=file.pk)
    assert (ended["HX-Retarget"], ended["HX-Reswap"]) == ("#file", "outerHTML")
    assert "every 2s" not in text_of(ended)
    assert "Of 1 row 1 is safe to import (1 new)." in text_of(ended)


def test_the_page_tells_every_verdict_with_its_number_and_what_to_do(page, desk):
    desk.store("out@example.org", email_address=OPTED_OUT)
    file = desk.ready([row("a@example.org"), row("b@example.org"), row("out@example.org"), row("nobody")])
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    assert (
        "Of 4 rows 2 are safe to import (2 new), 1 needs a person (1 with something that is no address) and "
        "1 is to be left alone (1 opted out)." in shown
    )
    assert "Only they can come back" in shown
    assert "Correct the address in your file." in shown
    some = text_of(page.get("check_file_detail", {"verdict": "opted_out"}, pk=file.pk))
    table = some.partition('id="rows"')[2]
    assert "out@example.org" in table
    assert "a@example.org" not in table.partition("How the file is read")[0]


def test_rows_are_paged_by_key(page, desk):
    file = desk.ready([row(f"p{number}@example.org") for number in range(60)])
    first = text_of(page.get("check_file_detail", pk=file.pk))
    edge = FileRow.objects.get(file=file, number=51).pk
    assert f"after={edge}" in first
    assert "p55@example.org" in text_of(page.get("check_file_detail", {"after": edge}, pk=file.pk))


def test_a_column_that_is_chosen_otherwise_is_judged_again(page, desk):
    file = desk.ready([["a@example.org", "x" * 60]], header=["Email", "First name"])
    assert file.counts == {"too_long": 1}
    form = {"encoding": "utf-8", "delimiter": ",", "has_header": "yes", "column-0": "email", "column-1": ""}
    answer = page.post("check_file_choose", form, pk=file.pk)
    assert answer.status_code == 302
    assert carried(file).counts == {"new": 1}


def test_the_first_row_can_be_a_row_like_the_others(page, desk):
    file = desk.ready([row("a@example.org")])
    form = {"encoding": "utf-8", "delimiter": ",", "has_header": "no", "column-0": "email"}
    page.post("check_file_choose", form, pk=file.pk)
    assert carried(file).counts == {"bad_address": 1, "new": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"column-0": ""},
        {"column-0": "email", "column-1": "email"},
        {"column-0": "password"},
        {"encoding": "rot13"},
        {"delimiter": "x"},
        {"has_header": "perhaps"},
    ],
)
def test_a_choice_that_cannot_be_is_an_answer_and_changes_nothing(page, desk, wrong):
    file = desk.ready([row("a@example.org")])
    form = {"encoding": "utf-8", "delimiter": ",", "has_header": "yes", "column-0": "email"} | wrong
    answer = page.post("check_file_choose", form, pk=file.pk)
    assert answer.status_code == 200
    assert 'role="alert"' in text_of(answer)
    file.refresh_from_db()
    assert file.counts == {"new": 1}


def test_the_three_downloads_hold_every_row_once_with_all_its_columns(page, desk):
    desk.store("out@example.org", email_address=OPTED_OUT)
    rows = [row("a@example.org", "=1+1", "O'Neill"), row("out@example.org", "-x"), row("nobody"), row("A@example.org")]
    file = desk.ready(rows)
    found = {}
    for part in ("safe", "person", "leave"):
        answer = page.get("check_file_download", pk=file.pk, part=part)
        body = b"".join(answer.streaming_content)
        assert "formula" not in answer["Content-Disposition"]
        look = tables.look(io.BytesIO(body), name="x.csv", has_header=True)
        found |= {each.cells[0]: (part, each.cells[1], each.cells[3:]) for each in tables.rows(io.BytesIO(body), look)}
        assert "\n=" not in body.decode()
    assert {number: (part, verdict) for number, (part, verdict, _) in found.items()} == {
        "2": ("leave", "Repeated address"),
        "3": ("leave", "Opted out: stays out"),
        "4": ("person", "Not an address"),
        "5": ("safe", "New"),
    }
    assert found["2"][2] == rows[0]
    told = AuditEntry.objects.filter(action="export").values_list("detail", flat=True)
    assert sorted((each["part"], each["rows"]) for each in told) == [("leave", 2), ("person", 1), ("safe", 1)]


def test_an_agent_sees_the_rows_and_takes_none_home(desk):
    page, file = Page(desk, "agent"), desk.ready([row("a@example.org")])
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    assert "Only marketers, managers and admins can take people home as a file." in shown
    assert page.get("check_file_download", pk=file.pk, part="safe").status_code == 403


def test_a_viewer_does_not_get_to_a_file(desk):
    page, file = Page(desk, "viewer"), desk.ready([row("a@example.org")])
    assert page.get("check_file").status_code == 403
    assert page.get("check_file_detail", pk=file.pk).status_code == 403
    assert page.bring(uploaded([row("a@example.org")])).status_code == 403
    assert "Check a file" not in text_of(page.get("check"))


def test_a_file_of_another_account_is_not_there(page):
    theirs = Desk().ready([row("a@example.org")])
    for name in ("check_file_detail", "check_file_progress"):
        assert page.get(name, pk=theirs.pk).status_code == 404
    for name in ("check_file_choose", "check_file_delete", "check_file_sample", "check_file_judge"):
        assert page.post(name, pk=theirs.pk).status_code == 404
    assert page.get("check_file_download", pk=theirs.pk, part="safe").status_code == 404


def test_an_old_export_to_learn_from_is_no_file_to_check(page, desk):
    file = carried(desk.bring([row("a@example.org")], purpose="seed"))
    assert page.get("check_file_detail", pk=file.pk).status_code == 404
    assert file.name not in text_of(page.get("check_file"))


def test_a_deleted_file_says_so_and_has_nothing_left(page, desk):
    file = desk.ready([row("a@example.org")])
    assert page.post("check_file_delete", pk=file.pk).status_code == 302
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    assert "was deleted" in shown
    assert "a@example.org" not in shown
    assert page.get("check_file_download", pk=file.pk, part="safe").status_code == 404


def test_verdicts_older_than_our_copy_say_so_and_can_be_judged_again(page, desk):
    file = desk.ready([row("a@example.org")])
    assert "It was read anew" not in text_of(page.get("check_file_detail", pk=file.pk))
    desk.store("a@example.org")
    type(desk.account).objects.filter(pk=desk.account.pk).update(synced_at=timezone.now())
    assert "It was read anew" in text_of(page.get("check_file_detail", pk=file.pk))
    page.post("check_file_judge", {"what": "copy"}, pk=file.pk)
    assert carried(file).counts == {"update": 1}


def test_reading_the_account_anew_says_its_cost_and_judges_when_that_has_ended(page, desk):
    type(desk.account).objects.filter(pk=desk.account.pk).update(counts={"active": 9000, "deleted": 1000})
    file = desk.ready([row(f"p{number}@example.org") for number in range(30)])
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    assert "Check 20 rows live: 20 calls" in shown
    assert "about 26 calls; row by row this file would take 30" in shown
    page.post("check_file_judge", {"what": "all"}, pk=file.pk)
    run = SyncRun.objects.get()
    assert run.kind == SyncRun.Kind.FULL
    assert files.due() == []
    assert "Reading the account anew" in text_of(page.get("check_file_progress", pk=file.pk))
    desk.store("p0@example.org")
    SyncRun.objects.filter(pk=run.pk).update(state="done", finished_at=timezone.now())
    assert files.due() == [file]
    assert carried(file).counts == {"new": 29, "update": 1}


def refused(answer):
    assert answer.status_code == 200
    assert not ContactFile.objects.exists()
    assert not FilePart.objects.exists()
    return text_of(answer).partition('id="file-problem"')[2].partition("</p>")[0]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(page, settings):
    settings.FILE_MB = 1
    sent = page.bring(SimpleUploadedFile("big.csv", b"a@example.org\n" * 90_000))
    assert "File refused: it has more than 1 MB." in refused(sent)


def test_a_file_that_announces_less_than_it_has_is_cut_off(page, settings):
    settings.FILE_MB = 1
    sent = page.bring(SimpleUploadedFile("big.csv", b"a@example.org\n" * 75_200))
    assert "File refused: it has more than 1 MB." in refused(sent)


def test_two_files_at_once_are_refused(page):
    both = [uploaded([row("a@example.org")]), uploaded([row("b@example.org")])]
    assert "one file at a time" in refused(page.post("check_file", {"token": uuid.uuid4(), "file": both}))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose a file first."),
        ({"file": "text in its place", "token": "x"}, "Choose a file first."),
        ({"file": SimpleUploadedFile("x.csv", b"Email\na@example.org\n"), "token": "x"}, "Load the page again."),
        ({"file": SimpleUploadedFile("x.pdf", b"%PDF-1.4"), "token": str(uuid.uuid4())}, "File refused: it is a PDF"),
    ],
)
def test_what_is_no_file_is_refused_with_a_sentence(page, form, words):
    assert words in refused(page.post("check_file", form))


def test_a_forged_form_brings_nothing(desk):
    page = Page(desk)
    page.client.handler.enforce_csrf_checks = True
    assert page.bring(uploaded([row("a@example.org")])).status_code == 403
    assert not ContactFile.objects.exists()


def test_the_same_form_twice_is_one_file_and_in_another_account_none(page):
    token = uuid.uuid4()
    first = page.bring(uploaded([row("a@example.org")]), token)
    assert page.bring(uploaded([row("a@example.org")]), token)["Location"] == first["Location"]
    other = Page(Desk()).bring(uploaded([row("a@example.org")]), token)
    assert "used already" in text_of(other)
    assert ContactFile.objects.count() == 1


def test_the_very_same_file_brought_again_says_when_it_was_there(page, desk):
    rows, words = [row("a@example.org")], "The very same file was brought"
    first, other = desk.ready(rows), desk.ready([row("b@example.org")])
    again = desk.ready(rows)
    assert not any(words in text_of(page.get("check_file_detail", pk=each.pk)) for each in (first, other))
    text = text_of(page.get("check_file_detail", pk=again.pk))
    assert words in text and page.url("check_file_detail", pk=first.pk) in text


def test_no_address_stands_in_any_link_of_a_file(page, desk):
    file = desk.ready([row("maeve.doyle@example.net")])
    shown = text_of(page.get("check_file_detail", pk=file.pk))
    links = [each.partition('"')[0] for attribute in ('href="', 'action="') for each in shown.split(attribute)[1:]]
    assert not any("maeve" in each for each in links)


def test_a_file_before_the_first_reading_warns_that_everybody_looks_new(page, desk):
    type(desk.account).objects.filter(pk=desk.account.pk).update(synced_at=None)
    file = desk.ready([row("a@example.org")])
    assert "This account was not read whole yet" in text_of(page.get("check_file_detail", pk=file.pk))


def test_a_stranger_to_the_account_meets_nothing(desk):
    stranger = Client()
    stranger.force_login(make_access(make_account()).user)
    assert stranger.get(reverse("check_file", kwargs={"account": desk.account.slug})).status_code == 404


def test_columns_that_are_not_imported_are_named_at_the_top_and_not_all_of_many(desk, page):
    assert "not imported" not in text_of(page.get("check_file_detail", pk=desk.ready([row("a@example.org")]).pk))
    few = desk.ready([["a@example.org", "38", "red"]], header=["Email", "Shoe size", ""])
    assert "2 columns are not imported: Shoe size and column 3." in text_of(page.get("check_file_detail", pk=few.pk))
    many = desk.ready([["a@example.org"]], header=["Email", *(f"Mark {number}" for number in range(9))])
    told = "9 columns are not imported: Mark 0, Mark 1, Mark 2, Mark 3, Mark 4 and 4 more."
    assert told in text_of(page.get("check_file_detail", pk=many.pk))
