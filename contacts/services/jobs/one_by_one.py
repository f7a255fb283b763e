"""The way by PUT: each person goes the whole write path by itself, and its answer is the proof."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.models import Job, JobItem, Write
from contacts.rules.refusal import Refused
from contacts.services import writing
from contacts.services.ending import refuse
from contacts.services.jobs import judging, runs
from contacts.services.jobs.runs import Order
from contacts.services.jobs.wishes import undone, wish_of, write_kind
from contacts.services.settling import settle

LOOK_AGAIN = timedelta(seconds=30)


def step(job: Job, client: Client, *, passing: tuple[type[APIError], ...]) -> bool:
    """One person, or a look at one whose end is not known. False when everybody has ended."""
    goes_on = job.order in (Order.TRY, Order.RUN)
    item = _begun(job)
    if item is not None and not goes_on:
        _release(item)
        return True
    item = item or (_next(job) if goes_on else None)
    if item is not None:
        _change(job, item, client, passing=passing)
        return True
    return _wait_for_ends(job)


def _begun(job: Job) -> JobItem | None:
    """Somebody whose change was claimed by a walker that died before anything was sent."""
    reading = job.items.filter(write__state=Write.State.READING, write__intent=None)
    return reading.select_related("write__contact", "write__account", "write__by", "write__undoes").first()


def _release(item: JobItem) -> None:
    """Nothing more is to be sent: whoever was claimed and not changed yet is as free as the others."""
    if item.write is not None:
        refuse(item.write, "The job was paused or stopped before anything was sent. Nothing was changed.")
    JobItem.objects.filter(pk=item.pk).update(write=None)


def _next(job: Job) -> JobItem | None:
    """Claim the next person: the change and its place in the job are one transaction."""
    left = job.items.filter(write=None, reason="").select_related("contact", "group")
    left = left.filter(trial=True) if job.order == Order.TRY else left
    # Whoever met a trouble comes after all others: one contact that cannot be read keeps nobody waiting (faults W8).
    item = left.order_by(F("read_at").asc(nulls_first=True), "group__number", "pk").first()
    if item is None or job.by is None:
        return None
    with transaction.atomic():
        runs.save(job)
        undoes = undone(job, [item.person.pk]).get(item.person.pk) if job.undoes_id else None
        wish, kind = wish_of(job, item, undoes), write_kind(job)
        try:
            item.write = writing.begin(item.person, kind=kind, by=job.by, **wish)
        except Refused as exc:
            # Most often another change to them is under way (faults W9).
            refused = Write(account=job.account, contact=item.person, kind=kind, by=job.by, **wish)
            refused.message = exc.advice[:500]
            judging.refuse_all(job, [(item, refused)])
            return item
        item.save(update_fields=["write"])
    return item


def _change(job: Job, item: JobItem, client: Client, *, passing: tuple[type[APIError], ...]) -> None:
    if item.write is None:
        return
    try:
        ended = writing.carry_out(item.write, client=client, passing=passing)
    except APIError:
        # It ended as not sent; the person is still to be done, with a change and an intent of its own.
        JobItem.objects.filter(pk=item.pk).update(write=None, read_at=timezone.now())
        raise
    JobItem.objects.filter(pk=item.pk).update(read_at=timezone.now())
    _beware(job, ended)


def _beware(job: Job, write: Write) -> None:
    if write.state in judging.ODD:
        judging.beware(job, [write])


def _wait_for_ends(job: Job) -> bool:
    """Settle what is not known yet when its time has come; else wait for that time."""
    open_now = runs.in_flight(job).select_related("contact", "account", "by", "intent", "undoes")
    now = timezone.now()
    waiting = list(open_now.order_by("recheck_at"))
    if not waiting:
        return False
    for write in waiting:
        if write.recheck_at and write.recheck_at <= now:
            _beware(job, settle(write))
    nearest = min((each.recheck_at for each in runs.in_flight(job) if each.recheck_at), default=now)
    message = "The connection broke before Constant Contact answered. We re-read the contact; nothing to do."
    runs.wait(job, until=max(now + timedelta(seconds=1), min(nearest, now + LOOK_AGAIN)), message=message)
    return True
