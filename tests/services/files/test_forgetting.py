"""The end of a file, and of a person in it: nothing readable is left of either."""

import zlib
from threading import Event

import pytest
from django.db import connection

from contacts.mirror import forgetting
from contacts.models import AuditEntry, ContactFile, FilePart, FileRow, Job
from contacts.rules.refusal import Refused
from contacts.services import erasing, files
from tests.services.files.rig import carried, grow_old, row, verdicts

MAEVE, OTHER = "maeve.doyle@example.net", "aoife.byrne@example.org"


def everything():
    """All that the database holds of files, unpacked, as one text."""
    told = [zlib.decompress(body) for body in FilePart.objects.values_list("body", flat=True)]
    told += [zlib.decompress(body) for body in FileRow.objects.values_list("cells", flat=True)]
    with connection.cursor() as cursor:
        for table in (ContactFile, FileRow, FilePart):
            cursor.execute(f"SELECT * FROM {table._meta.db_table}")
            told.append(str(cursor.fetchall()).encode())
    return b"\n".join(told).lower()


def erased(contact, desk):
    """The whole way of an erasure."""
    erasure = erasing.begin(contact, by=desk.user, reason="request")
    while erasure.step not in ("wipe", ""):
        erasure = erasing.carry_on(erasure, seconds=0)
    return erasure


def test_a_file_that_is_deleted_leaves_only_that_it_was_there(desk):
    file = desk.ready([row(MAEVE, "Maeve")])
    files.forget(file, by=desk.user)
    assert MAEVE.encode() not in everything()
    assert not FileRow.objects.exists()
    assert not FilePart.objects.exists()
    assert file.forgotten_at
    assert AuditEntry.objects.get(action="file_deleted").detail == {"file": file.pk, "rows": 1}
    with pytest.raises(Refused, match="not kept any more"):
        files.judge_again(file)


def test_files_whose_days_are_over_go_by_themselves(desk, settings):
    old, new = desk.ready([row(MAEVE)]), desk.ready([row(OTHER)])
    grow_old(old, days=settings.FILE_DAYS + 1)
    assert files.forget_old(seconds=10, stop=Event())
    assert [file.forgotten_at is None for file in ContactFile.objects.order_by("pk")] == [False, True]
    assert verdicts(new) == {2: "new"}


def test_a_file_stays_while_a_job_rests_on_it(desk, settings):
    file = desk.ready([row(MAEVE)])
    Job.objects.create(account=desk.account, kind="import", by=desk.user, file=file)
    grow_old(file, days=settings.FILE_DAYS + 1)
    files.forget_old(seconds=10, stop=Event())
    with pytest.raises(Refused, match="Job"):
        files.forget(file, by=desk.user)
    with pytest.raises(Refused, match="Job"):
        files.judge_again(file)
    assert verdicts(file) == {2: "new"}


def test_what_an_interrupted_deletion_left_goes_with_the_next_tidying(desk):
    file = desk.ready([row(MAEVE)])
    ContactFile.objects.filter(pk=file.pk).update(state="refused")
    assert files.forget_old(seconds=10, stop=Event())
    assert not FileRow.objects.exists()


def test_an_erasure_takes_the_person_out_of_every_file(desk):
    contact = desk.store(MAEVE)
    first = desk.ready([row(MAEVE, "Maeve", "Doyle"), row(OTHER, "Aoife"), row("Maeve.Doyle@EXAMPLE.net")])
    named = desk.ready([row(OTHER, "Aoife", "Byrne", f"ask {MAEVE}"), row("c@example.org")])
    untouched = desk.ready([row("c@example.org", "Conor")])
    erasure = erased(contact, desk)
    assert MAEVE.encode() not in everything()
    for file, rows in ((first, {3: "new"}), (named, {3: "new"}), (untouched, {2: "new"})):
        file.refresh_from_db()
        assert verdicts(file) == rows
        assert file.rows == sum(file.counts.values()) == 1
    assert list(FilePart.objects.values_list("file", flat=True)) == [untouched.pk]
    assert erasure.gone["rows"]["filerow"] == 3
    chosen = files.Choice("utf-8", ",", has_header=False, columns={0: "email"})
    with pytest.raises(Refused, match="not kept any more"):
        files.choose(first, chosen)


def test_somebody_who_was_erased_does_not_come_back_in_a_file(desk):
    erased(desk.store(MAEVE), desk)
    file = desk.ready([row(MAEVE, "Maeve", "Doyle"), row(OTHER), row(MAEVE.upper())])
    assert verdicts(file) == {2: "erased", 3: "new", 4: "erased"}
    assert MAEVE.encode() not in everything()
    files.judge_again(file)
    assert verdicts(carried(file)) == {2: "erased", 3: "new", 4: "erased"}


def test_a_file_that_waits_for_an_answer_when_somebody_is_erased_is_refused(desk):
    contact = desk.store(MAEVE)
    file = desk.bring([["Maeve", "Doyle"]], header=["One", "Two"])
    erased(contact, desk)
    file.refresh_from_db()
    assert file.state == ContactFile.State.REFUSED
    assert not FilePart.objects.exists()


def test_nobody_is_judged_while_the_key_of_the_erased_is_lost(desk, settings):
    erased(desk.store(MAEVE), desk)
    type(desk.account).objects.filter(pk=desk.account.pk).update(erasure_key="lost")
    file = desk.ready([row(MAEVE)])
    assert file.state == ContactFile.State.REFUSED
    assert "key" in file.message
    assert MAEVE.encode() not in everything()


def test_an_account_that_is_erased_takes_its_files_along(desk):
    desk.ready([row(MAEVE), row(OTHER)])
    forgetting.erase(desk.account)
    assert not ContactFile.objects.exists()
    assert MAEVE.encode() not in everything()


def read_in_part(desk, rows):
    """A file of which the first portion has been read."""
    file = desk.bring(rows)
    file = files.carry_on(file, seconds=0)
    assert file.state == ContactFile.State.READING and file.rows < len(rows)
    return file


@pytest.mark.parametrize("place", [5, 3_000], ids=["a row that was read", "a row that is yet to be read"])
@pytest.mark.parametrize("cells", [row("x@example.org", "Aoife", "Byrne", f"ask {MAEVE}"), row(MAEVE, "Maeve")])
def test_a_file_that_is_being_read_during_an_erasure_ends_without_the_person(desk, place, cells):
    contact = desk.store(MAEVE)
    rows = [row(f"p{number}@example.org", "Aoife") for number in range(4_500)]
    rows[place] = cells
    file = read_in_part(desk, rows)
    erasure = erasing.begin(contact, by=desk.user, reason="request")
    for _ in range(3):
        erasure = erasing.carry_on(erasure, seconds=0)
    assert erasure.step == "files", "an erasure waits for the end of a reading"
    assert carried(file).state == ContactFile.State.READY
    while erasure.step != "wipe":
        erasure = erasing.carry_on(erasure, seconds=0)
    assert MAEVE.encode() not in everything()
    file.refresh_from_db()
    assert file.rows == sum(file.counts.values()) == FileRow.objects.filter(file=file).count()
    assert file.settings["bytes_gone"]
    assert not FilePart.objects.exists()
