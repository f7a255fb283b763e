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
from contacts.models import AuditEntry, Contact, FileRow, Job, Membership, Seed
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.seeds import Fate, not_names
from contacts.selectors.pieces import CONDITIONS, Piece
from contacts.services.files.keeping import LostLease, Walk
from contacts.services.permitting import need_still
from contacts.services.seeds.judging import Names, judge_rows, save_fates
from contacts.services.seeds.showing import unknown

logger = logging.getLogger(__name__)

State, Outcome = Seed.State, AuditEntry.Outcome
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
            _step(seed, walk)
        except LostLease:
            logger.info("Old export %s is carried on by somebody else.", seed.pk)
        finally:
            Seed.objects.filter(pk=seed.pk, lease_owner=walk.owner).update(lease_owner="", lease_until=None)
    seed.refresh_from_db()
    return seed


def _step(seed: Seed, walk: Walk) -> None:
    try:
        STEPS[State(seed.state)](seed, walk)
    except CannotOpen:
        _stop(seed, walk, KEY_IS_LOST, Outcome.FAILED)
    except Refused as refused:
        _stop(seed, walk, refused.advice, Outcome.REFUSED)


def _look(seed: Seed, walk: Walk) -> None:
    """Give each row its fate, and count the list names that nobody knows."""
    if seed.file.forgotten_at:
        raise Refused(ROWS_ARE_GONE)
    if seed.reached == 0:
        seed.names = {name: {**told, "rows": 0} for name, told in seed.names.items() if told["list"] is not None}
    names = Names(seed)
    while rows := list(seed.file.lines.filter(number__gt=seed.reached).order_by("number")[:AT_ONCE]):
        judged = judge_rows(seed, rows, names)
        known = _with(seed.names, names.take())
        if problem := not_names(known):
            raise Refused(problem)
        with transaction.atomic():
            walk.save(seed, reached=rows[-1].number, names=known)
            save_fates(judged)
        if walk.is_over:
            return
    walk.save(seed, state=State.LOOKED, reached=0, counts=_counts(seed))


def _learn(seed: Seed, walk: Walk) -> None:
    """Keep what the rows teach by now: what we have seen ourselves since the comparison stands."""
    names = Names(seed)
    wanted = FileRow.objects.filter(file=seed.file, verdict=Fate.LEARN).order_by("number")
    while rows := list(wanted.filter(number__gt=seed.reached)[:AT_ONCE]):
        with transaction.atomic():
            need_still(seed.account_id, by=seed.by_id, right=Right.BULK)
            judged = judge_rows(seed, rows, names, hold=True)
            learn(stay for each in judged for stay in each.stays)
            walk.save(seed, reached=rows[-1].number)
        if walk.is_over:
            return
    _rest(seed, walk, Outcome.DONE)


def _forget(seed: Seed, walk: Walk) -> None:
    """Take back every stay that rests on this file."""
    while keys := list(Membership.objects.filter(seed=seed).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            need_still(seed.account_id, by=seed.by_id, right=Right.BULK)
            walk.save(seed)
            Membership.objects.filter(pk__in=keys).delete()
        if walk.is_over:
            return
    with transaction.atomic():
        walk.save(seed, state=State.FORGOTTEN, forgotten_at=timezone.now())
        _plan_again(seed)
    mirror.count_lists(seed.account)


STEPS = {State.LOOKING: _look, State.LEARNING: _learn, State.FORGETTING: _forget}


def _stop(seed: Seed, walk: Walk, sentence: str, outcome: AuditEntry.Outcome) -> None:
    """Back to where a person has to say something; what was learned or taken back before stays so."""
    if seed.state == State.LOOKING:
        walk.save(seed, state=State.ASKS, message=sentence[:500], reached=0, names={})
    else:
        _rest(seed, walk, outcome, sentence)


def _rest(seed: Seed, walk: Walk, outcome: AuditEntry.Outcome, sentence: str = "") -> None:
    """It waits for a person with what rests on it now. ``sentence`` says why it did not come to its end."""
    taught = seed.memberships.order_by().aggregate(people=Count("contact", distinct=True), stays=Count("pk"))
    action = "seed_forgotten" if seed.state == State.FORGETTING else "seed_learned"
    facts: dict[str, object] = {"state": State.LOOKED, "reached": 0}
    if taught["stays"] or not sentence:
        facts = {"state": State.LEARNED, "names": {}, "counts": seed.counts | {"taught": taught}}
        facts |= {"learned_at": seed.learned_at or timezone.now()}
    message = f"{sentence} {_what_stays(seed, taught['stays'])}"[:500] if sentence else ""
    with transaction.atomic():
        walk.save(seed, message=message, **facts)
        detail = {"seed": seed.pk, "file": seed.file_id, **taught}
        payload = {"message": message} if message else None
        # Whoever ordered it may be deleted since this turn began.
        seed.refresh_from_db(fields=["by"])
        audit.record(action, outcome, by=seed.by, account=seed.account, detail=detail, payload=payload)
        _plan_again(seed)
    mirror.count_lists(seed.account)


def _what_stays(seed: Seed, stays: int) -> str:
    if seed.state == State.FORGETTING:
        return "What was taken back before stays so."
    return (
        "What was learned before stays. To learn the rest, bring the file again." if stays else "Nothing was learned."
    )


def _with(known: dict[str, dict[str, int | None]], new: Counter[str]) -> dict[str, dict[str, int | None]]:
    """The names with what this portion adds to their rows."""
    made = dict(known)
    for name, number in new.items():
        told = made.get(name, {"rows": 0, "list": None})
        made[name] = {**told, "rows": (told["rows"] or 0) + number}
    return made


def _counts(seed: Seed) -> dict[str, int]:
    """How many rows have each fate, of how many people lists would be learned, and who of them miss nothing else."""
    rows = FileRow.objects.filter(file=seed.file).order_by()
    people = Contact.objects.filter(pk__in=rows.filter(verdict=Fate.LEARN).values("contact"))
    numbers = {"people": people.count(), "waiting": people.filter(CONDITIONS[Piece.UNKNOWN]).count()}
    fates = dict(rows.values_list("verdict").annotate(number=Count("pk")))
    return {**fates, **numbers, "unknown": unknown(seed.account_id)}


def _plan_again(seed: Seed) -> None:
    """Plans that nothing was sent of are made anew when somebody looks at them: they know more now, or less."""
    plans = Job.objects.filter(account=seed.account, kind=Job.Kind.REACTIVATE, state=Job.State.PLANNED)
    plans.update(plan_of=None)
