"""A job in words: what it does, to how many, and how its people ended (product guide 5.4 and 5.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contacts.rules.plan import Reason
from contacts.rules.preflight import SENDABLE, Verdict
from contacts.rules.words import count, listed

PEOPLE = ("contact", "contacts")
#: What becomes of people in the end, after their number: "2,925 active again".
ENDS: Mapping[str, str] = {
    "reactivate": "active again",
    "add_lists": "added",
    "remove_lists": "removed",
    "add_tags": "tagged",
    "remove_tags": "without the tags",
    "delete": "deleted",
    "delete_list": "deleted",
    "import": "imported",
}
_TITLES: Mapping[str, str] = {
    "reactivate": "Reactivate {people}",
    "add_lists": "Add {people} to {what}",
    "remove_lists": "Remove {people} from {what}",
    "add_tags": "Tag {people} with {what}",
    "remove_tags": "Take {what} off {people}",
    "delete": "Delete {people}",
    "delete_list": "Delete the list {what}",
    "import": "Import {people} into {what}",
}
#: What a job is at just now, by its step.
DOING: Mapping[str, str] = {
    "look": "Reading everybody first, by pages, so that nobody who changed meanwhile is touched.",
    "send": "Sending.",
    "wait": "Constant Contact works through its bulk jobs.",
    "prove": "Reading everybody again, by pages, to prove it.",
    "judge": "Comparing what was asked with what is there now.",
}
#: How far one person of a job is.
VERDICTS: Mapping[str, str] = {
    "done": "Done and verified",
    "refused": "Left alone at the run",
    "failed": "Failed",
    "unknown": "We do not know yet",
    "sending": "Sent, waiting for Constant Contact",
    "waiting": "Not begun",
    "left": "Left alone by the plan",
}
#: The same in the middle of a sentence, after a number.
COUNTED: Mapping[str, str] = {
    "done": "done and verified",
    "refused": "left alone at the run",
    "failed": "failed",
    "unknown": "not known yet",
    "sending": "waiting for Constant Contact",
    "waiting": "not begun",
}
#: What is chosen is named as long as there are only a few.
FEW_NAMES = 2


@dataclass(frozen=True)
class Left:
    """Why people are left alone; its text is the value that is stored."""

    value: str
    label: str
    sentence: str

    def __str__(self) -> str:
        return self.value


_REASONS = {str(each): Left(str(each), each.label, each.sentence) for each in Reason}
_VERDICTS_OF_ROWS = {
    str(each): Left(
        str(each), each.words.label, f"{each.words.means}{' This was not chosen.' if each in SENDABLE else ''}"
    )
    for each in Verdict
}


def left_alone(value: str, *, of_file: bool) -> Left | None:
    """The words of a reason; of a row of a file they are those of its verdict. None for one that nobody knows."""
    return (_VERDICTS_OF_ROWS.get(value) if of_file else None) or _REASONS.get(value)


def group_names(label: str, names: Sequence[str]) -> list[str]:
    """What a group is called: by its verdict in an import, else by its lists and tags."""
    return [Verdict(label).words.label] if label in Verdict else list(names)


def title(kind: str, people: int, names: Sequence[str]) -> str:
    """``Add 120 contacts to Gala 2026``; ``names`` are the lists or tags that were chosen."""
    # Until something is chosen the plan concerns nobody, and "Add 0 contacts" would promise just that.
    undecided = not people and not names and "{what}" in _TITLES[kind]
    return _told(kind, PEOPLE[1] if undecided else count(people, *PEOPLE), names)


def button(kind: str, people: int, names: Sequence[str], *, rest: bool, asks: bool = False) -> str:
    """``Reactivate the remaining 2,927 contacts``; when they are not the ``rest`` it is ``all 2,932 contacts``.

    Where it only ``asks`` a second person: ``Ask for approval to reactivate the remaining 2,927 contacts``.
    """
    whose = "the remaining " if rest else "all " if people > 1 else ""
    told = _told(kind, whose + count(people, *PEOPLE), names)
    return f"Ask for approval to {told[0].lower()}{told[1:]}" if asks else told


def _told(kind: str, people: str, names: Sequence[str]) -> str:
    things = ("tag", "tags") if kind.endswith("tags") else ("list", "lists")
    what = listed(names) if 0 < len(names) <= FEW_NAMES else count(len(names), *things) if names else things[1]
    return _TITLES[kind].format(people=people, what=what)


def ending(kind: str, *, done: int, refused: int, failed: int, unknown: int, left: int) -> str:
    """Counts that add up to everybody in the plan: ``2,925 active again, 5 left alone, 2 failed, 0 unknown``.

    ``left`` are those whose turn never came, or has not come yet.
    """
    told = [f"{done:,} {ENDS[kind]}", f"{refused:,} left alone" if refused else "", f"{failed:,} failed"]
    told += [f"{unknown:,} unknown", f"{left:,} not begun" if left else ""]
    return ", ".join(each for each in told if each)
