"""Mailable to unsubscribed: by the contact's own wish, or by the account's decision."""

from contacts.models import Write
from contacts.rules.compare import Difference
from contacts.rules.consent import leaving_of
from contacts.rules.guard import guard
from contacts.rules.leaving import may_not_unsubscribe
from contacts.rules.merge import opt_out_body
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services.acts.act import JSON, Living, Put, refuse_drift, standing_of

# What an opt-out moves by itself (CC reference, section 8): an unsubscribed contact loses its opt-in fields.
_FOLLOWS = {
    f"email_address.{name}"
    for name in ("opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "confirm_status")
}


class Unsubscription(Put):
    """One PUT that says another permission than was read, this one only; everything else as it was read."""

    right = Right.UNSUBSCRIBE
    fields = ("email_address.permission_to_send", "email_address.opt_out_reason")

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole PUT body. Refuses a contact that is deleted or unsubscribed already, and a drift."""
        problem = may_not_unsubscribe(standing_of(write, remote))
        if problem:
            raise Refused(f"{problem} Nothing was sent.")
        refuse_drift(write, remote)
        leaving = leaving_of(write.basis)
        if leaving is None:
            raise Refused("Say who wants this: it is kept with the change as evidence. Nothing was sent.")
        body = opt_out_body(remote, leaving.opt_out)
        guard(remote, body, lists=None, opt_out=leaving.opt_out)
        return body

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """What is not as asked. Whether an opt-out takes the lists away is not documented: fewer are no difference."""
        found = super().missing(before, body, remote)
        kept = [each for each in found if each.field not in _FOLLOWS and not _fewer_lists(each)]
        return kept + _other_source(body, remote)


def _fewer_lists(each: Difference) -> bool:
    return each.field == "list_memberships" and each.kind == "removed"


def _other_source(body: JSON, remote: JSON) -> list[Difference]:
    """By whom Constant Contact keeps the opt-out, where it says so: the contact's own wish must stay theirs."""
    asked, got = body.get("update_source"), (remote.get("email_address") or {}).get("opt_out_source")
    return [Difference("email_address.opt_out_source", "changed", asked, got)] if got and got != asked else []
