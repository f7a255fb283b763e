"""``manage.py verdict ADDRESS ... --account SLUG --as EMAIL``: why an address is refused, and what may be done."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from contacts.management.scripting import JSON, Code, Door, Ended, Scripted, usage
from contacts.rules.roles import Right
from contacts.selectors.check import Card
from contacts.services.check import live, look_up


class Command(Scripted):
    help = "Explain addresses, contact ids or whole error messages: from our copy, or asked anew with --live."
    right = Right.CHECK

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("asked", nargs="+", metavar="ADDRESS", help="or a contact id; - reads lines from the input")
        parser.add_argument("--live", action="store_true", help="ask Constant Contact about each: one or two calls")

    def work(self, door: Door, *, asked: list[str], **options: Any) -> Ended:
        """A line for each question, in their order of what can be fixed now."""
        text = sys.stdin.read() if asked == ["-"] else "\n".join(asked)
        answers = look_up(door.account, text, role=door.role)
        if not answers.cards and not answers.unreadable:
            raise usage("Name at least one address or contact id.")
        cards = list(answers.cards)
        if options["live"]:
            cards = [live(door.account, each.query, by=door.user, role=door.role) for each in cards]
        lines = [_line(each) for each in cards] + [f"{each.shown}: {each.problem}" for each in answers.unreadable]
        told = {
            "verdicts": [_told(each) for each in cards],
            "unreadable": [{"asked": each.shown, "problem": each.problem} for each in answers.unreadable],
        }
        return Ended(_code(cards, unreadable=bool(answers.unreadable)), lines, told)


def _code(cards: list[Card], *, unreadable: bool) -> Code:
    """The worst of them: one that could not be asked, then one that nobody can answer."""
    if any(each.live and each.live.problem for each in cards):
        return Code.TROUBLE
    if any(not each.is_known and not each.erased for each in cards):
        return Code.UNKNOWN
    return Code.REFUSED if unreadable else Code.DONE


def _line(card: Card) -> str:
    if card.erased:
        return f"{card.shown}: our copy was erased on request {card.erased.pk}."
    if card.live and card.live.problem:
        return f"{card.shown}: not checked live. {card.live.problem}"
    if not card.is_known:
        return f"{card.shown}: not in our copy, which proves nothing. Ask with --live."
    return f"{card.shown}: {card.verdict.label}. {card.verdict.sentence}"


def _told(card: Card) -> JSON:
    known = card.is_known and not card.erased
    return {
        "asked": card.shown,
        "state": str(card.verdict.state) if known else ("erased" if card.erased else ""),
        "sentence": card.verdict.sentence if known else "",
        "may_reactivate": known and card.verdict.may_reactivate,
        "contact_id": card.contact.remote_id if card.contact else None,
        "since": card.since,
        "was_on": [{"name": each.name, "list_id": each.list_id, "alive": each.alive} for each in card.memory.former],
        "lists_known": card.memory.lists_known,
        "live": card.is_live,
        "problem": card.live.problem if card.live else "",
    }
