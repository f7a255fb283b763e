"""What every act is made of: the two ways of sending, their proofs, and what an account still has."""

import hashlib
from functools import cached_property
from typing import Any, Protocol

from contacts.api.client import Client
from contacts.api.errors import APIError, NoAnswer
from contacts.models import ContactList, LinkedAccount, Tag, Write
from contacts.rules.compare import Difference, differences, moved, unshown
from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.standing import Standing

JSON = dict[str, Any]
DONE = "Done and verified."


class Living:
    """The ids of an account's lists and tags that still exist; each is read once, when it is first asked for."""

    def __init__(self, account: LinkedAccount) -> None:
        self._account = account

    @cached_property
    def lists(self) -> frozenset[str]:
        """Lists, as Constant Contact names them."""
        return self._ids(ContactList)

    @cached_property
    def tags(self) -> frozenset[str]:
        """Tags, as Constant Contact names them."""
        return self._ids(Tag)

    def _ids(self, model: type[ContactList] | type[Tag]) -> frozenset[str]:
        rows = model.objects.filter(account=self._account, gone_at=None)
        return frozenset(str(remote_id) for remote_id in rows.values_list("remote_id", flat=True))


class Act(Protocol):
    """One kind of change. ``fields`` names what it touches, ``right`` what a person needs for it.

    ``body`` refuses by raising Refused and asks nothing of Constant Contact; ``living`` saves its queries when many
    bodies are made. ``send`` gives the contact after the change, None when a success shows nothing of it.
    ``missing`` is empty when the change is in place: ``before`` is the fresh read the body was made from, ``remote``
    what Constant Contact shows afterwards. ``done`` is what its proof is told as; ``unseen``, where there is one, what
    is told when an answer was lost and no reading can show the effect, and ``conflict`` what a 409 means here.
    """

    @property
    def right(self) -> Right: ...

    @property
    def done(self) -> str: ...

    @property
    def unseen(self) -> str: ...

    @property
    def conflict(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON: ...

    def send(self, client: Client, write: Write, body: JSON) -> JSON | None: ...

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]: ...


class Put:
    """A change sent as one PUT of the whole contact."""

    done, unseen, conflict = DONE, "", ""

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """One PUT. Parts that its answer does not mention are read: silence proves nothing about them."""
        answer = client.put_contact(str(write.person.remote_id), body)
        return read_after(client, str(write.person.remote_id), "PUT") if unshown(body, answer) else answer

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """What is not as asked, and what no PUT may move: how the person opted in or out, where they came from."""
        hidden = [Difference("deleted_at", "added", None, remote["deleted_at"])] if remote.get("deleted_at") else []
        return hidden + differences(body, remote) + moved(before, remote)


class Delete:
    """A change sent as one DELETE, with no body."""

    fields = ("deleted_at", "list_memberships")
    done, unseen, conflict = DONE, "", ""

    def send(self, client: Client, write: Write, body: JSON) -> JSON:
        """Delete, then read: a DELETE answers with no body, so only a fresh read proves it."""
        client.delete_contact(str(write.person.remote_id))
        return read_after(client, str(write.person.remote_id), "DELETE")

    def missing(self, before: JSON, body: JSON, remote: JSON) -> list[Difference]:
        """Whether the contact is hidden now; nothing else was asked."""
        return [] if remote.get("deleted_at") else [Difference("deleted_at", "removed", "a date", None)]


def whole_body(
    remote: JSON, *, lists: list[str] | None = None, tags: list[str] | None = None, revive: bool = False
) -> JSON:
    """The whole contact with these lists and tags, None keeps them, looked at once more by the guard."""
    body = body_for(remote, lists=lists, tags=tags)
    guard(remote, body, lists=lists, tags=tags, revive=revive)
    return body


def standing_of(write: Write, remote: JSON) -> Standing:
    """How the contact stands by a fresh read and by our own memory of an opt-out."""
    return Standing.of(remote, once_opted_out=write.person.once_opted_out)


def refuse_drift(write: Write, remote: JSON) -> None:
    """Refuse when what the preview showed is not there any more (faults W4)."""
    if write.seen and write.seen != seen_digest(remote):
        raise Refused(
            "The contact was changed in Constant Contact since you opened this page. Nothing was sent. "
            "Look at it as it is now and decide again."
        )


def seen_digest(remote: JSON) -> str:
    """A short mark of what a preview showed and a change touches: status, consent, address and lists."""
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


def read_after(client: Client, contact_id: str, method: str) -> JSON:
    """The contact after our own change. Without this reading nobody can say yet how the change ended."""
    try:
        return client.get_contact(contact_id)
    except APIError as exc:
        raise NoAnswer("The contact could not be read after the change.", method=method) from exc
