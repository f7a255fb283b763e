"""Who has an address in Constant Contact, in any state: asked before anybody new is sent, and after a 409."""

from dataclasses import replace

from django.utils import timezone

from contacts.api.client import Client
from contacts.api.errors import APIError, Conflict, NotFound
from contacts.mirror.erased import address_key
from contacts.models import Contact, LinkedAccount, Write
from contacts.rules.newcomers import taken
from contacts.rules.refusal import Refused
from contacts.rules.standing import Standing
from contacts.services.ending import JSON, Result, store

#: Rows of our copy with one address: the one of now, and an older one that was not read again since.
MOST = 3
ERASED = "Our copy of whoever has this address was erased on request, so nobody is added with it. Nothing was changed."
SAID_TAKEN = (
    "Constant Contact says that this address belongs to a contact already, but showed nobody who has it. Nothing was "
    "changed. Check the address in a minute: whoever has it will be shown then, deleted or not."
)
MEANWHILE = "Somebody with this address is in the account meanwhile. Nothing was changed. Look again, then decide."


def whoever_has(
    client: Client, account: LinkedAccount, address: str, *, conflict: Conflict | None = None
) -> JSON | None:
    """The contact that has this address, deleted ones too, or None. One call, one more for each id that is known.

    Whom our copy or a ``conflict`` names is asked for by id first: whether the address finds a deleted contact every
    time is not documented (CC reference, section 9). Raises APIError: "nobody" needs proof.
    """
    key = address.lower()
    known = Contact.objects.filter(account=account, address_key=key, missing_since=None)[:MOST]
    ids = [str(each) for each in known.values_list("remote_id", flat=True)]
    for contact_id in dict.fromkeys([*([conflict.contact_id] if conflict and conflict.contact_id else []), *ids]):
        remote = _by_id(client, contact_id)
        if remote is not None and address_key(remote) == key:
            return remote
    return min(client.find_contacts(address), key=lambda each: bool(each.get("deleted_at")), default=None)


def _by_id(client: Client, contact_id: str) -> JSON | None:
    try:
        return client.get_contact(contact_id)
    except NotFound:
        return None


def need_nobody(client: Client, write: Write) -> JSON:
    """Look for whoever has the address of somebody new; {} when nobody has it.

    Raises Refused with what they are when somebody has. Our copy follows, and they belong to the change from then on.
    """
    asked_at = timezone.now()
    remote = whoever_has(client, write.account, write.address_key)
    if remote is None:
        return {}
    if not store(write, remote, client, fetched_at=asked_at):
        # They have this address since they were erased: the history is not told it anew.
        write.address_key = ""
        raise Refused(ERASED)
    raise Refused(_taken(write, remote))


def tied(client: Client, write: Write, result: Result) -> Result:
    """How somebody new was sent, with the contact it is about: the new one, or the one that has the address.

    A 409 names its contact, or does not (CC reference, section 5): then the address is asked for.
    """
    now, problem = timezone.now(), result.problem
    if result.answer is not None:
        store(write, result.answer, client, fetched_at=now, by_us=True)
    if not isinstance(problem, Conflict):
        return result
    try:
        remote = whoever_has(client, write.account, write.address_key, conflict=problem)
    except APIError:
        remote = None
    if remote is None:
        return replace(result, message=SAID_TAKEN)
    if not store(write, remote, client, fetched_at=now):
        return replace(result, message=ERASED)
    return replace(result, message=_taken(write, remote))


def _taken(write: Write, remote: JSON) -> str:
    if write.kind == Write.Kind.SIGN_UP:
        return MEANWHILE
    return taken(Standing.of(remote, once_opted_out=write.person.once_opted_out))
