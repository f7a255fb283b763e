"""Reading and judging in portions: whatever is killed between two of them, no row is doubled and none is lost."""

import hashlib
import io
import json
import zipfile
from threading import Event

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from contacts import leases, tables
from contacts.models import AuditEntry, ContactFile, FilePart, FileRow
from contacts.rules.refusal import Refused
from contacts.services import files
from contacts.services.files import judging, reading, storing
from tests.services.files.rig import HEADER, Desk, carried, row, uploaded, verdicts
from tests.statements import killed_after, number_of

PEOPLE = [row(f"p{number}@example.org", f"First {number}", "Doyle", "Galway") for number in range(25)]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 4)
    monkeypatch.setattr(judging, "AT_ONCE", 4)


def test_a_worker_killed_at_any_statement_loses_and_doubles_no_row(desk, small):
    whole = desk.bring(PEOPLE)
    number = number_of(lambda: carried(whole))
    assert number > 40
    for at in range(0, number, 5):
        file = desk.bring(PEOPLE)
        with killed_after(at):
            carried(file)
        ContactFile.objects.filter(pk=file.pk).update(lease_until=timezone.now() - leases.LEASE)
        file = carried(file)
        assert verdicts(file) == dict.fromkeys(range(2, 27), "new")
        assert (file.rows, file.counts) == (25, {"new": 25})


def test_turns_of_no_time_at_all_end_the_same_way(desk, small):
    file = desk.bring([*PEOPLE, PEOPLE[0]])
    turns = 0
    while file.state in ContactFile.UNDER_WAY:
        file, turns = files.carry_on(file, seconds=-1), turns + 1
    assert turns > 12
    assert file.counts == {"new": 25, "duplicate": 1}
    assert files.cells(FileRow.objects.get(file=file, number=3)) == PEOPLE[1]


def test_nobody_carries_on_what_somebody_else_has(desk):
    file = desk.bring(PEOPLE)
    ContactFile.objects.filter(pk=file.pk).update(lease_owner="x", lease_until=timezone.now() + leases.LEASE)
    assert files.due() == []
    assert files.carry_on(file, seconds=10).state == ContactFile.State.READING


def test_a_choice_made_meanwhile_takes_the_file_from_its_walker(desk, small, monkeypatch):
    file = desk.bring(PEOPLE)
    store = reading._store

    def choosing(walked, walk, portion):
        store(walked, walk, portion)
        monkeypatch.setattr(reading, "_store", store)
        chosen = files.Choice("utf-8", ",", has_header=True, columns={0: "email", 1: "last_name"})
        files.choose(ContactFile.objects.get(pk=file.pk), chosen)

    monkeypatch.setattr(reading, "_store", choosing)
    file = files.carry_on(file, seconds=10)
    assert (file.state, file.rows) == (ContactFile.State.READING, 0)
    file = carried(file)
    assert (file.rows, file.columns) == (25, {"0": "email", "1": "last_name"})
    assert FileRow.objects.filter(file=file).count() == 25


def test_a_worker_that_is_told_to_end_ends_after_a_portion(desk, small):
    stop = Event()
    stop.set()
    file = files.carry_on(desk.bring(PEOPLE), seconds=10, stop=stop)
    assert file.rows == 4


