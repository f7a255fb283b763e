"""Somebody new: created by us, or signed up by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contacts.api.client import Client
from contacts.models import Write
from contacts.rules.compare import Difference, differences, unshown
from contacts.rules.newcomers import create_body, may_not_sign_up, sign_up_form, signed_up
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services.acts.act import DONE, JSON, Living, read_after, standing_of

GONE = "A list you chose no longer exists. Nothing was sent. Choose another."


@dataclass(frozen=True)
class Creation:
    """One POST, for an address that nobody in the account has. Never more than implied permission is said.

    What was typed is not kept with the change: it is in the intent, which is written before anything is sent.
    """

    address: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    right = Right.EDIT_LISTS
    fields = ("email_address.address", "list_memberships")
    done, unseen, conflict = DONE, "", ""

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole POST body. That nobody has the address was read before."""
        _need_lists(write, living)
        return create_body(self.address, self.details, write.lists)

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """One POST. Parts that its answer does not mention are read, as after a PUT."""
        answer = client.create_contact(body)
        return read_after(client, answer["contact_id"], "POST") if unshown(body, answer) else answer

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """What of the new contact is not as it was sent."""
        return _hidden(remote) + differences(body, remote)


@dataclass(frozen=True)
class SignUp:
    """A person's own sign-up, passed on: express permission, or a confirmation that the account waits for."""

    address: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    right = Right.EDIT_LISTS
    fields = ("email_address.permission_to_send", "list_memberships")
    done, unseen = DONE, ""
    conflict = (
        "Constant Contact was at work on the same contact for somebody else at that moment (409). Nothing was changed. "
        "Look at the contact, then try again."
    )

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole contact as it should become. Refuses whoever must come back by an act that is really their own."""
        if remote:
            standing = standing_of(write, remote)
            if standing.address.lower() != self.address.lower():
                raise Refused("Their address was changed in Constant Contact meanwhile. Nothing was sent. Look again.")
            problem = may_not_sign_up(standing)
            if problem:
                raise Refused(problem)
        _need_lists(write, living)
        return signed_up(remote, self.address, self.details, write.lists)

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """One POST of the form, then a reading: the answer says no more than whom it was about."""
        form = sign_up_form(self.address, self.details, write.lists)
        return read_after(client, client.sign_up(form), "POST")

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """What is not as asked. An account that asks for a confirmation lets somebody new wait for it (section 12)."""
        found = _hidden(remote) + differences(body, remote)
        return [each for each in found if before or (each.field, each.got) != AWAITED]


AWAITED = ("email_address.permission_to_send", "pending_confirmation")


def _need_lists(write: Write, living: Living | None) -> None:
    if set(write.lists) - (living or Living(write.account)).lists:
        raise Refused(GONE)


def _hidden(remote: JSON) -> list[Difference]:
    return [Difference("deleted_at", "added", None, remote["deleted_at"])] if remote.get("deleted_at") else []
