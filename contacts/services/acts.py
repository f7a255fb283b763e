"""What one kind of change asks of the write path: its body, how it is sent, and when it counts as done."""

import hashlib
from typing import Any, Protocol

from contacts.api.client import Client
from contacts.api.errors import APIError, NoAnswer
from contacts.models import ContactList, Write
from contacts.rules.compare import Difference, differences, moved, unshown
from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.standing import Standing
from contacts.rules.undo import may_undo
from contacts.rules.verdict import judge

JSON = dict[str, Any]


class Act(Protocol):
    """One kind of change. ``body`` refuses by raising Refused; ``missing`` is empty when the change is in place.

    ``before`` is the fresh read the body was made from, ``remote`` what Constant Contact shows afterwards.
    """

    right: Right

    def body(self, write: Write, remote: JSON) -> JSON: ...

    def send(self, client: Client, write: Write, body: JSON) -> JSON: ...

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]: ...


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
        """One PUT. Parts that its answer does not mention are read: silence proves nothing about them."""
        answer = client.put_contact(str(write.contact.remote_id), body)
        return _read_after(client, write, "PUT") if unshown(body, answer) else answer

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """What is not as asked, and what no PUT may move: how the person opted in or out, where they came from."""
        hidden = [Difference("deleted_at", "added", None, remote["deleted_at"])] if remote.get("deleted_at") else []
        return hidden + differences(body, remote) + moved(before, remote)


class Undo:
    """Active back to deleted, only while the contact is exactly what our reactivation made of it."""

    right = Right.REACTIVATE

    def body(self, write: Write, remote: JSON) -> JSON:
        """Nothing is sent with a DELETE. Refuses when anybody changed the contact since."""
        done = write.undoes
        if done is None or done.outcome is None or done.state not in (Write.State.CONFIRMED, Write.State.APPLIED):
            raise Refused("There is no proved reactivation to undo.")
        told = done.outcome.told()
        if told is None:
            raise Refused("The details of that reactivation were erased, so it cannot be undone cleanly.")
        problem = may_undo(told["after"], remote)
        if problem:
            raise Refused(problem)
        return {}

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """Delete, then read: a DELETE answers with no body, so only a fresh read proves it."""
        client.delete_contact(str(write.contact.remote_id))
        return _read_after(client, write, "DELETE")

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
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


def _read_after(client: Client, write: Write, method: str) -> JSON:
    """The contact after our own change. Without this reading nobody can say yet how the change ended."""
    try:
        return client.get_contact(str(write.contact.remote_id))
    except APIError as exc:
        raise NoAnswer("The contact could not be read after the change.", method=method) from exc


def _refuse_gone_lists(write: Write) -> None:
    alive = ContactList.objects.filter(account=write.account, gone_at=None, remote_id__in=write.lists)
    known = {str(remote_id) for remote_id in alive.values_list("remote_id", flat=True)}
    if not write.lists:
        raise Refused("Choose at least one list: Constant Contact brings a contact back by adding it to a list.")
    if set(write.lists) - known:
        raise Refused("A list you chose no longer exists. Nothing was sent. Choose another.")
