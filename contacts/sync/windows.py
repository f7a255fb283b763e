"""A walk split into windows of ``created_at``, each with its own cursor, because one cursor cannot use the budget.

A cursor is known only when the page before it has come, so one walk asks once per answer: with answers in 0.8 s it
leaves two thirds of the calls unused (performance, section 3). Whether ``created_after`` and ``created_before`` take
their own moment in is written nowhere (CC reference, section 9), so windows overlap by a second at each border; what is
read twice is stored once. The first and the last window are open. A contact without a date of creation is in none of
them: when the windows together have shown fewer than Constant Contact counts, the account is walked once more as a
whole, and is not split again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.conf import settings
from django.db.models import Max, Min
from django.utils import timezone

from contacts.models import Contact, ContactList, LinkedAccount, SyncRun

JSON = dict[str, Any]

#: Below so many contacts the calls that windows cost are more than they save (performance, section 3).
WORTH: Final = 20_000
#: So many windows use 4 calls a second even when each answer takes 1.5 s.
NUMBER: Final = 8
#: At most one window for so many contacts, besides the first ones: each ends with a page that is half empty.
EACH: Final = 5_000
MOST: Final = 64
#: The fastest limit there is has a turn every tenth of a second (CC reference, section 6).
QUICK_MS: Final = 100
#: Contacts looked at to find borders.
SAMPLE: Final = 900
BORDER: Final = timedelta(seconds=1)
SHORTEST: Final = timedelta(hours=1)
#: Constant Contact was founded in 1995; nothing was created before.
FOUNDED: Final = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Window:
    """A part of a walk and the place reached in it. ``count`` is Constant Contact's, None before the first page."""

    after: str | None
    before: str | None
    cursor: str = ""
    count: int | None = None
    seen: int = 0
    walk: int = 0
    ended: bool = False

    @property
    def left(self) -> int:
        """How many contacts are still to come, as far as is known."""
        return max((self.count or 0) - self.seen, 0)

    @property
    def bounds(self) -> JSON:
        """What the first page of this window is asked for."""
        bounds = {}
        if self.after is not None:
            bounds["created_after"] = datetime.fromisoformat(self.after) - BORDER
        if self.before is not None:
            bounds["created_before"] = datetime.fromisoformat(self.before) + BORDER
        return bounds

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its two ends, also when they are open."""
        low = datetime.fromisoformat(self.after) if self.after else FOUNDED
        high = datetime.fromisoformat(self.before) if self.before else timezone.now()
        return low, max(low, high)


def of(run: SyncRun) -> list[Window]:
    """The windows of this run; none as long as its walk is whole."""
    return [Window(**each) for each in run.windows]


def column(windows: Sequence[Window]) -> list[JSON]:
    """The windows as the run keeps them."""
    return [asdict(each) for each in windows]


def in_turn(windows: Sequence[Window]) -> list[int]:
    """The numbers of the open windows, those first that would otherwise be the last to end."""
    open_ones = [number for number, each in enumerate(windows) if not each.ended]
    return sorted(open_ones, key=lambda number: (windows[number].count is not None, -windows[number].left))


def pay(*, expected: int | None, ms: int) -> bool:
    """Whether a walk through so many contacts is worth splitting, when the quickest page took so long.

    One cursor uses the whole budget as long as an answer comes before the next turn.
    """
    return (expected or 0) >= WORTH and ms > max(1000 / settings.CC_CALLS_PER_SECOND, QUICK_MS)


def split(account: LinkedAccount) -> list[Window]:
    """Windows over all of time, as equal as can be told without asking."""
    borders = _from_our_copy(account) or _from_the_beginning(account)
    ends = [None, *(each.isoformat() for each in borders), None]
    return [Window(after=after, before=before) for after, before in pairwise(ends)]


def shared_out(windows: Sequence[Window], number: int, *, expected: int) -> list[Window]:
    """The windows; this one in pieces instead of whole when its first page says that it is far too large.

    Its pieces are read from their beginning. That costs the one page, so it is not done for little.
    """
    window, share = windows[number], max(expected / NUMBER, EACH)
    low, high = window.span
    pieces = min(NUMBER, int(window.left / share) + 1, int((high - low) / SHORTEST))
    room = min(MOST, NUMBER + expected // EACH) - len(windows)
    if window.ended or window.left < 2 * share or pieces < 2 or room < pieces:
        return list(windows)
    inner = [(low + (high - low) * part / pieces).isoformat() for part in range(1, pieces)]
    window.ended = True
    ends = pairwise([window.after, *inner, window.before])
    return [*windows, *(Window(after=after, before=before) for after, before in ends)]


def _from_our_copy(account: LinkedAccount) -> list[datetime]:
    """Borders that part the contacts we hold into equal numbers; none when we hold too few to tell."""
    rows = Contact.objects.filter(account=account)
    ends = rows.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return []
    step = (ends["high"] - ends["low"]) // SAMPLE + 1
    some = rows.filter(pk__in=range(ends["low"], ends["high"] + 1, step), created_at__isnull=False)
    dates = sorted(filter(None, some.values_list("created_at", flat=True)))
    if len(dates) < SAMPLE // 4 or not account.watermark:
        return []
    # Two seconds later: many contacts of one import have one date, and they should be in one window only.
    borders = {dates[len(dates) * part // NUMBER] + 2 * BORDER for part in range(1, NUMBER)}
    return [each.replace(microsecond=0) for each in sorted(borders)]


def _from_the_beginning(account: LinkedAccount) -> list[datetime]:
    """Borders that part the account's life into equal spans; its oldest list is as old as itself."""
    oldest = ContactList.objects.filter(account=account).aggregate(low=Min("created_at"))["low"] or FOUNDED
    low, high = max(oldest, FOUNDED), timezone.now()
    step = (high - low) / NUMBER
    return [(low + step * part).replace(microsecond=0) for part in range(1, NUMBER)] if high > low else []