def test_what_is_stored_is_what_was_brought_and_can_be_sought_in(desk, monkeypatch):
    monkeypatch.setattr(storing, "PIECE", 1000)
    upload = uploaded([row(f"p{number}@example.org") for number in range(400)])
    content = upload.read()
    upload.seek(0)
    file = desk.take(upload)
    assert FilePart.objects.filter(file=file).count() == -(-len(content) // 1000)
    with files.stored(file) as stream:
        assert stream.read() == content
        assert stream.seek(-5, io.SEEK_END) == len(content) - 5
        assert stream.read() == content[-5:]
        stream.seek(999)
        assert stream.read(3) == content[999:1002]


def test_a_file_is_known_again_by_a_mark_that_nobody_can_make_without_our_key(desk):
    some, other = [row("maeve@example.org")], [row("aoife@example.org")]
    first, again, another = (desk.bring(rows) for rows in (some, some, other))
    elsewhere = Desk().bring(some)
    assert first.mark == again.mark
    assert len({first.mark, another.mark, elsewhere.mark}) == 3
    content = uploaded(some).read()
    [told] = AuditEntry.objects.filter(detail__file=first.pk).values_list("detail", flat=True)
    assert told["mark"] == first.mark
    assert hashlib.sha256(content).hexdigest() not in json.dumps([told, first.mark])


def test_one_form_brings_one_file(desk):
    first = desk.bring(PEOPLE)
    again = files.receive(
        desk.account, by=desk.user, upload=uploaded(PEOPLE), purpose=first.Purpose.CHECK, token=first.token
    )
    assert again == first
    assert FilePart.objects.count() == 1
    assert AuditEntry.objects.filter(action="file_brought").count() == 1


def test_a_file_that_broke_off_on_its_way_is_refused(desk, monkeypatch):
    def break_off(file, chunks):
        raise OperationalError

    monkeypatch.setattr("contacts.services.files.receiving.store", break_off)
    with pytest.raises(OperationalError):
        desk.bring(PEOPLE)
    file = ContactFile.objects.get()
    assert files.due() == []
    ContactFile.objects.filter(pk=file.pk).update(lease_until=timezone.now() - leases.LEASE)
    file = files.carry_on(files.due()[0], seconds=1)
    assert file.state == ContactFile.State.REFUSED
    assert file.message.startswith("File refused: it broke off")


def spreadsheet(*rows):
    """A workbook as the reader of spreadsheets takes it."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    for each in rows:
        book.active.append(each)
    book.save(content)
    return content.getvalue()


def test_a_spreadsheet_is_read_on_after_a_kill_as_a_text_is(desk, small):
    file = desk.take(SimpleUploadedFile("people.xlsx", spreadsheet(HEADER, *PEOPLE)))
    while file.state in ContactFile.UNDER_WAY:
        file = files.carry_on(file, seconds=-1)
    assert (file.format, file.rows, file.counts) == ("xlsx", 25, {"new": 25})


def hostile():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2**24)
    return {
        "empty": b"",
        "only a header": b"Email\n",
        "NUL": b"a@example.org\x00\n" * 5,
        "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "many columns": b"a," * 100_000 + b"\n" + b"1," * 100_000,
        "one long line": b"x" * 2**21,
        "a bomb": bomb.getvalue(),
        "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    }


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_file_is_refused_with_a_sentence_and_nothing_of_it_is_kept(desk, name):
    with pytest.raises(Refused, match="File refused: "):
        desk.take(SimpleUploadedFile("people.csv", hostile()[name]))
    assert not ContactFile.objects.exists()
    assert not FilePart.objects.exists()


def test_a_file_that_turns_bad_on_the_way_is_refused_and_nothing_of_it_is_kept(desk):
    text = b"Email\n" + b"a@example.org\n" * 100 + b"x" * (tables.limits.MOST_OF_A_LINE + 10) + b"\n"
    file = carried(desk.take(SimpleUploadedFile("people.csv", text)))
    assert file.state == ContactFile.State.REFUSED
    assert file.message.startswith("File refused: ")
    assert not FileRow.objects.exists()
    assert not FilePart.objects.exists()


def test_a_reading_that_goes_wrong_does_not_refuse_what_was_chosen_meanwhile(desk, monkeypatch):
    file = desk.bring(PEOPLE)

    def choosing(*args, **kwargs):
        chosen = files.Choice("utf-8", ",", has_header=True, columns={0: "email"})
        files.choose(ContactFile.objects.get(pk=file.pk), chosen)
        raise tables.TableRefused("it was read the wrong way.")

    monkeypatch.setattr(reading, "_store", choosing)
    files.carry_on(file, seconds=10)
    monkeypatch.undo()
    assert carried(file).counts == {"new": 25}
