"""A file that was read and judged, an import of it, and what every row of it must have come to."""

import json
import uuid
import zlib
from collections import Counter

from django.utils import timezone

from contacts.models import Contact, ContactFile, FileRow, Job, LinkedAccount, Write
from contacts.rules.preflight import Verdict, of_person
from contacts.services import jobs
from tests.emulation import ACCOUNT
from tests.services.world import GALA

COLUMNS = {"0": "email", "1": "first_name", "2": "last_name", "3": "company_name"}
ALL = ("new", "update", "deleted")


def judged_file(account, rows, *, columns=COLUMNS, by=None):
    """A file of these rows (lists of texts, the address first) as a check leaves it. The last of an address wins."""
    LinkedAccount.objects.filter(pk=account.pk, watermark=None).update(watermark=timezone.now())
    account.refresh_from_db()
    file = ContactFile.objects.create(
        account=account,
        by=by,
        name="people.csv",
        state="ready",
        columns=columns,
        rows=len(rows),
        ready_at=timezone.now(),
    )
    last = {row[0].lower(): number for number, row in enumerate(rows, start=2)}
    held = {each.address_key: each for each in Contact.objects.filter(account=account).light()}
    made = FileRow.objects.bulk_create(_line(file, number, row, last, held) for number, row in enumerate(rows, start=2))
    file.counts = dict(Counter(str(each.verdict) for each in made))
    file.save(update_fields=["counts"])
    return file


def _line(file, number, row, last, held):
    key = row[0].lower()
    person = held.get(key)
    verdict = of_person(person.standing() if person else None).verdict
    if "@" not in key:
        key, verdict = "", Verdict.BAD_ADDRESS
    elif last[key] != number:
        verdict = Verdict.DUPLICATE
    return FileRow(
        file=file,
        number=number,
        address_key=key,
        verdict=verdict,
        contact=person if verdict != Verdict.NEW else None,
        cells=zlib.compress(json.dumps(row).encode()),
    )


def planned(crowd, rows, *, include=ALL, lists=(GALA,), way="activity", by=None, **wish):
    """The plan of an import of these rows."""
    columns = wish.pop("columns", COLUMNS)
    file = judged_file(crowd.account, rows, columns=columns, by=crowd.by)
    given = {"by": by or crowd.by, "token": uuid.uuid4(), "basis": "signed_up", "note": "Stand at the fair", **wish}
    job = jobs.freeze_import(file, lists=lists, include=include, **given)
    Job.objects.filter(pk=job.pk).update(way=way)
    job.refresh_from_db()
    return job


def people(number, prefix="new"):
    """So many rows of people whom nobody knows."""
    return [[f"{prefix}{n}@example.net", f"First {n}", f"Last {n}", "Acme & Söhne"] for n in range(number)]


def at_constant_contact(crowd, address):
    """The contact with this address as the emulator holds it, None for nobody."""
    held = crowd.emulation.state.contacts.rows.find_address(ACCOUNT, address)
    return held.contact if held else None


def assert_rows_true(crowd, job, before, rows):
    """Sums are the rows of the file; whoever is called done is as their row says, whoever is not is as ``before``."""
    assert job.items.count() == len(rows) == job.people + sum(job.left_out.values())
    by_line = dict(enumerate(rows, start=2))
    for item in job.items.select_related("write", "contact"):
        row = by_line[item.line]
        key = row[0].lower()
        was, now = before.get(key), at_constant_contact(crowd, key) if key else None
        if item.write is None:
            assert item.reason, row
        told = (row, item.reason, item.write and (item.write.state, item.write.message))
        if item.write and item.write.state in Write.PROVED:
            assert "deleted_at" not in now and set(job.lists) <= set(now["list_memberships"]), told
            assert [now[name] for name in ("first_name", "last_name")] == row[1:3], told
            assert item.contact and item.contact.address_key == key, told
            held = was or {"email_address": {"permission_to_send": "implicit"}}
            assert now["email_address"]["permission_to_send"] == held["email_address"]["permission_to_send"], told
        elif item.reason != "duplicate" and (item.write is None or item.write.state in Write.WITHOUT_EFFECT):
            assert now == was, told


def snapshot(crowd, rows):
    """Address to the contact as it is now."""
    return {row[0].lower(): at_constant_contact(crowd, row[0].lower()) for row in rows if "@" in row[0]}
