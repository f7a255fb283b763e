"""The history taken away through the pages: who may, what is said before, what is in the file, what is written down."""

import csv
import hashlib
import io
import re
import tempfile
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from contacts import audit
from contacts.models import AuditEntry, AuditPayload
from contacts.services.exporting import spool
from contacts.services.exporting.table import HEAD
from tests.rows import just_signed_in, make_access, make_user
from tests.standalone.rig import HOSTILE, Diary, fault, lines

pytestmark = pytest.mark.django_db
REASON = "A complaint, ticket 99"


class Desk(Diary):
    """The same account with its pages."""

    def browser(self, user):
        """Somebody who has just signed in."""
        client = Client()
        client.force_login(user)
        return just_signed_in(client)

    def url(self, name="audit_export", q="", **parts):
        """The address of a page of this account."""
        return reverse(name, kwargs={"account": self.account.slug, **parts}, query={"q": q} if q else None)

    def of_contact(self):
        """The address of the export of Maeve's history."""
        return self.url("contact_history_export", remote_id=self.maeve.remote_id)

    def download(self, *, by=None, form="csv", q="", url="", **fields):
        """The answer to the export form."""
        told = {"form": form, "reason": REASON, "every": "on", **fields}
        return self.browser(by or self.manager).post(url or self.url(q=q), told)


@pytest.fixture
def desk():
    return Desk()


def body(answer):
    assert answer.status_code == 200
    assert answer.streaming, answer.content.decode()
    return b"".join(answer.streaming_content)


def rows(answer):
    """The rows of a table, by the names of their columns."""
    head, *others = csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline=""))
    assert tuple(head) == HEAD
    return [dict(zip(head, each, strict=True)) for each in others]


