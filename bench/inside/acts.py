"""Verdicts, from our copy and live, and whole reactivations, without a page around them."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.inside.visit import ASKED, Visit
from bench.measure import Series, each_time
from contacts.models import Contact, ContactList, RequestLog, Write
from contacts.rules.addresses import parse
from contacts.rules.consent import Basis
from contacts.rules.roles import Role
from contacts.selectors.check import cards
from contacts.selectors.pieces import CONDITIONS, Piece
from contacts.services.check import live
from contacts.services.reactivate import reactivate

MOST_ADDRESSES = 200
# Deleted before anybody here looked, so that no former list is known: all of the generated ones.
MAY_COME_BACK = CONDITIONS[Piece.UNKNOWN]
# The generator gives these to some contacts; a change that might lose them is refused.
UNDOCUMENTED = {"loyalty_tier", "x_source"}


def every_act(seed: str) -> list[Series]:
    """The reading acts, then the writing one: it changes the emulator and our copy."""
    visit = Visit(seed)
    return [*_verdicts(visit), _live(visit), _reactivations(visit)]


def _verdicts(visit: Visit) -> list[Series]:
    account, known = visit.account, visit.addresses()
    single = [parse(each) for each in visit.any_of(known)]
    many = [parse("\n".join(visit.any_of(known, MOST_ADDRESSES))) for _ in range(ASKED)]
    many_at_once = visit.measure(
        "200 verdicts from our copy", lambda number: cards(account, many[number], personal=True)
    )
    visit.goal = "P6 verdict"
    one = visit.measure("Verdict from our copy", lambda number: cards(account, single[number], personal=True))
    visit.goal = ""
    return [one, many_at_once]


def _live(visit: Visit) -> Series:
    """One GET, stored in our copy, and the verdict on it. SystemExit when there was no answer."""
    queries = [parse(each)[0] for each in visit.any_of(visit.addresses())]

    def ask(number: int) -> None:
        if not live(visit.account, queries[number], by=visit.user, role=Role.MANAGER).is_live:
            raise SystemExit("A live verdict had no answer.")

    with _calls() as calls:
        values, cpu = each_time(ask)
    return Series("Verdict live, emulator included", visit.size, "ms", values, {**calls, "ms of CPU": cpu})


def _reactivations(visit: Visit) -> Series:
    """From the click to the proof. SystemExit when one is not confirmed, or too few contacts may come back."""
    may = Contact.objects.ghosts().filter(MAY_COME_BACK).select_related("account").order_by("pk")
    hidden = [each for each in may[: 2 * ASKED] if not each.remote.keys() & UNDOCUMENTED][:ASKED]
    lists = [str(ContactList.objects.values_list("remote_id", flat=True)[0])]
    if len(hidden) < ASKED:
        raise SystemExit(f"Only {len(hidden)} contacts may come back: measure with more contacts.")

    def bring_back(number: int) -> None:
        write = reactivate(hidden[number], by=visit.user, lists=lists, basis=Basis.ASKED_DIRECTLY)
        if write.state != Write.State.CONFIRMED:
            raise SystemExit(f"A reactivation ended as {write.state}: {write.message}")

    with _calls() as calls:
        values, cpu = each_time(bring_back)
    return Series("Reactivation, emulator included", visit.size, "ms", values, {**calls, "ms of CPU": cpu})


@contextmanager
def _calls() -> Iterator[dict[str, float]]:
    """Filled in the end: the calls to Constant Contact that each of ``ASKED`` acts took."""
    before, found = RequestLog.objects.count(), dict[str, float]()
    yield found
    found["calls"] = (RequestLog.objects.count() - before) / ASKED
