"""The rows of an old export against our copy, a portion at a time, in a fixed number of queries each."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from functools import cached_property

from contacts import mirror
from contacts.mirror.seeds import told_stay
from contacts.models import Contact, ContactList, FileRow, How, Membership, Seed
from contacts.models.cells import NOTHING, cell
from contacts.rules.seeds import Fate, Person, Saying, day_in, judge, name_key, names_in
from contacts.services.files import cells


@dataclass
class Judged:
    """A row with its fate, and the stays it teaches."""

    row: FileRow
    fate: Fate
    contact: Contact | None = None
    stays: list[Membership] = field(default_factory=list)


@dataclass
class Names:
    """What the list names of a file stand for: our lists by name and id, and what a person matched by hand."""

    seed: Seed
    unknown: Counter[str] = field(default_factory=Counter)

    @cached_property
    def _known(self) -> dict[str, int]:
        """Keys of names, and ids, to our lists; one that still exists comes before one that is gone."""
        rows = ContactList.objects.filter(account=self.seed.account_id)
        # Those that are gone first, so that a living one takes the name.
        ordered = sorted(rows, key=lambda each: (each.gone_at is None, -each.pk))
        found = {name_key(each.name): each.pk for each in ordered}
        return found | {str(each.remote_id): each.pk for each in ordered}

    @cached_property
    def _matched(self) -> dict[str, int]:
        return {name_key(name): told["list"] for name, told in self.seed.names.items() if told["list"] is not None}

    @cached_property
    def _keys(self) -> Collection[str]:
        return self._known.keys() | self._matched.keys()

    def take(self) -> Counter[str]:
        """The names that nobody knows since the last time, and in how many rows each stands."""
        taken, self.unknown = self.unknown, Counter()
        return taken

    def lists(self, text: str) -> frozenset[int]:
        """Our lists that a cell names; the names of others are counted in ``unknown``."""
        if self.seed.whole_id:
            return frozenset({self.seed.whole_id})
        found = set()
        for name in names_in(text, self._keys):
            pk = self._matched.get(name_key(name), self._known.get(name_key(name)))
            if name_key(name) not in self._known:
                self.unknown[name] += 1
            if pk:
                found.add(pk)
        return frozenset(found)


def judge_rows(seed: Seed, rows: Sequence[FileRow], names: Names, *, hold: bool = False) -> list[Judged]:
    """The rows with their fates; three queries, one more where somebody was erased. Raises CannotOpen.

    ``hold`` locks the contacts' rows, for whoever writes what was found.
    """
    keys = {row.address_key for row in rows} - {""}
    erased = mirror.erased_addresses(seed.account, keys)
    people = _people(seed, keys, hold=hold)
    held = _held(people.values())
    made = []
    for row in rows:
        each = _judged(seed, row, people.get(row.address_key), held, names, is_erased=row.address_key in erased)
        made.append(each)
        # What a row teaches is known to the next one about the same person.
        for stay in each.stays:
            held[stay.contact_id].append(stay)
    return made


def save_fates(judged: Iterable[Judged]) -> None:
    """Keep the fates on the rows; of somebody who was erased nothing else is left."""
    for each in judged:
        each.row.verdict, each.row.contact = each.fate.value, each.contact
        if each.fate == Fate.ERASED:
            each.row.address_key, each.row.cells = "", NOTHING
    columns = ["verdict", "contact", "address_key", "cells"]
    # An upsert of rows that are all there is far quicker than an UPDATE with a case for each of them.
    FileRow.objects.bulk_create(
        [each.row for each in judged], update_conflicts=True, unique_fields=["file", "number"], update_fields=columns
    )


def _judged(
    seed: Seed,
    row: FileRow,
    contact: Contact | None,
    held: dict[int, list[Membership]],
    names: Names,
    *,
    is_erased: bool,
) -> Judged:
    texts = cells(row)
    if is_erased or (not texts and not row.address_key):
        return Judged(row, Fate.ERASED)
    if not row.address_key:
        return Judged(row, Fate.NO_ADDRESS)
    lists = names.lists(cell(texts, seed.columns.get("lists")))
    try:
        first, last = (day_in(cell(texts, seed.columns.get(name))) for name in ("from", "to"))
    except ValueError:
        return Judged(row, Fate.BAD_DAY, contact)
    day = seed.day or date.min
    fate, new = judge(
        _person(contact, held[contact.pk]) if contact else None, Saying(lists, day=day, first=first, last=last)
    )
    if contact is None:
        return Judged(row, fate)
    begin = first or min(last or day, day)
    stays = [told_stay(seed, contact, pk, first=begin, last=last) for pk in sorted(new)]
    return Judged(row, fate, contact, stays)


def _person(contact: Contact, stays: Iterable[Membership]) -> Person:
    ended = [each for each in stays if each.ended_how == How.DELETED and each.ended_at == contact.deleted_to]
    told = [each for each in stays if each.ended_how == How.FILE and each.ended_at]
    return Person(
        deleted_on=contact.deleted_on,
        seen=contact.deleted_from is not None or any(each.told_on is None for each in ended),
        held=frozenset(each.list_id for each in ended),
        taught=frozenset(each.list_id for each in ended if each.told_on),
        past=frozenset((each.list_id, each.ended_at.astimezone(UTC).date()) for each in told if each.ended_at),
    )


def _people(seed: Seed, keys: Collection[str], *, hold: bool) -> dict[str, Contact]:
    """The contact of each address: where two have it, one that is present, and that changed last."""
    rows = Contact.objects.filter(account=seed.account_id, address_key__in=keys)
    rows = rows.only(
        "account", "address_key", "deleted_on", "deleted_from", "deleted_to", "missing_since", "updated_at"
    )
    found = list(rows.select_for_update(of=("self",)).order_by("pk")) if hold else list(rows)
    ordered = sorted(found, key=lambda each: (each.missing_since is None, each.updated_at))
    return {each.address_key: each for each in ordered}


def _held(people: Iterable[Contact]) -> dict[int, list[Membership]]:
    held: dict[int, list[Membership]] = defaultdict(list)
    for stay in Membership.objects.filter(contact__in=[each.pk for each in people], ended_at__isnull=False):
        held[stay.contact_id].append(stay)
    return held
