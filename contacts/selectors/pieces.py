"""What a reactivation can do for each deleted contact: everybody is in exactly one piece, as in a plan.

The same judgement as ``rules.plan.place``, said to the database, so that thousands are counted in one query.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.lookups import Exact

from contacts.models import Contact, How, LinkedAccount, Membership
from contacts.models.consent import Consent, Word
from contacts.models.mirror import ContactQuerySet


class Piece(StrEnum):
    """The value stands in URLs, the label beside a number."""

    label: str

    KNOWN = ("known", "former lists known")
    FEWER = ("fewer", "a former list no longer exists")
    UNKNOWN = ("unknown", "former lists unknown")
    CHOICE = ("choice", "no former list left")
    OPTED_OUT = ("opted_out", "opted out")
    OTHER = ("other", "held back for another reason")

    def __new__(cls, value: str, label: str) -> "Piece":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


def named(value: str) -> Piece | None:
    """The piece of this name, if there is one."""
    return next((piece for piece in Piece if piece == value), None)


# Shown also when there is nobody in them.
ALWAYS = (Piece.KNOWN, Piece.FEWER, Piece.UNKNOWN, Piece.OPTED_OUT)


def _ended(*, gone: bool) -> Q:
    """On a list until the deletion, and that list is, or is not, gone since."""
    stays = Membership.objects.filter(
        contact=OuterRef("pk"), ended_how=How.DELETED, ended_at=OuterRef("deleted_to"), list__gone_at__isnull=not gone
    )
    return Q(Exists(stays))


def _says(*words: Word) -> Q:
    return Q(*(Exact(Consent(), word.value) for word in words), _connector=Q.OR)


_ALIVE, _GONE = _ended(gone=False), _ended(gone=True)
# As what it is not, so that nobody takes most of the deleted ones out of an index and sorts them.
_MAY = ~_says(Word.OPTED_OUT, Word.OTHER)
CONDITIONS: Mapping[Piece, Q] = {
    Piece.OPTED_OUT: _says(Word.OPTED_OUT),
    Piece.OTHER: _says(Word.OTHER),
    Piece.KNOWN: _MAY & _ALIVE & ~_GONE,
    Piece.FEWER: _MAY & _ALIVE & _GONE,
    Piece.UNKNOWN: _says(Word.UNSEEN) & ~_ALIVE & ~_GONE,
    Piece.CHOICE: _MAY & ~_ALIVE & (_GONE | Q(deleted_from__isnull=False)),
}
# Read along an index of their own, in the orders of the page.
INDEXED = frozenset({Piece.OPTED_OUT, Piece.OTHER, Piece.UNKNOWN})


def were_on_gone_lists(account: LinkedAccount) -> QuerySet[Membership, Any]:
    """The keys of the contacts whom a deletion took off lists that are gone since."""
    stays = Membership.objects.filter(list__account=account, list__gone_at__isnull=False, ended_how=How.DELETED)
    return stays.values("contact")


def to_count(rows: ContactQuerySet) -> QuerySet[Contact, Any]:
    """The pieces of these deleted contacts and how many are in each, for ``counted``."""
    which = Case(*(When(condition, then=Value(piece.value)) for piece, condition in CONDITIONS.items()))
    return rows.order_by().annotate(piece=which).values_list("piece").annotate(number=Count("pk"))


def counted(found: Iterable[tuple[str, int]]) -> dict[Piece, int]:
    """How many are in each piece; the numbers add up to all of them. No query."""
    numbers = dict(found)
    return {piece: numbers.get(piece.value, 0) for piece in Piece}
