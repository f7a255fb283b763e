"""People with marks planted wherever a person's data can stand, and a search that looks everywhere for them.

Runs inside an installation of its own (``tests.installation``), with a real database file.
"""

import json
import sys
import zlib
from itertools import batched
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts import audit, connect, sync
from contacts.api.oauth_token import TokenAnswer
from contacts.models import (
    Approval,
    AuditChain,
    AuditEntry,
    AuditPayload,
    Contact,
    ContactList,
    Erasure,
    Job,
    JobItem,
    LinkedAccount,
    SavedView,
    Spike,
    SyncRun,
    User,
    Write,
)
from contacts.models.packing import unpack
from contacts.services import accounts, erasing, writing
from tests.rows import make_access, make_account, make_remote
from tests.services.world import NEWSLETTER

FIELDS = [f"f1e1d000-0000-11ee-8000-00000000000{n}" for n in range(4)]
TIMES = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}


def mark(number):
    """What is planted for one person: no byte of it may be left."""
    return f"zq{number:05}xk"


def id_of(number):
    """Constant Contact's id of one person."""
    return f"c0000000-0000-4000-8000-{number:012}"


def person(number, **parts):
    """A contact whose every value bears the mark, in the shape of a GET."""
    word = mark(number)
    return make_remote(
        f"{word}@example.org",
        **{
            "contact_id": id_of(number),
            "first_name": f"First{word}",
            "last_name": f"Last{word}",
            "job_title": f"Title{word}",
            "company_name": f"Company{word}",
            "custom_fields": [{"custom_field_id": each, "value": f"Custom{word}"} for each in FIELDS],
            "phone_numbers": [
                {"phone_number_id": f"b0000000-0000-4000-8000-{number:012}", "phone_number": f"+353 {word}"} | TIMES
            ],
            "street_addresses": [
                {"street_address_id": f"a0000000-0000-4000-8000-{number:012}", "street": f"1 {word} Road"} | TIMES
            ],
            "notes": [
                {
                    "note_id": f"d0000000-0000-4000-8000-{number:012}",
                    "content": f"Note{word}",
                    "created_at": TIMES["created_at"],
                }
            ],
            "list_memberships": [NEWSLETTER],
            "not_documented": {"deep": [f"Unknown{word}"]},
            **parts,
        },
    )


def link(given):
    """Link the account, and a manager who may erase; nobody is read yet."""
    made = make_account(slug="harbour", encoded_account_id=given["account"], known_since=None)
    connect.keep(made, TokenAnswer(*given["tokens"]))
    make_access(made, "manager")


def begin(given):
    """Link the account and read everybody."""
    link(given)
    walk(SyncRun.Kind.FULL)


def walk(kind):
    """One run to its end."""
    run = sync.carry_on(sync.start(LinkedAccount.objects.get(), kind))
    assert run.state == SyncRun.State.DONE, (run.state, run.message)
    return run


def account():
    return LinkedAccount.objects.get()


def manager():
    return User.objects.order_by("pk").first()


def contact(number):
    return Contact.objects.get(remote_id=id_of(number))


def names(number):
    """How somebody would name this person in a text."""
    return f"for ZQ{number:05}XK@example.org and First{mark(number)} Last{mark(number)}."


def act(number):
    """One change whose note names the person."""
    write = writing.begin(
        contact(number),
        kind=Write.Kind.ADD_LISTS,
        by=manager(),
        lists=[NEWSLETTER],
        note=names(number),
    )
    return writing.carry_out(write)


