"""What a change of one contact's lists means for them, told before it is saved (product guide 4a, S7; 5.4, Lists)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from contacts.rules.editing import Edited
from contacts.rules.standing import Standing
from contacts.rules.state import State
from contacts.rules.verdict import judge
from contacts.rules.words import count, listed


@dataclass(frozen=True)
class Listing:
    """A list by its name; ``starts`` is whether adding somebody starts an automation, None when nobody knows."""

    name: str
    starts: bool | None = None


def consequences(standing: Standing, edit: Edited, lists: Mapping[str, Listing]) -> list[str]:
    """The outcome in sentences; none for an edit that changes nothing. ``lists`` knows the ids that are added."""
    return list(_consequences(standing, edit, lists)) if edit.changes else []


def button(added: Sequence[str], removed: Sequence[str]) -> str:
    """``Add to Gala 2026``, ``Remove from 2 lists``, ``Add to 1 list, remove from 2 lists``; the names are given."""
    alone = len(added) + len(removed) == 1
    told = [
        f"{verb} {names[0] if alone else count(len(names), 'list')}"
        for verb, names in (("add to", added), ("remove from", removed))
        if names
    ]
    words = ", ".join(told)
    return words[:1].upper() + words[1:]


def _consequences(standing: Standing, edit: Edited, lists: Mapping[str, Listing]) -> Iterator[str]:
    added = [lists[each] for each in edit.added if each in lists]
    if not edit.after:
        yield _last(standing, len(edit.removed))
    elif edit.removed and _mailable(standing):
        yield "Coming off a list is not an opt-out: their other lists still reach them."
    if added and standing.permission == "not_set":
        yield "They have no permission set, so being on a list does not mean that they can be emailed."
    yield from _automations(added)


def _last(standing: Standing, removed: int) -> str:
    these = "This is the last list" if removed == 1 else "These are the last lists"
    if _mailable(standing):
        return f"{these}: they stay active on no list, and still count."
    stays = judge(replace(standing, list_ids=())).label
    return f"{these}: they will be on no list, and stay as they are ({stays})."


def _automations(added: list[Listing]) -> Iterator[str]:
    starting = [each.name for each in added if each.starts]
    unknown = [each.name for each in added if each.starts is None]
    if starting:
        yield f"Being added to {listed(starting)} starts an automation, which may email them."
    if unknown:
        yield (
            f"No email from the change itself. Whether being added to {listed(unknown)} starts an automation is not "
            "known; look under Automations in Constant Contact."
        )


def _mailable(standing: Standing) -> bool:
    return judge(standing).state in (State.ACTIVE, State.ON_NO_LIST)
