"""Who asked to be forgotten: what Constant Contact shows of them is not copied again."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, open_marker
from contacts.mirror.reading import Copy, clean
from contacts.models import Contact, ErasedMark, Erasure, LinkedAccount

JSON = dict[str, Any]
LENGTH = 254


class Erased(Contact.DoesNotExist):
    """This contact was erased on request, so no copy of it is kept."""


def erased_among(account: LinkedAccount, copies: Mapping[UUID, Copy], *, sealed: str) -> dict[UUID, int]:
    """Which of these contacts are not to be copied, each with a number of its own that is below zero.

    ``sealed`` is the account's sealed key, "" when nobody was ever erased. One query then, whatever the page's size.
    A key that does not open leaves the contacts' ids, which stand in the requests themselves: whoever was erased
    stays away, only somebody who comes under a new id with an erased address does not.
    """
    if not sealed or not copies:
        return {}
    try:
        marker = open_marker(sealed, encoded_id=account.encoded_account_id)
    except CannotOpen:
        return _by_id(account, copies)
    wanted = {mark: remote_id for remote_id, copy in copies.items() for mark in marks_of(marker, copy)}
    # The mark of the id was made first and has the last word, so that two contacts never share one number.
    rows = standing(account).filter(mark__in=wanted).order_by("-pk")
    return {wanted[mark]: -pk for pk, mark in rows.values_list("pk", "mark")}


def erased_addresses(account: LinkedAccount, keys: Iterable[str]) -> frozenset[str]:
    """Which of these addresses, in lower case, are of people who were erased on request. Raises CannotOpen."""
    sealed = LinkedAccount.objects.values_list("erasure_key", flat=True).get(pk=account.pk)
    if not sealed:
        return frozenset()
    marker = open_marker(sealed, encoded_id=account.encoded_account_id)
    marks = {marker.of_address(key): key for key in keys}
    return frozenset(marks[mark] for mark in standing(account).filter(mark__in=marks).values_list("mark", flat=True))


def marks_of(marker: Marker, copy: Copy) -> Iterable[str]:
    """The marks a contact would have: by its address, if there is one, and by its id."""
    address = address_key(copy.remote)
    return [*([marker.of_address(address)] if address else []), marker.of_contact(copy.remote_id)]


def standing(account: LinkedAccount) -> QuerySet[ErasedMark]:
    """The marks of the account that hold: those of lifted requests do not."""
    return ErasedMark.objects.filter(account=account).exclude(erasure__state=Erasure.State.LIFTED)


def address_key(remote: JSON) -> str:
    """The address as ``Contact.address_key`` has it."""
    email = remote.get("email_address")
    address = email.get("address") if isinstance(email, dict) else None
    return clean(address.strip())[:LENGTH].lower()[:LENGTH] if isinstance(address, str) else ""


def _by_id(account: LinkedAccount, copies: Mapping[UUID, Copy]) -> dict[UUID, int]:
    rows = Erasure.objects.filter(account=account, remote_id__in=list(copies)).exclude(state=Erasure.State.LIFTED)
    return {remote_id: -pk for pk, remote_id in rows.values_list("pk", "remote_id")}
