"""What the commands for people who script have in common: whose account, on whose behalf, how it ended.

They call the services that the pages call, with the right of the person who is named, and end with a code.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from contacts.backends import lacks_second_factor, role_on
from contacts.models import ContactList, LinkedAccount, ListChange, User, Write
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may

JSON = dict[str, Any]


class Code(IntEnum):
    """How a command ends, for a script. 5 was accepted by Constant Contact, which then shows something else."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNKNOWN = 3
    TROUBLE = 4
    DIFFERS = 5


CODES: Final = (
    "Ends with 0: done (or, without --yes, shown). 1: refused, or nothing to do. 2: called with something that cannot "
    "be meant. 3: not known yet. 4: Constant Contact could not be asked, or did not do it. 5: it did, but shows "
    "something else."
)
_ENDS: Final = {
    Write.State.CONFIRMED: Code.DONE,
    Write.State.APPLIED: Code.DONE,
    Write.State.REFUSED: Code.REFUSED,
    Write.State.REJECTED: Code.TROUBLE,
    Write.State.NOT_APPLIED: Code.TROUBLE,
    Write.State.DIFFERS: Code.DIFFERS,
    Write.State.DRIFTED: Code.DIFFERS,
}


@dataclass(frozen=True)
class Door:
    """Who enters which account, as which role."""

    account: LinkedAccount
    user: User
    role: Role


@dataclass(frozen=True)
class Ended:
    """What a command has to say: lines for a person, or the same as JSON."""

    code: Code
    lines: Sequence[str]
    told: JSON = field(default_factory=dict)


class Scripted(BaseCommand):
    """A command on one account, on somebody's behalf. ``right`` is what it takes; ``work`` does it."""

    right: Right

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, metavar="SLUG", help="the account, as in its address")
        parser.add_argument("--as", required=True, dest="person", metavar="EMAIL", help="who does this, by their role")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object in place of sentences")
        parser.epilog = CODES

    def handle(self, *, account: str, person: str, as_json: bool, **options: Any) -> None:
        """Print what ``work`` says, and end with its code."""
        try:
            ended = self.work(enter(account, person, right=self.right), **options)
        except Refused as refused:
            ended = Ended(Code.REFUSED, [refused.advice])
        if as_json:
            told = {"code": int(ended.code), "said": list(ended.lines), **ended.told}
            self.stdout.write(json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False))
        else:
            stream = self.stderr if ended.code else self.stdout
            stream.write("\n".join(ended.lines))
        if ended.code:
            raise SystemExit(int(ended.code))

    def work(self, door: Door, *args: Any, **options: Any) -> Ended:
        """What the command is for. May raise Refused."""
        raise NotImplementedError


def enter(slug: str, email: str, *, right: Right) -> Door:
    """The account and the person, as a page would let them in. Raises CommandError (2), or Refused."""
    account = LinkedAccount.objects.filter(slug=slug).first()
    user = User.objects.filter(email__iexact=email).first()
    role = role_on(account, user) if account and user else None
    if account is None or user is None or role is None:
        raise usage(f"Nobody with the address {email} has a role on an account called {slug}.")
    if not may(role, right):
        raise Refused(f"The role {role} does not allow this. Nothing was done.")
    if lacks_second_factor(account, role, user):
        raise Refused(f"{account.name} asks for a second factor, which {email} has not set up. Nothing was done.")
    return Door(account, user, role)


def usage(sentence: str) -> CommandError:
    """The command was called with something that cannot be meant."""
    return CommandError(sentence, returncode=int(Code.USAGE))


def list_ids(account: LinkedAccount, wished: Iterable[str]) -> list[str]:
    """The ids of lists by their ids or names. Raises CommandError for a list that is not there."""
    alive = list(ContactList.objects.filter(account=account, gone_at=None).values_list("remote_id", "name"))
    found: list[str] = []
    for each in wished:
        fitting = {str(remote_id) for remote_id, name in alive if each in (str(remote_id), name)}
        if len(fitting) != 1:
            raise usage(f"{account.name} has {len(fitting) or 'no'} lists called {each}. Name one by its id.")
        found.extend(fitting)
    return list(dict.fromkeys(found))


def names_of(account: LinkedAccount, remote_ids: Iterable[str]) -> list[str]:
    """The names of lists, in this order; the id where there is none."""
    ids = [str(each) for each in remote_ids]
    known = ContactList.objects.filter(account=account, remote_id__in=ids).values_list("remote_id", "name")
    names = {str(remote_id): name for remote_id, name in known}
    return [names.get(each, each) for each in ids]


def code_of(change: Write | ListChange) -> Code:
    """The code for how a change stands."""
    return _ENDS.get(Write.State(change.state), Code.UNKNOWN)


def ended(write: Write) -> Ended:
    """How one change ended."""
    code = code_of(write)
    lines = [write.message or write.get_state_display()]
    if code == Code.UNKNOWN:
        lines.append("The worker finds out by reading again; the contact's history then has the end.")
    told = {"state": write.state, "change": write.token, "contact_id": write.contact and write.contact.remote_id}
    return Ended(code, lines, told)


def new_token() -> uuid.UUID:
    """One call, one act."""
    return uuid.uuid4()