def page(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def exports(desk):
    return AuditEntry.objects.filter(action="export", account=desk.account)


def test_the_page_says_what_will_be_in_the_file(desk):
    desk.brings_back()
    shown = page(desk.browser(desk.manager).get(desk.url(q="action:reactivate")))
    assert f"The history of {desk.account.name}, Reactivate" in shown
    assert "1 line as shown, 2 entries in all" in shown
    assert "Exporting is itself written down" in shown
    assert "in the file, as far as they were not erased" in shown
    assert not exports(desk).exists()


def test_a_table_tells_each_entry_in_words(desk):
    desk.brings_back()
    asked, ended = rows(desk.download())
    assert (asked["How it ended"], ended["How it ended"]) == ("Asked", "Done and verified")
    assert (ended["Who"], ended["Role"], ended["What"]) == (str(desk.anna), "agent", "Reactivate")
    assert (ended["On whom"], ended["Contact id"]) == ("maeve.doyle@example.net", desk.target)
    assert (ended["Consent basis"], ended["Note"]) == ("They asked us directly", "ticket 4812")
    assert (ended["HTTP status"], ended["Proof"], ended["Sure?"]) == ("200", "answer", "by us")
    assert ended["Lists added"] == "Newsletter;' =Course alerts"
    assert (ended["Lists removed"], ended["Personal details"]) == ("", "kept")
    assert (ended["Entry"], ended["Hash"]) == ("2", AuditEntry.objects.get(sequence=2, account=desk.account).hash)


def test_the_checksum_of_the_file_is_in_its_entry_whose_number_is_in_its_name(desk):
    desk.brings_back()
    for form in ("csv", "jsonl"):
        answer = desk.download(form=form)
        raw, entry = body(answer), exports(desk).latest("sequence")
        assert answer["Content-Disposition"] == (
            f'attachment; filename="history-{desk.account.slug}-{entry.sequence}.{form}"'
        )
        assert answer["Cache-Control"] == "no-store, private"
        assert entry.detail["sha256"] == hashlib.sha256(raw).hexdigest()
        assert entry.detail["bytes"] == len(raw)
        assert (entry.actor_id, entry.detail["format"]) == (desk.manager.pk, form)
        assert entry.told() == {"note": REASON}
        assert REASON not in str(AuditEntry.objects.filter(pk=entry.pk).values().get())
        told = page(desk.browser(desk.manager).get(desk.url("audit_detail", pk=entry.pk)))
        assert entry.detail["sha256"] in told
        assert f"<dt>What it was for</dt><dd>{REASON}</dd>" in told
    assert list(exports(desk).values_list("detail__rows", flat=True).order_by("id")) == [2, 3]


def test_the_history_of_one_contact_has_what_was_seen_in_its_place(desk):
    desk.brings_back()
    desk.is_renamed_elsewhere()
    desk.records("look_only")
    told = rows(desk.download(url=desk.of_contact()))
    assert [each["What"] for each in told] == ["Reactivate", "Reactivate", "Details changed"]
    assert told[-1]["Sure?"] == "unknown"
    assert exports(desk).get().target == desk.target
    raw = body(desk.download(url=desk.of_contact(), form="jsonl"))
    assert fault(raw) == ""
    assert [each["type"] for each in lines(raw)].count("seen") == 1


def test_what_was_seen_on_many_at_once_is_in_the_proof_of_each(desk):
    desk.is_renamed_elsewhere()
    group = audit.record(
        "seen_changed", AuditEntry.Outcome.SEEN, by=None, account=desk.account, sure="unknown", detail={"number": 9}
    )
    desk.maeve.events.update(entry=group)
    objects = lines(desk.of_maeve())
    assert '"action":"seen_changed"' in objects[1]["clear"]
    assert objects[-2]["told_in_entry"] == group.sequence
    told = rows(desk.download(url=desk.of_contact()))
    assert [each["What"] for each in told] == ["Details changed", "Export the history"]
    assert told[0]["Entry"] == str(group.sequence)


def test_agents_take_away_their_own_acts_only(desk):
    desk.brings_back(by=desk.manager, note="canary-of-the-manager")
    desk.brings_back(by=desk.anna, note="my own")
    for url in (desk.url(), desk.of_contact()):
        told = rows(desk.download(by=desk.anna, url=url))
        assert {each["Who"] for each in told} == {str(desk.anna)}
        raw = body(desk.download(by=desk.anna, url=url, form="jsonl"))
        assert fault(raw) == ""
        assert b"canary-of-the-manager" not in raw and b"my own" in raw
    other = rows(desk.download(by=desk.anna, q=f"actor:{desk.manager.pk} fold:none"))
    assert other == []
    assert "as far as it is your own acts" in page(desk.browser(desk.anna).get(desk.url()))


def test_a_viewers_file_has_no_personal_value(desk):
    desk.brings_back(by=desk.viewer)
    for form in ("csv", "jsonl"):
        for url in (desk.url(), desk.of_contact()):
            raw = body(desk.download(by=desk.viewer, url=url, form=form)).decode()
            assert "maeve" not in raw and "Doyle" not in raw and "4812" not in raw
            assert "not shown to this role" in raw or "withheld" in raw
    assert "not in the file: your role does not show them" in page(desk.browser(desk.viewer).get(desk.url()))


def test_other_accounts_are_not_there(desk):
    theirs = Desk()
    theirs.brings_back(note="canary-theirs")
    both = make_access(desk.account, "admin").user
    make_access(theirs.account, "admin", user=both)
    operator = make_user(is_superuser=True, is_staff=True)
    foreign = desk.url("contact_history_export", remote_id=theirs.maeve.remote_id)
    for user in (desk.manager, both):
        assert desk.download(by=user, url=foreign).status_code == 404
        assert desk.browser(user).get(foreign).status_code == 404
    for user in (desk.manager, operator):
        for url in (theirs.url(), theirs.of_contact()):
            assert desk.download(by=user, url=url).status_code == 404
        assert desk.browser(user).get(theirs.url("audit_verifier")).status_code == 404
    raw = body(desk.download(by=both, q=f"contact:{theirs.maeve.remote_id} fold:none", form="jsonl"))
    assert [each["type"] for each in lines(raw)] == ["head", "seal"]
    assert b"canary-theirs" not in body(desk.download(by=both))
    assert not exports(theirs).exists()


def test_a_session_that_is_not_fresh_is_asked_again_and_keeps_its_filter(desk):
    client = Client()
    client.force_login(desk.manager)
    url = desk.url(q="action:reactivate")
    for answer in (client.get(url), client.post(url, {"form": "csv", "reason": REASON})):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
        assert answer["Location"].endswith("export%2F%3Fq%3Daction%253Areactivate")
    assert not exports(desk).exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": ""}, "Say what the file is for: it is kept with the export."),
        ({"reason": " \t "}, "Say what the file is for: it is kept with the export."),
        ({"reason": "x" * 301}, "What the file is for has at most 300 characters."),
        ({"form": "pdf"}, "Choose a form for the file."),
    ],
)
def test_an_incomplete_form_is_a_sentence_and_no_file(desk, fields, sentence):
    answer = desk.download(**fields)
    assert not answer.streaming
    assert sentence in page(answer)
    assert not exports(desk).exists()


