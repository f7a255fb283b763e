"""Active to deleted: hidden in Constant Contact, off every list, and able to come back."""

from contacts.models import Write
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services.acts.act import JSON, Delete, Living, refuse_drift


class Deletion(Delete):
    """One DELETE. What the contact had is kept in the intent, because Constant Contact forgets it."""

    right = Right.DELETE_ONE

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """Nothing is sent with a DELETE. Refuses a contact that is deleted already, and a drift since the preview."""
        if remote.get("deleted_at"):
            raise Refused("This contact is deleted already, so there is nothing to change. Nothing was sent.")
        refuse_drift(write, remote)
        return {}
