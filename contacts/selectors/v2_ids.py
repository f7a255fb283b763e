"""What the pages about V2 ids show: each number beside what it is called today."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from contacts.models import Contact, ContactList, Crossing, Xref, XrefKind
from contacts.rules.v2_ids import calls
from contacts.selectors.check import masked

ON_A_PAGE = 100
_AT_ONCE = 2_000
HEAD = {
    XrefKind.CONTACT: ("V2 id", "Contact id", "Address", "Status"),
    XrefKind.LIST: ("V2 id", "List id", "Name", "Status"),
}


@dataclass(frozen=True)
class Pair:
    """One V2 id; ``remote_id`` None: Constant Contact knows none. ``name`` is the address or the list's name."""

    sequence_id: int
    remote_id: uuid.UUID | None = None
    name: str = ""
    status: str = ""
    word: str = ""


@dataclass(frozen=True)
class Crossed:
    """One question with a page of its pairs; ``after`` leads to the next page."""

    crossing: Crossing
    rows: Sequence[Pair]
    after: int | None

    @property
    def calls(self) -> int:
        return calls(self.crossing.left)

    @property
    def is_asking(self) -> bool:
        return self.crossing.state == Crossing.State.ASKING

    @property
    def missing(self) -> int:
        return len(self.crossing.missing)

    @property
    def total(self) -> int:
        return len(self.crossing.sequence_ids)


def crossed(crossing: Crossing, *, personal: bool, after: int = 0) -> Crossed:
    """The pairs after this number, a hundred of them. Two queries."""
    ids = [each for each in crossing.sequence_ids if each > after]
    some = ids[:ON_A_PAGE]
    following = some[-1] if len(ids) > ON_A_PAGE else None
    return Crossed(crossing, list(_pairs(crossing, some, personal=personal)), following)


def table(crossing: Crossing) -> Iterator[tuple[object, ...]]:
    """Every number that was asked about, under a header, for who may export people."""
    yield HEAD[XrefKind(crossing.kind)]
    for some in batched(crossing.sequence_ids, _AT_ONCE):
        for pair in _pairs(crossing, some, personal=True):
            yield pair.sequence_id, pair.remote_id or "", pair.name, pair.word


def _pairs(crossing: Crossing, sequence_ids: Sequence[int], *, personal: bool) -> Iterator[Pair]:
    rows = Xref.objects.filter(account=crossing.account_id, kind=crossing.kind, sequence_id__in=sequence_ids)
    known = dict(rows.values_list("sequence_id", "remote_id"))
    named = _contacts(crossing, known) if crossing.kind == XrefKind.CONTACT else _lists(crossing, known)
    missing = set(crossing.missing)
    for number in sequence_ids:
        remote_id = known.get(number)
        if remote_id is None:
            yield Pair(number, word="Not found" if number in missing else "Not asked yet")
            continue
        name, status, word = named.get(remote_id, ("", "", "Not in our copy"))
        is_address = crossing.kind == XrefKind.CONTACT
        yield Pair(number, remote_id, masked(name) if is_address and not personal else name, status, word)


def _contacts(crossing: Crossing, known: dict[int, uuid.UUID]) -> dict[uuid.UUID, tuple[str, str, str]]:
    rows = Contact.objects.filter(account=crossing.account_id, remote_id__in=known.values())
    words = dict(Contact.Status.choices)
    return {
        remote_id: (address, status, str(words.get(status, status)))
        for remote_id, address, status in rows.values_list("remote_id", "address", "status")
    }


def _lists(crossing: Crossing, known: dict[int, uuid.UUID]) -> dict[uuid.UUID, tuple[str, str, str]]:
    rows = ContactList.objects.filter(account=crossing.account_id, remote_id__in=known.values())
    return {
        remote_id: (name, "", "Gone" if gone_at else "In our copy")
        for remote_id, name, gone_at in rows.values_list("remote_id", "name", "gone_at")
    }