def gossip(numbers, other):
    """Texts and entries about other things and another person that name these people."""
    word = " ".join(names(each) for each in numbers)[:290]
    the_list = ContactList.objects.first()
    ContactList.objects.filter(pk=the_list.pk).update(note=word)
    ended = {"account": account(), "state": "done", "finished_at": timezone.now()}
    job = Job.objects.create(**ended, kind="delete", chosen="Everyone", note=word, message=word)
    Approval.objects.create(job=job, people=1, state="sent_back", note=word)
    for each in numbers:
        JobItem.objects.create(job=job, contact=contact(each))
    JobItem.objects.create(job=job, contact=contact(other))
    Write.objects.create(
        account=account(), contact=contact(other), kind="delete", state="refused", note=word, message=word
    )
    now = timezone.now()
    told = {"number": 9, "normal": 1, "noticed_from": now, "noticed_to": now}
    Spike.objects.create(account=account(), dismissed_reason=word, **told)
    SavedView.objects.create(account=account(), by=manager(), name=names(numbers[0])[:80])
    accounts.pause_writing(account(), by=manager(), reason=word)
    accounts.resume_writing(account(), by=manager())
    LinkedAccount.objects.update(writing_reason=word)
    facts = {"by": manager(), "account": account(), "target": str(contact(other).remote_id)}
    audit.record("delete", AuditEntry.Outcome.REFUSED, payload={"note": word}, **facts)
    deep = {"before": {"notes": [{"content": f"a friend\nof {mark(numbers[0])}@example.org"}]}}
    audit.record("delete", AuditEntry.Outcome.REFUSED, payload=deep, **facts)


def blobs(numbers):
    """What stands compressed, sealed or digested for these people just now: none of it may be left either."""
    ids = [id_of(each) for each in numbers]
    held = Contact.objects.filter(remote_id__in=ids).values_list("raw", "digest")
    payloads = AuditPayload.objects.filter(entry__target__in=ids).values_list("salt", "body")
    return [bytes(each)[-24:] for row in [*held, *payloads] for each in row]


def erase(numbers):
    """The whole way for each of them, as a manager and the worker would."""
    for each in numbers:
        erasing.begin(contact(each), by=manager(), reason=f"asked by {names(each)}")
    for each in erasing.due():
        erasing.carry_on(each)


def found(numbers, compressed=()):
    """Where anything of these people can still be read: in every file, and in every value of every table."""
    words = [mark(each).encode() for each in numbers]
    places = set()
    for path in sorted(_files()):
        content = path.read_bytes().lower()
        places |= {f"{path.name}: {word.decode()}" for word in words if word in content}
        raw = path.read_bytes()
        places |= {f"{path.name}: compressed" for blob in compressed if blob in raw}
    for table, column, value in _values():
        text = _text(value).lower()
        places |= {f"{table}.{column}: {word.decode()}" for word in words if word.decode() in text}
    return sorted(places)


def facts():
    """What a test compares in the end."""
    return {
        "states": sorted(set(Erasure.objects.values_list("state", "wiped"))),
        "contacts": Contact.objects.count(),
        "sweeps": [run.message for run in SyncRun.objects.order_by("pk")],
        "faults": [str(fault) for chain in AuditChain.objects.all() if (fault := audit.verify(chain))],
        "counts": account().counts,
    }


def _files():
    database = Path(settings.DATABASES["default"]["NAME"])
    places = [Path(settings.VAR_DIR), Path(settings.CHECKPOINT_DIR)]
    if connection.vendor == "sqlite":
        places.append(database.parent)
    return {path for place in places if place.exists() for path in place.rglob("*") if path.is_file()}


def _values():
    with connection.cursor() as cursor:
        for table in sorted({*connection.introspection.table_names(cursor)} - _unreadable(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [each[0] for each in cursor.description]
            for rows in batched(cursor.fetchall(), 1000):
                yield from ((table, *pair) for row in rows for pair in zip(columns, row, strict=True))


def _unreadable(cursor):
    """An index for searching shows no rows; what it is made of lies in tables beside it, and those are read."""
    if connection.vendor != "sqlite":
        return set()
    cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    return {name for (name,) in cursor.fetchall()}


def _text(value):
    """A value as text; compressed ones are unpacked."""
    if not isinstance(value, bytes | memoryview):
        return str(value)
    try:
        return unpack(value).decode("utf-8", "replace")
    except zlib.error:
        return bytes(value).decode("latin-1")


def worker_turn():
    call_command("worker", "--once")


def main(order):
    """Run an order: JSON in the file of the first argument, the answer as JSON on standard output."""
    print(json.dumps(order(json.loads(Path(sys.argv[1]).read_text()))))
