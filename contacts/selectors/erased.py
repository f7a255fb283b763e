"""Whose copy was erased on request, and what the pages of privacy show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, marker_of
from contacts.mirror.erased import standing
from contacts.models import Erasure, LinkedAccount, User
from contacts.rules.addresses import Kind, Query
from contacts.selectors.paging import Slice, one_page

PAGE: Final = 20
#: What an erasure deleted, in words; what is not named here counts as "other rows".
WORDS: Final[Mapping[str, str]] = {
    "contact": "the contact itself, with the record as Constant Contact sent it",
    "membership": "stays on lists",
    "tagging": "stays with tags",
    "contactevent": "changes that were seen",
    "filerow": "rows of files that named them",
    "write": "changes that were made here",
    "jobitem": "places in jobs",
    "reversal": "notes of a change that was undone",
    "auditpayload": "personal details of entries in the history",
    "text": "texts in which they were named: the name was taken out",
    "passing": "sessions and results of tasks that named them",
}


@dataclass(frozen=True)
class Receipt:
    """One request, and what is to be said about it."""

    erasure: Erasure
    gone: list[tuple[str, int]]
    jobs: list[int]
    entries: list[int]

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be erased."""
        return self.erasure.state != Erasure.State.ERASING


def requests(account: LinkedAccount, *, user: User, query: QueryDict) -> Slice[Erasure]:
    """One page of requests, newest first."""
    return one_page(visible(account, user=user), order=("-id",), query=query, size=PAGE)


def visible(account: LinkedAccount, *, user: User) -> QuerySet[Erasure]:
    """The account's requests."""
    return Erasure.objects.visible_to(user).filter(account=account)


def receipt(erasure: Erasure) -> Receipt:
    """What was erased, in words. No query."""
    rows = erasure.gone.get("rows", {})
    gone = [(words, rows[name]) for name, words in WORDS.items() if rows.get(name)]
    other = sum(number for name, number in rows.items() if name not in WORDS)
    return Receipt(
        erasure,
        [*gone, ("other rows", other)] if other else gone,
        erasure.gone.get("jobs", []),
        erasure.gone.get("entries", []),
    )


def of_contact(account: LinkedAccount, remote_id: object) -> Erasure | None:
    """The newest request about a contact that holds; None when there is none, or it was lifted."""
    if not isinstance(remote_id, UUID):
        return None
    return _holding(account).filter(remote_id=remote_id).order_by("-id").first()


def among(account: LinkedAccount, queries: Iterable[Query]) -> dict[Query, Erasure]:
    """Which of these questions are about somebody erased. No query when nobody ever was, else one."""
    if not account.erasure_key:
        return {}
    marker = marker_if_any(account)
    if marker is None:
        return {}
    marks = {mark: query for query in queries if (mark := _mark(marker, query))}
    rows = standing(account).filter(mark__in=list(marks)).select_related("erasure").order_by("pk")
    return {marks[row.mark]: row.erasure for row in rows}


def of_job(account: LinkedAccount, job: int) -> int:
    """How many people of a job were erased since. One query."""
    kept = _holding(account).values_list("gone", flat=True) if account.erasure_key else ()
    return sum(job in gone.get("jobs", ()) for gone in kept)


def marker_if_any(account: LinkedAccount) -> Marker | None:
    """Who makes the account's marks; None when its key does not open."""
    try:
        return marker_of(account)
    except CannotOpen:
        return None


def key_is_lost(account: LinkedAccount) -> bool:
    """Whether somebody was erased, and the key of the marks cannot be opened any more."""
    return bool(account.erasure_key) and marker_if_any(account) is None


def _holding(account: LinkedAccount) -> QuerySet[Erasure]:
    return Erasure.objects.filter(account=account).exclude(state=Erasure.State.LIFTED)


def _mark(marker: Marker, query: Query) -> str:
    if query.kind == Kind.ADDRESS:
        return marker.of_address(query.value)
    return marker.of_contact(UUID(query.value)) if query.kind == Kind.CONTACT_ID else ""
