"""Carrying old exports on: one walker at a time, by lease; each portion is a transaction, so a kill loses nothing."""

import logging
import time
from collections import Counter
from threading import Event
from typing import Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from contacts import audit, leases, mirror
from contacts.connect.credential import CannotOpen
from contacts.mirror.seeds import learn
from contacts.models import AuditEntry, FileRow, Job, Membership, Seed
from contacts.rules.seeds import Fate, not_names
from contacts.services.files.keeping import LostLease, Walk
from contacts.services.seeds.judging import Names, judge_rows, save_fates

logger = logging.getLogger(__name__)

State = Seed.State
AT_ONCE: Final = 1_000
ROWS_ARE_GONE = "The rows of this file are not kept any more. Bring the file again."
KEY_IS_LOST = (
    "The key by which erased people are known again cannot be opened, so nothing may be learned. Bring back the "
    "encryption key first."
)


def due() -> QuerySet[Seed]:
    """Those that somebody should carry on now."""
    return Seed.objects.filter(leases.free(timezone.now()), state__in=Seed.UNDER_WAY).order_by("pk")


def carry_on(seed: Seed, *, seconds: float, stop: Event | None = None) -> Seed:
    """Go on for about so many seconds, or to the end; nothing happens while somebody else carries it on."""
    walk = Walk(owner=leases.new_owner(), until=time.monotonic() + seconds, stop=stop or Event())
    now = timezone.now()
    if due().filter(pk=seed.pk).update(lease_owner=walk.owner, lease_until=now + leases.LEASE):
        seed.refresh_from_db()
        try:
            STEPS[State(seed.state)](seed, walk)
        except LostLease:
            logger.info("Old export %s is carried on by somebody else.", seed.pk)
        except CannotOpen:
            _stop(seed, KEY_IS_LOST)
        finally:
            Seed.objects.filter(pk=seed.pk, lease_owner=walk.owner).update(lease_owner="", lease_until=None)
    seed.refresh_from_db()
    return seed


def _look(seed: Seed, walk: Walk) -> None:
    """Give each row its fate, and count the list names that nobody knows."""
    if seed.file.forgotten_at:
        return _stop(seed, ROWS_ARE_GONE)
    if seed.reached == 0:
        seed.names = {name: {**told, "rows": 0} for name, told in seed.names.items() if told["list"] is not None}
    names = Names(seed)
    while rows := list(seed.file.lines.filter(number__gt=seed.reached).order_by("number")[:AT_ONCE]):
        judged = judge_rows(seed, rows, names)
        known = _with(seed.names, names.take())
        if problem := not_names(known):
            return _stop(seed, problem)
        with transaction.atomic():
            walk.save(seed, reached=rows[-1].number, names=known)
            save_fates(judged)
        if walk.is_over:
            return None
    walk.save(seed, state=State.LOOKED, reached=0, counts=_counts(seed))
    return None


def _learn(seed: Seed, walk: Walk) -> None:
    """Keep what the rows teach by now: what we have seen ourselves since the comparison stands."""
    names = Names(seed)
    wanted = FileRow.objects.filter(file=seed.file, verdict=Fate.LEARN).order_by("number")
    while rows := list(wanted.filter(number__gt=seed.reached)[:AT_ONCE]):
        with transaction.atomic():
            judged = judge_rows(seed, rows, names, hold=True)
            learn(stay for each in judged for stay in each.stays)
            walk.save(seed, reached=rows[-1].number)
        if walk.is_over:
            return
    with transaction.atomic():
        taught = seed.memberships.order_by().aggregate(people=Count("contact", distinct=True), stays=Count("pk"))
        numbers = {"seed": seed.pk, "file": seed.file_id, **taught}
        walk.save(
            seed, state=State.LEARNED, learned_at=timezone.now(), names={}, counts=seed.counts | {"taught": taught}
        )
        audit.record("seed_learned", AuditEntry.Outcome.DONE, by=seed.by, account=seed.account, detail=numbers)
        _plan_again(seed)
    mirror.count_lists(seed.account)


def _forget(seed: Seed, walk: Walk) -> None:
    """Take back every stay that rests on this file."""
    while keys := list(Membership.objects.filter(seed=seed).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            walk.save(seed)
            Membership.objects.filter(pk__in=keys).delete()
        if walk.is_over:
            return
    with transaction.atomic():
        walk.save(seed, state=State.FORGOTTEN, forgotten_at=timezone.now())
        _plan_again(seed)
    mirror.count_lists(seed.account)


STEPS = {State.LOOKING: _look, State.LEARNING: _learn, State.FORGETTING: _forget}


def _stop(seed: Seed, sentence: str) -> None:
    """Back to where a person has to say something."""
    back = State.ASKS if seed.state == State.LOOKING else State.LOOKED
    Seed.objects.filter(pk=seed.pk, state=seed.state).update(state=back, message=sentence[:500], reached=0, names={})


def _with(known: dict[str, dict[str, int | None]], unknown: Counter[str]) -> dict[str, dict[str, int | None]]:
    """The names with what this portion adds to their rows."""
    made = dict(known)
    for name, number in unknown.items():
        told = made.get(name, {"rows": 0, "list": None})
        made[name] = {**told, "rows": (told["rows"] or 0) + number}
    return made


def _counts(seed: Seed) -> dict[str, int]:
    """How many rows have each fate, and of how many people lists would be learned."""
    rows = FileRow.objects.filter(file=seed.file).order_by()
    people = rows.filter(verdict=Fate.LEARN).aggregate(number=Count("contact", distinct=True))["number"]
    return {**dict(rows.values_list("verdict").annotate(number=Count("pk"))), "people": people}


def _plan_again(seed: Seed) -> None:
    """Plans that nothing was sent of are made anew when somebody looks at them: they know more now, or less."""
    plans = Job.objects.filter(account=seed.account, kind=Job.Kind.REACTIVATE, state=Job.State.PLANNED)
    plans.update(plan_of=None)