def test_a_filter_that_was_not_understood_exports_nothing(desk):
    desk.brings_back()
    for answer in (desk.download(q="colour:red"), desk.browser(desk.manager).get(desk.url(q="colour:red"))):
        assert not answer.streaming
        assert "Nothing can be exported with this filter." in page(answer)
    assert not exports(desk).exists()


def test_a_failing_audit_gives_no_file_and_leaves_none(desk, monkeypatch):
    desk.brings_back()
    made = []
    monkeypatch.setattr(spool, "SpooledTemporaryFile", lambda **_: made.append(io.BytesIO()) or made[0])
    with connection.cursor() as cursor:
        refuse_inserts(cursor)
    with pytest.raises(DatabaseError):
        desk.download()
    assert made[0].closed


def refuse_inserts(cursor):
    """The database takes no more entries, as when its disk is full."""
    if connection.vendor == "sqlite":
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON contacts_auditentry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    else:
        # What is still to be checked at the end of the transaction is checked now: a table in use is not altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE contacts_auditentry ADD CONSTRAINT full_disk CHECK (false) NOT VALID")


def test_a_file_that_would_be_too_large_is_refused_and_not_kept(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spool.spooled, "__kwdefaults__", {"most": 100})
    desk.brings_back()
    answer = desk.download()
    assert "The file would be too large. Export fewer lines: choose days, or one contact." in page(answer)
    assert not exports(desk).exists()
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_on_the_disk_after_a_large_export(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spool, "MEMORY", 10)
    desk.brings_back()
    answer = desk.download()
    assert list(tmp_path.iterdir()) == []
    assert len(body(answer)) > 10
    answer.close()
    assert list(Path(tmp_path).iterdir()) == []


def test_hostile_text_survives_in_both_forms(desk):
    desk.brings_back(note=HOSTILE)
    desk.brings_back(note="=cmd|' /C calc'!A0")
    told = rows(desk.download())
    assert told[0]["Note"] == HOSTILE.replace("\x00", "").replace("\ud800", "?")
    assert told[2]["Note"].startswith("'=cmd")
    assert fault(body(desk.download(form="jsonl"))) == ""


@given(notes=st.lists(st.text(max_size=40) | st.text(alphabet="=+-@\t\r\n\0\"' ;,", max_size=10), max_size=8))
@given_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cell_begins_a_formula_and_the_note_can_be_read_back(desk, notes):
    written = {str(desk.brings_back(note=note).sequence): note for note in notes}
    told = {each["Entry"]: each["Note"] for each in rows(desk.download(q=f"contact:{desk.target} fold:none"))}
    for number, note in written.items():
        assert not told[number].lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        kept = note.replace("\0", "").encode("utf-8", "replace").decode()
        assert told[number].replace("'", "") == kept.replace("'", "")


def test_no_secret_is_in_a_file(desk, settings):
    desk.account.credential = b"canary-credential"
    desk.account.save()
    desk.brings_back()
    for form in ("csv", "jsonl"):
        raw = body(desk.download(form=form))
        for secret in (
            b"canary-credential",
            settings.SECRET_KEY.encode(),
            *(k.encode() for k in settings.ENCRYPTION_KEYS),
        ):
            assert secret not in raw


def test_erased_details_are_named_in_the_table(desk):
    desk.brings_back()
    AuditPayload.objects.filter(entry__account=desk.account).delete()
    told = rows(desk.download())
    assert {(each["Personal details"], each["Note"], each["Lists added"]) for each in told} == {("erased", "", "")}
    assert told[1]["Lists"] == "Newsletter;' =Course alerts"


def test_the_verifier_is_there_for_everybody_on_the_account(desk):
    answer = desk.browser(desk.viewer).get(desk.url("audit_verifier"))
    assert answer["Content-Disposition"] == 'attachment; filename="verify_history.py"'
    assert b"def signed_by(" in body(answer)


@pytest.mark.parametrize("form", ["", "csv", "jsonl"])
def test_the_page_and_its_files_take_the_same_queries_for_few_entries_as_for_many(desk, form):
    client = desk.browser(desk.manager)

    def taken():
        with CaptureQueriesContext(connection) as queries:
            if form:
                body(client.post(desk.url(), {"form": form, "reason": REASON, "every": "on"}))
            else:
                assert client.get(desk.url()).status_code == 200
        return len(queries)

    desk.brings_back()
    few = taken()
    for _ in range(60):
        desk.brings_back()
    assert taken() == few
