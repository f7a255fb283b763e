"""Files, old exports and V2 ids of the site under test, one in each state that has a page. Runs inside Django."""

import uuid
from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.models import ContactFile, ContactList, Crossing, Job, LinkedAccount, Seed, User, XrefKind
from contacts.rules.consent import Grounds
from contacts.rules.v2_ids import Found
from contacts.services import files, jobs, seeds, v2_ids
from contacts.tables import to_csv

State = ContactFile.State
#: One of each: nobody knows them, active, opted out, repeated, deleted, and no address.
FAIR = [
    ["E-mail", "First name", "Wine", "Notes"],
    ["new.face@example.org", "New", "red", ""],
    ["guest01@example.org", "Guest", "", "met at the fair"],
    ["brian.kelly@example.org", "Brian", "", ""],
    ["new.face@example.org", "Newer", "white", ""],
    ["una.brandt@example.com", "Una", "", ""],
    ["not an address", "Nobody", "", ""],
]
EXPORT = [["Email address", "Lists"], ["guest02@example.org", "Newsletter"], ["guest03@example.org", "Renamed since"]]


def lay_out(linked: LinkedAccount, *, by: User) -> dict[str, int]:
    """Where each of them is, by the name that the pages under test give it. Nothing is sent to Constant Contact."""
    ready = _file(linked, FAIR, by=by)
    files.carry_on(ready, seconds=60)
    made = {"file": ready.pk, "import": _plan(ready, by=by).pk}
    made["asks"] = _file(linked, [["x", "y"], ["1", "2"]], by=by).pk
    for state in (State.READING, State.REFUSED):
        made[str(state)] = _file(linked, FAIR, by=by).pk
    refused = ContactFile.objects.filter(pk=made["refused"])
    refused.update(state=State.REFUSED, message="File refused: a line in it is longer than 200 KB.")
    return made | _memories(linked, by=by) | _crossings(linked, by=by)


def _upload(rows: Sequence[Sequence[str]], name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"".join(to_csv(rows)), "text/csv")


def _file(linked: LinkedAccount, rows: Sequence[Sequence[str]], *, by: User) -> ContactFile:
    upload, purpose = _upload(rows, "spring-fair.csv"), ContactFile.Purpose.CHECK
    return files.receive(linked, by=by, upload=upload, purpose=purpose, token=uuid.uuid4())


def _plan(file: ContactFile, *, by: User) -> Job:
    newsletter = ContactList.objects.filter(account=file.account, name="Newsletter").get()
    wish = {"include": ["new", "update"], "basis": Grounds.SIGNED_UP.value, "note": "spring fair, paper forms"}
    return jobs.freeze_import(file, by=by, token=uuid.uuid4(), lists=[str(newsletter.remote_id)], **wish)


def _memories(linked: LinkedAccount, *, by: User) -> dict[str, int]:
    """Old exports: one that asks of which day it is, one that was compared, one that was learned from."""
    made = {}
    for state in (Seed.State.ASKS, Seed.State.LOOKED, Seed.State.LEARNED):
        upload = _upload(EXPORT, "export-2026-01-03.csv")
        seed = seeds.begin(linked, by=by, upload=upload, token=uuid.uuid4())
        files.carry_on(seed.file, seconds=60)
        seed = Seed.objects.select_related("file", "account").get(pk=seed.pk)
        if state != Seed.State.ASKS:
            seeds.answer(seed, day=seed.created_at.date(), columns=seed.columns, whole=None)
            seeds.carry_on(seed, seconds=60)
        if state == Seed.State.LEARNED:
            Seed.objects.filter(pk=seed.pk).update(state=state)
        made[f"seed_{state}"] = seed.pk
    return made


def _crossings(linked: LinkedAccount, *, by: User) -> dict[str, int]:
    """V2 ids that nobody was asked for yet, and some that were answered."""
    found = Found([1234567890, 1234567891], left_out=2)
    asked = [v2_ids.begin(linked, by=by, kind=XrefKind.CONTACT, found=found) for _ in "12"]
    Crossing.objects.filter(pk=asked[1].pk).update(state=Crossing.State.ANSWERED, missing=[1234567890, 1234567891])
    return {"v2_open": asked[0].pk, "v2_answered": asked[1].pk}
