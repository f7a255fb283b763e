"""Contacts as a file, row by row as it is sent: what is exported, and what one portion of it takes.

Who is in the file is fixed when it begins, by number alone; what stands in a row is read when its turn comes, so
whoever is erased meanwhile is not in it.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from json import loads
from typing import Any, Final

from django.db import connection
from django.db.models import F, QuerySet

from contacts.models import Contact, ContactList, CustomField, Erasure, LinkedAccount, Membership, Tag, Tagging
from contacts.models.packing import unpack
from contacts.services.exporting.columns import FORMER, LISTS, TAGS, Column, columns
from contacts.services.exporting.sent import Choices, told
from contacts.tables import line
from contacts.tables.writing import MARK

#: Contacts whose rows are read at once, in at most four queries.
AT_ONCE: Final = 1000
#: Of SQLite, in KB below zero, as it wants them.
_CACHE: Final = -4000
NOT_KNOWN: Final = "not known"
_KEPT: Final = (F("pk"), F("deleted_on"), F("deleted_from"))
#: What is gathered without what Constant Contact sent.
_OURS: Final = frozenset({LISTS, FORMER, TAGS, ""})
type Names = Mapping[int, str]


@dataclass(frozen=True)
class Wanted:
    """Who and what goes into a file. ``keys`` are contacts of the account; 8 bytes each, so a million fit anywhere."""

    account: LinkedAccount
    keys: Sequence[int]
    columns: Sequence[Column]


def wanted(account: LinkedAccount, contacts: QuerySet[Contact], *, groups: Sequence[str]) -> Wanted:
    """Everybody among ``contacts``, in the order in which we first saw them, with the columns of these groups."""
    keys = contacts.filter(account=account).order_by("pk").values_list("pk", flat=True)
    fields = CustomField.objects.filter(account=account, gone_at=None).values_list("remote_id", "name")
    names = {str(remote_id): name for remote_id, name in fields}
    return Wanted(account, array("q", keys.iterator(chunk_size=10_000)), columns(groups, fields=names))


def head(wish: Wanted) -> bytes:
    """The first line of the file."""
    return MARK + line([column.label for column in wish.columns]).encode()


def portions(wish: Wanted) -> Iterator[tuple[int, bytes]]:
    """How many rows, and the rows: a thousand contacts at a time, the same few queries for each."""
    lists = _names(ContactList, wish.account) if _asks(wish, LISTS, FORMER) else {}
    tags = _names(Tag, wish.account) if _asks(wish, TAGS) else {}
    choices = _choices(wish.account)
    with _reading_once():
        for few in batched(wish.keys, AT_ONCE):
            lines = list(_lines(wish, few, lists=lists, tags=tags, choices=choices))
            yield len(lines), "".join(lines).encode()


@contextmanager
def _reading_once() -> Iterator[None]:
    """Without SQLite's cache of 32 MB: what is read once from end to end is not asked for again."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size={_CACHE}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size={usual}")


def _lines(wish: Wanted, few: Sequence[int], *, lists: Names, tags: Names, choices: Choices) -> Iterator[str]:
    sources = [each.source for each in wish.columns]
    own = [each for each in sources if not isinstance(each, str)]
    beside = [each if isinstance(each, str) else "" for each in sources]
    asks_raw = not _OURS.issuperset(beside)
    rows = _rows(wish.account, few).values_list(*_KEPT, F("raw") if asks_raw else F("pk"), *own)
    now, before = _stays(few, lists) if lists else ({}, {})
    tagged = _tagged(few, tags) if tags else {}
    for pk, deleted_on, deleted_from, raw, *values in rows:
        found = told(loads(unpack(raw)), choices) if asks_raw else {}
        unknown = NOT_KNOWN if deleted_on and not deleted_from else ""
        found |= {LISTS: now.get(pk, ""), FORMER: before.get(pk) or unknown, TAGS: tagged.get(pk, "")}
        cells = iter(values)
        yield line([found.get(name, "") if name else next(cells) for name in beside])


def _rows(account: LinkedAccount, few: Sequence[int]) -> QuerySet[Contact]:
    erased = Erasure.objects.filter(account=account).exclude(state=Erasure.State.LIFTED)
    here = Contact.objects.filter(account=account, missing_since=None, **_among("pk", few)).order_by("pk")
    return here.exclude(remote_id__in=erased.values("remote_id"))


def _among(name: str, few: Sequence[int]) -> dict[str, object]:
    """These keys, which rise. Without a gap, as nearly always when everybody is exported, their ends say it."""
    is_whole = few[-1] - few[0] < len(few)
    return {f"{name}__gte": few[0], f"{name}__lte": few[-1]} if is_whole else {f"{name}__in": few}


def _stays(few: Sequence[int], names: Names) -> tuple[dict[int, str], dict[int, str]]:
    """The lists each contact is on, and those it was on and is not any more, in words."""
    now: dict[int, list[str]] = defaultdict(list)
    before: dict[int, list[str]] = defaultdict(list)
    stays = Membership.objects.filter(**_among("contact", few)).order_by("contact", "id")
    for contact, the_list, ended_at in stays.values_list("contact", "list", "ended_at"):
        (before if ended_at else now)[contact].append(names.get(the_list, ""))
    for contact, left in before.items():
        here = now.get(contact, ())
        before[contact] = [name for name in dict.fromkeys(left) if name not in here]
    return _joined(now), _joined(before)


def _tagged(few: Sequence[int], names: Names) -> dict[int, str]:
    tagged: dict[int, list[str]] = defaultdict(list)
    for contact, tag in Tagging.objects.filter(ended_at=None, **_among("contact", few)).values_list("contact", "tag"):
        tagged[contact].append(names.get(tag, ""))
    return _joined(tagged)


def _joined(named: Mapping[int, list[str]]) -> dict[int, str]:
    return {contact: "; ".join(sorted(names)) for contact, names in named.items()}


def _names(model: type[ContactList | Tag], account: LinkedAccount) -> Names:
    named: Any = model.objects.filter(account=account)
    return dict(named.values_list("pk", "name"))


def _choices(account: LinkedAccount) -> Choices:
    rows = CustomField.objects.filter(account=account).exclude(choices={}).values_list("remote_id", "choices")
    return {str(remote_id): choices for remote_id, choices in rows}


def _asks(wish: Wanted, *names: str) -> bool:
    return any(column.source in names for column in wish.columns)
