"""Everybody else, in the numbers of the product guide (section 5.10 and job M1).

The guide has 39 people in the deletion of 17 November whose former lists are unknown "because they were deleted
before we were linked". Who is deleted that day was not deleted before; here they came through the till within the
hour and were gone before anybody looked. The 46 who truly were deleted before linking are apart from the 3,012.
"""

from datetime import UTC, datetime, timedelta
from functools import cache

from emulator.story.cast import LAST_EVENING, LINKED, QUIET_SINCE, SWEPT, Cast, Event, opt_out
from emulator.story.characters import characters
from emulator.story.ground import DEAD_LIST, OPENED

# Former lists of the people deleted on 17 November who may come back: 2,914 whose lists all live and 18 who were on
# a list that no longer exists. By living lists that is 14 groups over 6 lists (product guide, M1 and the plan). Maeve
# is one more: the 877th of Newsletter and Course alerts.
FORMER_LISTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1586, ("Newsletter",)),
    (18, ("Newsletter", DEAD_LIST)),
    (876, ("Newsletter", "Course alerts")),
    (212, ("Newsletter", "Wholesale")),
    (61, ("Course alerts",)),
    (42, ("Wholesale",)),
    (38, ("Newsletter", "Gala 2026")),
    (27, ("Newsletter", "Supper club")),
    (21, ("Newsletter", "Gift vouchers")),
    (16, ("Newsletter", "Course alerts", "Supper club")),
    (12, ("Newsletter", "Course alerts", "Gala 2026")),
    (9, ("Newsletter", "Wholesale", "Gala 2026")),
    (6, ("Gala 2026",)),
    (4, ("Newsletter", "Course alerts", "Wholesale")),
    (3, ("Gift vouchers", "Supper club")),
)


@cache
def cast(weeks: int) -> Cast:
    """Everybody, ``weeks`` after the story's own calendar."""
    made = Cast(weeks)
    characters(made)
    _swept(made)
    _deleted_one_by_one(made)
    _active(made)
    _unsubscribed(made)
    _not_mailable(made)
    return made


def _swept(made: Cast) -> None:
    """The 3,012 of 17 November: 2,932 who may come back, 41 who had opted out, 39 nobody saw alive."""
    for count, lists in FORMER_LISTS:
        for _ in range(count):
            came = made.came()
            if "Course alerts" in lists and came < LINKED and made.maker.random.random() < 0.3:
                before, joined = made.late_alert(lists)
                made.add("swept", came, joined, made.sweep(), lists=before)
            else:
                made.add("swept", came, made.sweep(), lists=lists)
    for place in range(40):
        came = made.moment(OPENED, LINKED - timedelta(days=90))
        first, last = (came, LINKED) if place < 26 else (LINKED, SWEPT - timedelta(days=8))
        left = opt_out(made.moment(first, last))
        made.add("swept opted out", came, left, made.sweep(), lists=("Newsletter",))
    for _ in range(39):
        came = made.moment(datetime(2026, 11, 17, 14, 2, tzinfo=UTC), datetime(2026, 11, 17, 14, 5, tzinfo=UTC))
        made.add("swept unseen", came, made.sweep(), lists=("Newsletter",), permission="implicit")


def _deleted_one_by_one(made: Cast) -> None:
    """118 more: 46 before the account was linked, 50 in the months after, 22 in the four weeks before the sweep."""
    autumn = datetime(2026, 10, 22, 9, tzinfo=UTC)
    for count, kind, first, last in (
        (46, "deleted before linking", datetime(2020, 1, 7, 9, tzinfo=UTC), LINKED - timedelta(days=2)),
        (50, "deleted since linking", LINKED + timedelta(days=2), autumn),
        (22, "deleted since linking", autumn, datetime(2026, 11, 16, 17, tzinfo=UTC)),
    ):
        for place in range(count):
            came, gone = made.moment(OPENED, min(first, LINKED) - timedelta(days=1)), made.moment(first, last)
            permission = {0: "pending_confirmation", 1: "temp_hold", 2: "not_set"}.get(place, "")
            events = [Event(gone, "delete")]
            if 3 <= place < 9:
                events.append(opt_out(made.moment(came, gone), by=("Contact", "Account")[place % 2]))
            made.add(kind, came, *events, lists=("Newsletter", "Gala 2026"), permission=permission)


def _active(made: Cast) -> None:
    """3,390 with the five named above; 61 of them are on no list, 214 are on the list that dies."""
    others = [name for name in made.ground.list_ids if name not in ("Newsletter", DEAD_LIST)]
    named = sum(each.kind in ("active", "came back") for each in made.people)
    for place in range(3390 - named):
        lists = _some_lists(made, others)
        if place < 61:
            lists = []
        elif place < 275:
            lists = ["Newsletter", DEAD_LIST]
        came = made.came() if made.maker.random.random() < 0.98 else made.moment(QUIET_SINCE, LAST_EVENING)
        made.add("active", came, lists=lists, source=made.maker.random.choice(("Account", "Account", "Contact")))


def _some_lists(made: Cast, others: list[str]) -> list[str]:
    """Most are on the Newsletter, some on one or two more, nobody on none."""
    lists = ["Newsletter"] if made.maker.random.random() < 0.85 else []
    lists += made.maker.random.sample(others, made.maker.random.choice((0, 0, 1, 1, 2)))
    return lists or ["Market stall"]


def _unsubscribed(made: Cast) -> None:
    """612 with the one named above; 41 of them were opted out by the account itself."""
    for place in range(611):
        came = made.moment(OPENED, LINKED - timedelta(days=60))
        first, last = (came, LINKED) if place % 4 else (LINKED, LAST_EVENING)
        left = opt_out(made.moment(first, last), by="Account" if place < 41 else "Contact")
        made.add("unsubscribed", came, left, lists=("Newsletter",))


def _not_mailable(made: Cast) -> None:
    """Niamh and 22 more await confirmation; 20 have no permission set; 9 are on temporary hold."""
    for place in range(22):
        first = datetime(2025, 8, 1, 9, tzinfo=UTC) if place < 9 else datetime(2026, 9, 20, 9, tzinfo=UTC)
        came = made.moment(first, LAST_EVENING)
        waiting = {"permission": "pending_confirmation", "source": "Contact"}
        made.add("awaiting", came, lists=("Newsletter",), **waiting)
    for _ in range(20):
        made.add("no permission", made.came(), permission="not_set")
    for _ in range(9):
        made.add("on hold", made.came(), lists=("Newsletter",), permission="temp_hold")
