"""A long history: written by the real writer, looked at page by page, and checked from its first entry."""

import hashlib
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.db import connection

from bench.inside.copies import copy_up_to
from bench.inside.visit import Visit
from bench.measure import Series
from contacts import audit
from contacts.audit.verifying import Walk
from contacts.models import AuditChain, AuditEntry, AuditMark, Contact, ContactList, User

Outcome = AuditEntry.Outcome
AT_ONCE = 1_000
RUNS = 3
ACTS = ("reactivate", "add_lists", "remove_lists", "add_tags", "delete")
ENDS = (*[Outcome.CONFIRMED] * 8, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.DIFFERS)
#: Beyond this, entries are copies of these, with invented hashes: only pages are measured on them.
MOST_WRITTEN = 100_000
#: One person in so many has a long history of their own.
MUCH_CHANGED = 50
#: Everything that a hash or a commitment vouches for, as the database gives it.
RAW = """SELECT e.*, p.salt, p.body FROM contacts_auditentry e
         LEFT JOIN contacts_auditpayload p ON p.entry_id = e.id WHERE e.chain_id = %s ORDER BY e.sequence"""


def every_page(seed: str, number: str) -> list[Series]:
    """The walk along the history, then its pages with so many entries.

    The real writer writes up to ``MOST_WRITTEN`` of them; beyond that they are copied, and the figures say so.
    """
    visit = Visit(seed)
    found = [_write(visit, min(int(number), MOST_WRITTEN), random.Random(seed)), *_walks(visit)]
    copied = copy_up_to(int(number)) if int(number) > MOST_WRITTEN else 0
    _analyse()
    visit.size, visit.goal = AuditEntry.objects.count(), "P7"
    note = {"% copied": 100 * copied / visit.size} if copied else {}
    return [*found, *(replace(each, facts={**each.facts, **note}) for each in [*_pages(visit), *_contacts(visit)])]


def _write(visit: Visit, number: int, chance: random.Random) -> Series:
    """Intents and their ends, half of them in jobs, and now and then something seen in Constant Contact."""
    people = [User.objects.create_user(f"agent{each}@example.org") for each in range(8)]
    targets = [str(each) for each in Contact.objects.order_by("pk").values_list("remote_id", flat=True)]
    lists = [str(each) for each in ContactList.objects.values_list("remote_id", flat=True)]
    began, done = time.perf_counter(), 0
    while done < number:
        by = chance.choice(people)
        intents = list(_intents(min(AT_ONCE, number - done) // 2, targets, lists, chance))
        entries = audit.record_all(intents, by=by, account=visit.account)
        ends = [_end(each, chance) for each in entries]
        seen = audit.Facts(sure=chance.choice(["contact", "account", "likely", "unknown"]))
        ends.append(audit.Draft("seen_changed", Outcome.SEEN, None, seen))
        audit.record_all(ends, by=by, account=visit.account)
        done += len(intents) + len(ends)
    return Series("History written", done, "entries/s", [done / (time.perf_counter() - began)])


def _intents(number: int, targets: list[str], lists: list[str], chance: random.Random) -> Iterator[audit.Draft]:
    job = chance.choice([None, chance.randrange(1, 10_000)])
    action = chance.choice(ACTS)
    for _ in range(number):
        target = chance.choice(targets[: len(targets) // MUCH_CHANGED] if chance.random() < 0.2 else targets)
        some = chance.sample(lists, k=min(len(lists), chance.randrange(1, 4)))
        body: dict[str, Any] = {
            "contact_id": target,
            "list_memberships": some,
            "email_address": {"address": "someone@example.org"},
        }
        body["custom_fields"] = [{"custom_field_id": str(uuid.UUID(int=each)), "value": "a value"} for each in range(6)]
        detail = {"write": chance.randrange(10**7), "lists": some, "tags": []}
        payload = {"address": "someone@example.org", "note": "ticket 4812", "before": body, "sent": body}
        yield audit.Draft(action, Outcome.INTENDED, payload, audit.Facts(target=target, job=job, detail=detail))


def _end(intent: AuditEntry, chance: random.Random) -> audit.Draft:
    facts = audit.Facts(
        target=intent.target, job=intent.job, begins=intent, detail=intent.detail, http_status=200, proof="answer"
    )
    after = {"contact_id": intent.target, "list_memberships": intent.detail["lists"]}
    payload = {"message": "Done and verified.", "after": after}
    return audit.Draft(intent.action, chance.choice(ENDS), payload, facts)


def _pages(visit: Visit) -> list[Series]:
    keys = AuditEntry.objects.order_by("-id")
    middle = str(keys.values_list("pk", flat=True)[visit.size // 2])
    last = str(keys.values_list("pk", flat=True)[visit.size - 20])
    asked = {
        "first page": {},
        "from the middle": {"after": middle},
        "the last page": {"after": last},
        "every entry": {"q": "fold:none"},
        "one actor": {"q": f"actor:{User.objects.get(email='agent1@example.org').pk}"},
        "one outcome": {"q": "outcome:unknown"},
        "one list": {"q": f"list:{ContactList.objects.values_list('remote_id', flat=True)[0]}"},
        "without evidence, which nobody is": {"q": "evidence:no"},
        "an action never done": {"q": "action:unlink"},
    }
    return [visit.page(f"Audit page, {what}", "audit_list", query) for what, query in asked.items()]


def _contacts(visit: Visit) -> list[Series]:
    ids = list(Contact.objects.order_by("pk").values_list("remote_id", flat=True))
    much = ids[: len(ids) // MUCH_CHANGED]
    return [
        visit.pages("Contact history, of anybody", "contact_history", visit.any_of(ids)),
        visit.pages("Contact history, of somebody much changed", "contact_history", visit.any_of(much)),
    ]


def _walks(visit: Visit) -> list[Series]:
    """Checking everything, and what no check could be faster than: reading the same rows and hashing their bytes."""
    chain = AuditChain.objects.get(name=audit.chain_name(visit.account))
    marks = AuditMark.objects.count()
    return [
        _timed("Whole history verified", chain, _walk, marks=marks),
        _timed("Whole history read and hashed, raw", chain, _raw, marks=0),
    ]


def _timed(name: str, chain: AuditChain, deed: Callable[[AuditChain], None], **facts: float) -> Series:
    values, cpu = [], []
    for _ in range(RUNS):
        began, cpu_began = time.perf_counter(), time.process_time()
        deed(chain)
        values.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    return Series(name, chain.sequence, "s", values, {"s of CPU": min(cpu), **facts})


def _walk(chain: AuditChain) -> None:
    walk = Walk(chain)
    while walk.step():
        pass
    if walk.fault or walk.finding:
        raise SystemExit(f"The history that was just written does not verify: {walk.fault or walk.finding}.")


def _raw(chain: AuditChain) -> None:
    total = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute(RAW, [chain.pk])
        while rows := cursor.fetchmany(AT_ONCE):
            for row in rows:
                total.update(hashlib.sha256(_bytes(row)).digest())


def _bytes(row: tuple[Any, ...]) -> bytes:
    return b"".join(each if isinstance(each, bytes) else str(each).encode() for each in row)


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
