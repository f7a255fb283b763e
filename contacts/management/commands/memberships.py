"""``manage.py memberships ADDRESS --account SLUG --as EMAIL``: one contact's lists, seen or changed."""

from typing import Any

from django.core.management.base import CommandParser

from contacts.management.commands.reactivate import one
from contacts.management.scripting import Code, Door, Ended, Scripted, ended, list_ids, names_of, new_token
from contacts.rules.roles import Right
from contacts.services.memberships import Editor, Picks, offer, save


class Command(Scripted):
    help = "Show the lists of one contact, or change them by one PUT. Sends nothing without --yes."
    right = Right.CHECK

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("asked", metavar="ADDRESS", help="or a contact id")
        parser.add_argument("--add", action="append", default=[], metavar="NAME", help="a list, by its name or id")
        parser.add_argument("--remove", action="append", default=[], metavar="NAME", help="a list, by its name or id")
        parser.add_argument("--note", default="", help="kept in the history")
        parser.add_argument("--yes", action="store_true", help="send it; without it what would happen is shown")

    def work(self, door: Door, *, asked: str, add: list[str], remove: list[str], **options: Any) -> Ended:
        """The lists after a fresh reading; with changes what they would do, and with --yes the change."""
        card = one(door, asked)
        if card.live and card.live.problem:
            return Ended(Code.TROUBLE, [card.live.problem])
        if card.contact is None:
            return Ended(Code.REFUSED, [f"{card.shown}: {card.verdict.sentence}"])
        given = offer(card.contact, role=door.role)
        on = [each.list_id for each in given.on]
        names = names_of(door.account, on)
        told = {"contact_id": card.contact.remote_id, "lists": on, "names": names}
        if not add and not remove:
            return Ended(Code.DONE, [f"{card.shown} is on: {', '.join(names) or 'no list'}."], told)
        if given.editor is None:
            return Ended(Code.REFUSED, [given.obstacle], told)
        leaving = set(list_ids(door.account, remove))
        wished = [each for each in dict.fromkeys([*on, *list_ids(door.account, add)]) if each not in leaving]
        picks = Picks(lists=frozenset(wished), had=frozenset(on), note=options["note"])
        editor = offer(card.contact, role=door.role, picks=picks).editor or given.editor
        if set(wished) == set(on):
            return Ended(Code.REFUSED, [f"{card.shown} is on exactly these lists already. Nothing was sent."], told)
        if not options["yes"]:
            lines = [f"{card.shown}: {line}" for line in _effect(editor)]
            return Ended(Code.DONE, [*lines, "Nothing was sent. Add --yes to send it."], told | {"wished": wished})
        wish = {"lists": wished, "note": options["note"], "token": new_token(), "seen": editor.seen}
        end = ended(save(card.contact, by=door.user, **wish))
        return Ended(end.code, [f"{card.shown}: {end.lines[0]}", *end.lines[1:]], told | {"wished": wished} | end.told)


def _effect(editor: Editor) -> list[str]:
    """What would be different, in words."""
    moved = [("would be added to", editor.added), ("would be taken off", editor.removed)]
    lines = [f"{words} {', '.join(names)}." for words, names in moved if names]
    return [*lines, *([editor.closed] if editor.closed and editor.added else []), *editor.consequences]
