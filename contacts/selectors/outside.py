"""What was done here and undone outside ccadmin within seven days, and not answered or dismissed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import QueryDict

from contacts.models import ContactList, LinkedAccount, Reversal, User, Write
from contacts.rules.words import listed
from contacts.selectors.history import Line, lines_of
from contacts.selectors.paging import Slice, one_page

Kind = Reversal.Kind

#: Kind to how Home counts it, one and several.
COUNTED = {
    Kind.CAME_BACK: ("came back after removal", "came back after removal"),
    Kind.DELETED_AGAIN: ("deleted again", "deleted again"),
    Kind.ADDED_AGAIN: ("added again to a list", "added again to lists"),
    Kind.TAKEN_OFF: ("taken off a list again", "taken off lists again"),
    Kind.UNSUBSCRIBED: ("unsubscribed after a change here", "unsubscribed after a change here"),
}
THEIRS = {
    Kind.CAME_BACK: "Came back",
    Kind.DELETED_AGAIN: "Deleted again",
    Kind.ADDED_AGAIN: "Added again to lists",
    Kind.TAKEN_OFF: "Taken off lists again",
    Kind.UNSUBSCRIBED: "Unsubscribed",
}
OURS = {
    Write.Kind.REACTIVATE: "Reactivated",
    Write.Kind.LISTS: "Lists changed",
    Write.Kind.ADD_LISTS: "Added to lists",
    Write.Kind.REMOVE_LISTS: "Taken off lists",
    Write.Kind.DELETE: "Deleted",
}
UNDONE = {
    Write.Kind.REACTIVATE: "Deleted, to undo a reactivation",
    Write.Kind.DELETE: "Reactivated, to undo a deletion",
}
#: A later change of these kinds is our answer to what was undone; tags are another matter.
ANSWERS = (*OURS, Write.Kind.UNDO)


@dataclass(frozen=True)
class Row:
    """One reversal in words. ``seen`` is the history's line about it; ``theirs`` and ``ours`` say what happened."""

    reversal: Reversal
    ours: str
    theirs: str
    seen: Line | None

    @property
    def sure(self) -> str:
        """One of the five words of certainty, with what makes it likely."""
        return self.seen.sure if self.seen else self.reversal.event.get_sure_display()


@dataclass(frozen=True)
class Outside:
    """One page of those that stand; ``numbers`` counts all of them by kind, ``kind`` is the one that was chosen."""

    rows: Sequence[Row]
    page: Slice[Reversal]
    kind: str
    numbers: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many stand, of every kind."""
        return sum(self.numbers.values())


def standing(account: LinkedAccount, *, user: User) -> QuerySet[Reversal]:
    """What nobody dismissed, and what no later change of ours to the same contact has answered."""
    answer = Write.objects.filter(
        contact=OuterRef("contact"), kind__in=ANSWERS, state__in=Write.PROVED, began_at__gt=OuterRef("noticed_at")
    )
    rows = Reversal.objects.visible_to(user).filter(account=account, dismissed_at=None)
    return rows.filter(~Exists(answer))


def numbers(account: LinkedAccount, *, user: User) -> QuerySet[Reversal, Any]:
    """Each kind and how many stand, for ``counted``."""
    return standing(account, user=user).order_by().values_list("kind").annotate(number=Count("pk"))


def counted(numbers: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Kind to how many stand, those without any left out. No query."""
    found = dict(numbers)
    return {kind: found[kind] for kind in COUNTED if found.get(kind)}


def outside(account: LinkedAccount, *, user: User, query: QueryDict) -> Outside:
    """The page that ``?kind=`` and the pager ask for, the newest first. Six queries at most."""
    kind = query.get("kind", "")
    kind = kind if kind in Kind else ""
    rows = standing(account, user=user)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.select_related("contact", "write__by", "write__undoes", "write__outcome", "event__entry")
    page = one_page(rows.defer("contact__raw", "event__changes"), order=("-id",), query=query)
    return Outside(_rows(account, page.rows), page, kind, counted(numbers(account, user=user)))


def in_words(kind: str, number: int) -> str:
    """``3 came back after removal``."""
    one, several = COUNTED[Kind(kind)]
    return f"{number:,} {one if number == 1 else several}"


def _rows(account: LinkedAccount, reversals: list[Reversal]) -> list[Row]:
    ids = {each for reversal in reversals for each in (*reversal.lists, *reversal.write.lists)}
    lists = ContactList.objects.filter(account=account, remote_id__in=ids)
    names = {str(remote_id): name for remote_id, name in lists.values_list("remote_id", "name")} if ids else {}
    entries = [each.event.entry for each in reversals if each.event.entry]
    lines = dict(zip((each.pk for each in entries), lines_of(account, entries), strict=True))
    return [_row(each, names, lines) for each in reversals]


def _row(reversal: Reversal, names: dict[str, str], lines: dict[int, Line]) -> Row:
    on = listed(sorted(names[each] for each in reversal.lists if each in names))
    seen = THEIRS[Kind(reversal.kind)]
    return Row(
        reversal, _ours(reversal.write, names), f"{seen}: {on}" if on else seen, lines.get(reversal.event.entry_id or 0)
    )


def _ours(write: Write, names: dict[str, str]) -> str:
    """What we did, with the lists that were named."""
    if write.kind == Write.Kind.UNDO:
        undone = write.undoes.kind if write.undoes else ""
        return UNDONE.get(Write.Kind(undone), "Lists put back, to undo a change") if undone else "A change undone"
    on = listed(sorted(names[each] for each in write.lists if each in names))
    return f"{OURS[Write.Kind(write.kind)]}: {on}" if on else OURS[Write.Kind(write.kind)]
