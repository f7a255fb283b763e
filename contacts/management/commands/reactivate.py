"""``manage.py reactivate ADDRESS --basis ... --account SLUG --as EMAIL [--yes]``: bring one deleted contact back."""

from typing import Any

from django.core.management.base import CommandParser

from contacts.forms import ReactivateForm
from contacts.management.scripting import (
    Code,
    Door,
    Ended,
    Scripted,
    ended,
    list_ids,
    names_of,
    new_token,
    usage,
)
from contacts.rules.addresses import Kind
from contacts.rules.consent import Basis
from contacts.rules.roles import Right
from contacts.selectors.check import Card
from contacts.services.check import live, look_up
from contacts.services.preview import offer
from contacts.services.reactivate import reactivate


class Command(Scripted):
    help = "Bring one deleted contact back, to the lists it was on or to those named. Sends nothing without --yes."
    right = Right.REACTIVATE

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("asked", metavar="ADDRESS", help="or a contact id")
        parser.add_argument(
            "--list", action="append", default=[], dest="lists", metavar="NAME", help="or the list's id"
        )
        parser.add_argument("--basis", required=True, choices=[each.value for each in Basis], help="who asked for this")
        parser.add_argument("--note", default="", help="a ticket number or a note: kept as evidence")
        parser.add_argument("--yes", action="store_true", help="send it; without it what would happen is shown")

    def work(
        self, door: Door, *, asked: str, lists: list[str], basis: str, note: str, yes: bool, **options: Any
    ) -> Ended:
        """A fresh reading, what would happen, and with --yes the one PUT and its proof."""
        card = one(door, asked)
        if card.live and card.live.problem:
            return Ended(Code.TROUBLE, [card.live.problem])
        given = offer(card, account=door.account, by=door.user, role=door.role)
        if card.contact is None or given.preview is None:
            return Ended(Code.REFUSED, [given.obstacle or card.verdict.refusal or card.verdict.sentence])
        chosen = list_ids(door.account, lists) or [each.list_id for each in given.preview.chosen]
        sent = {"lists": chosen, "basis": basis, "note": note, "token": new_token(), "seen": given.preview.seen}
        form = ReactivateForm(sent, account=door.account)
        if not form.is_valid():
            raise usage(" ".join(str(each) for found in form.errors.values() for each in found))
        names = names_of(door.account, chosen)
        told = {"contact_id": card.contact.remote_id, "lists": [*map(str, chosen)], "sent": yes}
        if not yes:
            lines = [f"{card.shown} would come back to: {', '.join(names)}.", "Nothing was sent. Add --yes to send it."]
            return Ended(Code.DONE, lines, told)
        end = ended(reactivate(card.contact, by=door.user, **form.wish))
        return Ended(end.code, [f"{card.shown}: {end.lines[0]}", *end.lines[1:]], told | end.told)


def one(door: Door, asked: str) -> Card:
    """The card of the one address or contact id that was named, read anew. Raises CommandError."""
    answers = look_up(door.account, asked, role=door.role)
    readable = [each.query for each in answers.cards if each.query.kind in (Kind.ADDRESS, Kind.CONTACT_ID)]
    if len(readable) != 1 or answers.unreadable:
        raise usage("Name one address or one contact id.")
    return live(door.account, readable[0], by=door.user, role=door.role)
