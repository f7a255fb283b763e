"""Deleted to active."""

from contacts.models import Write
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.verdict import judge
from contacts.services.acts.act import JSON, Living, Put, refuse_drift, standing_of, whole_body


class Reactivation(Put):
    """Deleted to active, on the wished lists; everything else as it was read."""

    right = Right.REACTIVATE
    fields = ("deleted_at", "list_memberships")

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole PUT body. Refuses what the rules refuse, a drift since the preview, and a list that is gone."""
        verdict = judge(standing_of(write, remote))
        if not verdict.may_reactivate:
            raise Refused(verdict.refusal)
        refuse_drift(write, remote)
        if not write.lists:
            raise Refused("Choose at least one list: Constant Contact brings a contact back by adding it to a list.")
        if set(write.lists) - (living or Living(write.account)).lists:
            raise Refused("A list you chose no longer exists. Nothing was sent. Choose another.")
        return whole_body(remote, lists=write.lists, revive=True)
