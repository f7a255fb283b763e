"""The one mail in which Constant Contact asks somebody who opted out whether they want to come back."""

from contacts.api.client import Client
from contacts.models import Write
from contacts.rules.compare import Difference, moved
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.standing import Standing
from contacts.rules.state import Act as Cure
from contacts.rules.verdict import judge
from contacts.services.acts.act import JSON, Living, refuse_drift, standing_of
from contacts.services.acts.newcomer import GONE


class Resubscription:
    """One PUT that changes nothing: the contact stays unsubscribed until they click (CC reference, section 12)."""

    right = Right.RESUBSCRIBE
    fields: tuple[str, ...] = ()
    done = "Constant Contact accepted the order for its one resubscribe email. No reading shows whether it arrived."
    conflict = (
        "Constant Contact says that its one resubscribe email was sent to this contact before (409). It cannot be sent "
        "again. Nothing was changed. They can come back with the sign-up form."
    )
    unseen = (
        "The answer was lost, and no reading shows whether the email was ordered. Ordering it again does no harm: "
        "Constant Contact sends one only, and says so when that was used before."
    )

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The lists they join once they click. Refuses whoever did not opt out, or is hidden."""
        verdict = judge(standing_of(write, remote))
        if verdict.act != Cure.RESUBSCRIBE:
            raise Refused(
                f"This email is for somebody who unsubscribed. This contact is: {verdict.label}. Nothing was sent."
            )
        refuse_drift(write, remote)
        if not write.lists:
            raise Refused("Choose at least one list that they join when they click. Nothing was sent.")
        if set(write.lists) - (living or Living(write.account)).lists:
            raise Refused(GONE)
        return {"list_ids": list(write.lists)}

    def send(self, client: Client, write: Write, body: JSON) -> None:
        """One PUT. Its answer is described nowhere; that it is a 200 is all it says."""
        client.resubscribe(str(write.person.remote_id), body["list_ids"])

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """Nothing, once they clicked: their consent moved then. Before that no reading says anything about a mail."""
        asks = judge(Standing.of(remote)).act == Cure.RESUBSCRIBE
        if not asks and moved(before, remote):
            return []
        return [Difference("list_memberships", "removed", body.get("list_ids"), remote.get("list_memberships"))]
