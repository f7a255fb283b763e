"""The big job of the story: 2,932 deleted people in 14 groups, planned, tried, brought back and proved."""

import itertools
import os
import time
import uuid
from typing import Any

import requests
from django.utils import timezone

from bench.inside.sync import Walk
from bench.inside.visit import Visit
from bench.measure import Series
from contacts import mirror
from contacts.models import Contact, Job, LinkedAccount, RequestLog, SyncRun, Write
from contacts.rules.consent import Basis
from contacts.services import jobs

GROUPS = (1604, 877, 212, *[22] * 10, 19)
CALLS_PER_SECOND = 4
TIMES = {"created_at": "2023-03-03T10:00:00Z", "updated_at": "2026-11-17T14:07:00Z"}
LISTS = [f"00000000-0000-11ee-8000-0000000001{number:02d}" for number in range(6)]


def crowd() -> list[Series]:
    """Put the people of the story into the source and into our copy."""
    _crowded()
    return []


def bring_back(limits: str) -> list[Series]:
    """Plan, try five, run the rest; ``limits`` is how the table names the limits in force.

    SystemExit when anybody is not proved to be back.
    """
    visit, call = Visit("1"), RequestLog.objects.count()
    began = time.perf_counter()
    job = frozen(visit)
    planned = time.perf_counter() - began
    began = time.perf_counter()
    job = to_its_rest(jobs.try_few(job, by=visit.user))
    job = to_its_rest(jobs.run(job, by=visit.user, people=jobs.remaining(job)))
    seconds = time.perf_counter() - began
    proved = Write.objects.filter(item__job=job, state__in=Write.PROVED).count()
    if (job.state, proved) != (Job.State.DONE, sum(GROUPS)):
        raise SystemExit(f"The job ended as {job.state} with {proved} proved: {job.message}")
    # Counted from the log of requests, not from what the job says of itself.
    calls = RequestLog.objects.count() - call
    facts = {"calls": calls, "s": seconds, "groups": job.groups.count()}
    name = f"Job: 2,932 people in 14 groups, {limits}"
    return [
        Series("Plan for 2,932 people", visit.size, "s", [planned]),
        Series(name, visit.size, "times calls/4", [seconds * CALLS_PER_SECOND / calls], facts, goal="P10"),
    ]


def frozen(visit: Visit) -> Job:
    """The planned job about everybody of the crowd."""
    return jobs.freeze(
        visit.account,
        Job.Kind.REACTIVATE,
        by=visit.user,
        contacts=Contact.objects.ghosts().filter(address__endswith=".bench.example.org"),
        chosen="The story's big job",
        token=uuid.uuid4(),
        basis=Basis.OUR_MISTAKE,
    )


def to_its_rest(job: Job) -> Job:
    """As the worker carries it on: what it waits for is waited for."""
    while job.state == Job.State.RUNNING:
        job = jobs.carry_on(job)
        left = (job.not_before - timezone.now()).total_seconds() if job.not_before else 0
        time.sleep(max(0, left))
    return job


def _crowded() -> None:
    """The linked account, read once, with the people of the story: seen alive here, deleted there since."""
    account = LinkedAccount.objects.get()
    there = {"account": account.encoded_account_id, **TIMES}
    _load(lists=[{"list_id": each, "name": f"Bench {each[-2:]}", "favorite": False, **there} for each in LISTS])
    combinations = [some for size in (1, 2, 3) for some in itertools.combinations(LISTS, size)]
    alive = [_person(list(lists)) for lists, size in zip(combinations, GROUPS, strict=False) for _ in range(size)]
    gone = {"deleted_at": "2026-11-17", "list_memberships": []}
    _load(contacts=[{**each, **gone, **there} for each in alive])
    now = timezone.now()
    for some in itertools.batched(alive, 500):
        mirror.store_page(account, some, fetched_at=now, seen_at=now, since=now)
    Walk(account, SyncRun.Kind.FULL)
    # One person measures this alone: a second one's word takes no time of the job's.
    LinkedAccount.objects.filter(pk=account.pk).update(approval_above=sum(GROUPS))


def _person(lists: list[str]) -> dict[str, Any]:
    email = {"permission_to_send": "implicit", "opt_in_source": "Account", "opt_in_date": TIMES["created_at"]}
    contact_id = str(uuid.uuid4())
    address = f"p{contact_id[:13]}@people.bench.example.org"
    return {
        "contact_id": contact_id,
        "email_address": {"address": address, "confirm_status": "off", **email, **TIMES},
        "first_name": "Maeve",
        "create_source": "Account",
        "list_memberships": lists,
        **{name: [] for name in ("custom_fields", "phone_numbers", "street_addresses", "taggings", "notes")},
        "created_at": TIMES["created_at"],
        "updated_at": TIMES["created_at"],
    }


def _load(**rows: list[dict[str, Any]]) -> None:
    answer = requests.post(f"{os.environ['BENCH_SOURCE']}/_control/load", json=rows, timeout=60)
    if not answer.ok:
        raise SystemExit(f"The emulator did not take the people: {answer.text[:200]}")
