"""Checking the history, in portions that any process can carry on; how it ended becomes an entry of its own."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from threading import Event

from django.db import Error, IntegrityError, transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from contacts import alerts, audit, leases
from contacts.audit import outside
from contacts.audit.checkpoints import Signed
from contacts.audit.faults import Fault, Kind
from contacts.audit.verifying import Walk
from contacts.models import Alert, AuditChain, AuditEntry, LinkedAccount, User, Verification

logger = logging.getLogger(__name__)

State = Verification.State
DAILY = timedelta(days=1)
#: How each one ended stays in the history itself.
KEPT = timedelta(days=90)


class LostLease(Exception):
    """Somebody else carries this verification on."""


def begin(chain: AuditChain, *, by: User | None) -> Verification:
    """A verification of the chain, or the one that is under way; ``by`` None means ccadmin itself."""
    try:
        with transaction.atomic():
            return Verification.objects.create(chain=chain, by=by, until=chain.sequence)
    except IntegrityError:
        return Verification.objects.get(chain=chain, state=State.RUNNING)


def begin_due() -> int:
    """Begin one of each chain that was not checked for a day; says how many. A new chain has its first day off."""
    now = timezone.now()
    day = (now - DAILY, now)
    first = AuditEntry.objects.filter(chain=OuterRef("pk")).order_by("sequence").values("at")[:1]
    chains = AuditChain.objects.annotate(last=Max("verifications__began_at"), first=Subquery(first))
    chains = chains.filter(Q(last=None) | ~Q(last__range=day), Q(first=None) | ~Q(first__range=day), sequence__gt=0)
    for chain in chains:
        begin(chain, by=None)
    return len(chains)


def due() -> QuerySet[Verification]:
    """Those under way that nobody carries on just now."""
    return Verification.objects.filter(leases.free(timezone.now()), state=State.RUNNING).order_by("pk")


def carry_on(
    verification: Verification,
    *,
    seconds: float,
    stop: Event | None = None,
    kept_elsewhere: Sequence[Signed] = (),
) -> Verification:
    """Check portions for so many seconds, or to the end; returns the verification as it is then.

    ``kept_elsewhere`` are checkpoints that somebody brings, beside those in the folder for copies. Nothing happens
    while somebody else carries it on.
    """
    owner, until = leases.new_owner(), time.monotonic() + seconds
    now = timezone.now()
    mine = due().filter(pk=verification.pk)
    if mine.update(lease_owner=owner, lease_until=now + leases.LEASE):
        verification.refresh_from_db()
        # Read before the chain is: no copy is ever of an entry that is not there yet.
        copies = outside.copies(verification.chain.name)
        walk = _walk(verification, [*copies.checkpoints, *kept_elsewhere])
        try:
            while goes_on := walk.step():
                _save(verification, owner, walk)
                if time.monotonic() > until or (stop is not None and stop.is_set()):
                    break
            if not goes_on:
                _end(verification, owner, walk, problem=copies.problem)
            else:
                _release(verification, owner)
        except LostLease:
            logger.info("Verification %s is carried on by somebody else.", verification.pk)
    verification.refresh_from_db()
    return verification


def forget_old() -> None:
    """End what was kept long enough."""
    Verification.objects.filter(ended_at__lt=timezone.now() - KEPT).delete()


def account_of(chain: AuditChain) -> LinkedAccount | None:
    """Whose chain it is; None for the installation's."""
    key = chain.name.removeprefix("account-")
    return LinkedAccount.objects.filter(pk=key).first() if key.isdecimal() else None


def _walk(verification: Verification, copies: Sequence[Signed]) -> Walk:
    """From where it stands; what was found on the way so far comes along."""
    walk = Walk(
        verification.chain,
        sequence=verification.sequence,
        head=verification.head,
        good_until=verification.good_until,
        outside=copies,
    )
    if verification.fault:
        kind = Kind(verification.fault_kind)
        walk.finding = Fault(verification.chain.name, verification.fault_at or 0, verification.fault, kind)
    return walk


def _save(verification: Verification, owner: str, walk: Walk, **more: object) -> None:
    """How far the walk is, while it is ours. Raises LostLease."""
    wrong = walk.fault or walk.finding
    saved = Verification.objects.filter(pk=verification.pk, state=State.RUNNING, lease_owner=owner).update(
        sequence=walk.sequence,
        head=walk.head,
        good_until=walk.good_until,
        fault_at=wrong.sequence if wrong else None,
        fault_kind=wrong.kind if wrong else "",
        fault=wrong.problem[:300] if wrong else "",
        **{"lease_until": timezone.now() + leases.LEASE} | more,
    )
    if not saved:
        raise LostLease


def _release(verification: Verification, owner: str) -> None:
    mine = Verification.objects.filter(pk=verification.pk, state=State.RUNNING, lease_owner=owner)
    mine.update(lease_owner="", lease_until=None)


def _end(verification: Verification, owner: str, walk: Walk, *, problem: str) -> None:
    """The result, its entry in the history and its alert, all or nothing."""
    if problem and not walk.finding:
        walk.finding = Fault(verification.chain.name, walk.sequence, problem, Kind.CHECKPOINT)
    state = State.BROKEN if walk.fault else State.WHOLE
    with transaction.atomic():
        _save(verification, owner, walk, state=state, ended_at=timezone.now(), lease_owner="", lease_until=None)
        verification.refresh_from_db()
        _record(verification)
        _alert(verification)


def _record(verification: Verification) -> None:
    """The entry, in the chain itself; in the installation's when this chain takes no entry any more."""
    detail = {"chain": verification.chain.name, "entries": verification.sequence, "head": verification.head}
    if verification.fault:
        detail |= {"fault": verification.fault_at, "kind": verification.fault_kind}
    outcome = AuditEntry.Outcome.FAILED if verification.state == State.BROKEN else AuditEntry.Outcome.DONE
    for account in dict.fromkeys((account_of(verification.chain), None)):
        try:
            with transaction.atomic():
                audit.record("verify", outcome, by=verification.by, account=account, detail=detail)
        except Error:
            logger.exception("Verification %s could not be written down where it belongs.", verification.pk)
        else:
            return


def _alert(verification: Verification) -> None:
    """Tell people once that it does not verify; close that when it does. The installation's chain is everybody's."""
    chain = verification.chain
    account = account_of(chain)
    concerned = [account] if account else list(LinkedAccount.objects.linked())
    if verification.state == State.WHOLE:
        standing = Alert.objects.filter(kind=Alert.Kind.VERIFY, closed_at=None, key__startswith=f"{chain.name}-")
        for alert in standing.select_related("account"):
            alerts.over(alert.account, Alert.Kind.VERIFY, key=alert.key)
        return
    earlier = chain.verifications.exclude(pk=verification.pk).exclude(state=State.RUNNING).order_by("-pk").first()
    if earlier and _is_the_same(earlier, verification):
        return
    for each in concerned:
        told = {"chain": chain.name, "faults": 1, "sequence": verification.fault_at}
        alerts.notice(each, Alert.Kind.VERIFY, key=f"{chain.name}-{verification.pk}", **told)


def _is_the_same(earlier: Verification, now: Verification) -> bool:
    """Whether both tell of one occurrence; a history that was rolled back grows on from there."""
    if (earlier.state, earlier.fault_kind) != (now.state, now.fault_kind):
        return False
    return earlier.fault_at == now.fault_at or now.fault_kind == Kind.ROLLED_BACK
