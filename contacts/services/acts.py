"""What one kind of change asks of the write path: its body, how it is sent, and when it counts as done."""

import hashlib
from typing import Any, Protocol

from contacts.api.client import Client
from contacts.api.errors import APIError, NoAnswer
from contacts.audit import payload_of
from contacts.models import ContactList, Write
from contacts.rules.compare import Difference, differences
from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.standing import Standing
from contacts.rules.verdict import judge

JSON = dict[str, Any]


class Act(Protocol):
    """One kind of change. ``body`` refuses by raising Refused; ``missing`` is empty when the change is in place."""

    right: Right

    def body(self, write: Write, remote: JSON) -> JSON: ...

    def send(self, client: Client, write: Write, body: JSON) -> JSON: ...

    def missing(self, body: JSON, remote: JSON) -> list[Difference]: ...


class Reactivation:
    """Deleted to active, on the wished lists; everything else as it was read."""

    right = Right.REACTIVATE

    def body(self, write: Write, remote: JSON) -> JSON:
        """The whole PUT body. Refuses what the rules refuse, a drift since the preview, and a list that is gone."""
        standing = Standing.of(remote, once_opted_out=write.contact.once_opted_out)
        verdict = judge(standing)
        if not verdict.may_reactivate:
            raise Refused(verdict.refusal)
        if write.seen and write.seen != seen_digest(remote):
            raise Refused(
                "The contact was changed in Constant Contact since you opened this page. Nothing was sent. "
                "Look at it as it is now and decide again."
            )
        _refuse_gone_lists(write)
        body = body_for(remote, lists=write.lists)
        guard(remote, body, lists=write.lists)
        return body

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        return client.put_contact(str(write.contact.remote_id), body)

    def missing(self, body: JSON, remote: JSON) -> list[Difference]:
        hidden = [Difference("deleted_at", "added", None, remote["deleted_at"])] if remote.get("deleted_at") else []
        return hidden + differences(body, remote)


class Undo:
    """Active back to deleted, only while the contact is exactly what our reactivation made of it."""

    right = Right.REACTIVATE

    def body(self, write: Write, remote: JSON) -> JSON:
        """Nothing is sent with a DELETE. Refuses when anybody changed the contact since."""
        done = write.undoes
        if done is None or done.intent is None or done.state not in (Write.State.CONFIRMED, Write.State.APPLIED):
            raise Refused("There is no proved reactivation to undo.")
        sent = payload_of(done.intent)
        if sent is None or ACTS[done.kind].missing(sent["sent"], remote):
            raise Refused(
                "This cannot be undone cleanly: the contact was changed in Constant Contact since. Nothing was sent."
            )
        return {}

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """Delete, then read: a DELETE answers with no body, so only a fresh read proves it."""
        remote_id = str(write.contact.remote_id)
        client.delete_contact(remote_id)
        try:
            return client.get_contact(remote_id)
        except APIError as exc:
            raise NoAnswer("The contact could not be read after it was deleted.", method="DELETE") from exc

    def missing(self, body: JSON, remote: JSON) -> list[Difference]:
        return [] if remote.get("deleted_at") else [Difference("deleted_at", "removed", "a date", None)]


ACTS: dict[str, Act] = {Write.Kind.REACTIVATE: Reactivation(), Write.Kind.UNDO: Undo()}


def seen_digest(remote: JSON) -> str:
    """A short mark of what a preview showed and a reactivation touches: status, consent, address and lists."""
    standing = Standing.of(remote)
    touched = (
        standing.address,
        standing.permission,
        standing.opt_out_source,
        standing.opt_out_date,
        standing.deleted_on,
        sorted(standing.list_ids),
    )
    return hashlib.sha256(repr(touched).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _refuse_gone_lists(write: Write) -> None:
    alive = ContactList.objects.filter(account=write.account, gone_at=None, remote_id__in=write.lists)
    known = {str(remote_id) for remote_id in alive.values_list("remote_id", flat=True)}
    if not write.lists:
        raise Refused("Choose at least one list: Constant Contact brings a contact back by adding it to a list.")
    if set(write.lists) - known:
        raise Refused("A list you chose no longer exists. Nothing was sent. Choose another.")
