"""Somebody new: created by us, or their own sign-up passed on. We look first, with every status, and send once."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from contacts.models import Contact, ContactEvent, ContactList, LinkedAccount, User, Write
from contacts.rules.addresses import Kind, Query
from contacts.rules.consent import SignedUp
from contacts.rules.newcomers import CREATE_BASES, NO_EVIDENCE, remembered
from contacts.rules.refusal import Refused
from contacts.selectors.erased import among
from contacts.services import writing
from contacts.services.acts import Creation, SignUp
from contacts.services.finding import ERASED
from contacts.services.preview import ListChoice


def create(
    account: LinkedAccount,
    *,
    by: User,
    address: str,
    details: Mapping[str, str],
    lists: Sequence[str],
    basis: str,
    note: str,
    token: uuid.UUID,
) -> Write:
    """Create a contact, if nobody in the account has the address in any state.

    ``details`` are texts by ``newcomers.DETAILS``, ``lists`` Constant Contact's ids; ``token`` makes a second click
    find the first. Raises Refused while the address is being added, or when its owner was erased or had opted out;
    every other end, somebody who is there already included, is in the Write.
    """
    if basis not in CREATE_BASES or not note.strip():
        raise Refused(NO_EVIDENCE)
    need_free(account, address)
    wish: writing.Wish = {"lists": list(lists), "basis": basis, "note": note}
    write = writing.begin_new(account, address, kind=Write.Kind.CREATE, by=by, token=token, **wish)
    return writing.carry_out(write, act=Creation(address, details))


def sign_up(
    account: LinkedAccount,
    *,
    by: User,
    address: str,
    details: Mapping[str, str],
    lists: Sequence[str],
    basis: str,
    note: str,
    token: uuid.UUID,
) -> Write:
    """Pass on that a person signed up themselves, new or known to our copy; their permission becomes express.

    Arguments and errors as for ``create``. Who is deleted or opted out ends refused (``rules.newcomers``).
    """
    if basis not in SignedUp or not note.strip():
        raise Refused(NO_EVIDENCE)
    need_free(account, address)
    wish: writing.Wish = {"lists": list(lists), "basis": basis, "note": note}
    contact = in_copy(account, address)
    if contact:
        write = writing.begin(contact, kind=Write.Kind.SIGN_UP, by=by, token=token, **wish)
    else:
        write = writing.begin_new(account, address, kind=Write.Kind.SIGN_UP, by=by, token=token, **wish)
    return writing.carry_out(write, act=SignUp(address, details))


def in_copy(account: LinkedAccount, address: str) -> Contact | None:
    """The contact of our copy that has this address."""
    rows = Contact.objects.filter(account=account, address_key=address.lower(), missing_since=None)
    return rows.select_related("account").order_by("deleted_on").first()


def left_by(account: LinkedAccount, address: str) -> ContactEvent | None:
    """When we last saw somebody leave this address for another, with their contact. One query."""
    key = address.strip().lower()[:254]
    rows = ContactEvent.objects.filter(was_address=key, contact__account=account, contact__missing_since=None)
    return rows.exclude(contact__address_key=key).select_related("contact").order_by("-noticed_to", "-id").first()


def need_free(account: LinkedAccount, address: str) -> None:
    """Raise Refused for an address whose owner asked to be forgotten, or had opted out before CC lost the record."""
    if among(account, [Query(Kind.ADDRESS, address, address)]):
        raise Refused(ERASED)
    lost = Contact.objects.filter(account=account, address_key=address.lower(), missing_since__isnull=False)
    day = lost.exclude(once_opted_out=None).values_list("once_opted_out", flat=True).first()
    if day:
        raise Refused(remembered(day))


def list_choices(account: LinkedAccount, *, ticked: Collection[str]) -> list[ListChoice]:
    """Every list that exists, by name. One query."""
    rows = ContactList.objects.filter(account=account, gone_at=None).order_by("name", "id")
    return [ListChoice(str(each.remote_id), each.name, each.note, str(each.remote_id) in ticked) for each in rows]
