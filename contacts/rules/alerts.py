"""What an alert says, where it leads, and whom it is for. Only numbers and keys of its detail reach a sentence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contacts.rules.roles import Right, Role, may

Detail = Mapping[str, Any]


@dataclass(frozen=True)
class Telling:
    """One alert in words: what happened, what is still true, what to do; and the page that shows it.

    ``page`` is the name of an address of the account, ``args`` what it takes besides the account, ``needs`` the
    right to open it.
    """

    happened: str
    still: str
    to_do: str
    button: str
    page: str
    args: Mapping[str, int] = field(default_factory=dict)
    needs: Right = Right.CHECK

    @property
    def text(self) -> str:
        """All of it in one breath."""
        return f"{self.happened} {self.still} {self.to_do}"


@dataclass(frozen=True)
class Kind:
    """What holds for every alert of a kind.

    ``seen_with`` is the right without which nobody learns of it, ``mailed_to`` the right of those who get it by
    e-mail unless they choose otherwise. ``name`` is what a preference and a subject say. One that ``gathers`` may
    come with every sync, so what comes within hours of a mail is told by the next one.
    """

    name: str
    icon: str
    seen_with: Right
    mailed_to: Right
    tell: Callable[[Detail], Telling]
    gathers: bool = False


def telling(kind: str, detail: Detail) -> Telling:
    """The words of one alert."""
    return KINDS[kind].tell(detail)


def may_see(role: Role) -> list[str]:
    """The kinds that a role may learn of at all."""
    return [name for name, kind in KINDS.items() if may(role, kind.seen_with)]


def wanted(role: Role, chosen: Iterable[str] | None) -> set[str]:
    """The kinds that a person gets by e-mail: ``chosen`` as far as the role may see them, else what the role gets."""
    if chosen is None:
        return {name for name, kind in KINDS.items() if may(role, kind.mailed_to)}
    return set(chosen) & set(may_see(role))


def may_have_digest(role: Role) -> bool:
    """The digest counts what everybody did, so it needs the right to see that."""
    return may(role, Right.AUDIT_ALL)


def wants_digest(role: Role, chosen: bool | None) -> bool:
    """Whether a person gets the weekly digest; who may have it gets it unless they choose otherwise."""
    return may_have_digest(role) and chosen is not False


def _link(detail: Detail) -> Telling:
    return Telling(
        "Constant Contact no longer accepts our key for this account.",
        "Our copy and the history are safe; nothing can be checked live or changed.",
        "An admin connects the account again.",
        "Connect again",
        "account_settings",
        needs=Right.PAUSE_WRITING,
    )


def _spike(detail: Detail) -> Telling:
    return Telling(
        f"{_counted(detail, 'number', 'contact was', 'contacts were')} deleted at once, far more than on a usual day.",
        "They are hidden in Constant Contact, and what we know of their lists is kept.",
        "Look into it, and plan to reactivate them when it was a mistake.",
        "Look into it",
        "deleted_spike",
        {"pk": _number(detail, "spike")},
    )


def _reversal(detail: Detail) -> Telling:
    return Telling(
        f"{_counted(detail, 'number', 'change', 'changes')} made here within the last seven days"
        f" {'was' if _number(detail, 'number') == 1 else 'were'} undone outside ccadmin.",
        "Nothing was done about it from here.",
        "See who is concerned, and look for another program that writes to this account.",
        "See what was undone",
        "outside_list",
    )


def _approval(detail: Detail) -> Telling:
    return Telling(
        f"Job {_number(detail, 'job')} waits for a second person: it would change"
        f" {_counted(detail, 'people', 'contact', 'contacts')}.",
        "Nothing runs until somebody other than the person who asked approves it; its plan is frozen.",
        "Look at the plan, then approve it or send it back.",
        "Look at the plan",
        "job_detail",
        {"pk": _number(detail, "job")},
    )


def _verify(detail: Detail) -> Telling:
    first = _number(detail, "sequence")
    return Telling(
        "The history does not verify" + (f": the first entry that does not fit is number {first:,}." if first else "."),
        "What the last good checkpoint before it covers is proved as it was; the check itself changed nothing.",
        "Keep a copy of the database, compare the checkpoints kept outside it, and find out who could write to it.",
        "See what was found",
        "audit_verify",
        needs=Right.AUDIT_ALL,
    )


def _budget(detail: Detail) -> Telling:
    used, limit = _number(detail, "used"), _number(detail, "limit")
    left = (
        "What is left is kept for people; jobs and syncs wait." if used < limit else "Nothing more goes out that day."
    )
    return Telling(
        f"{used:,} of the day’s {limit:,} calls to Constant Contact are used.",
        f"{left} The count starts again {_from(detail)}.",
        "See what uses them, and plan large jobs in bulk.",
        "See the calls",
        "sync_status",
    )


def _number(detail: Detail, name: str) -> int:
    """A number of the detail; whatever else stands there is left out of every sentence."""
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _counted(detail: Detail, name: str, one: str, many: str) -> str:
    number = _number(detail, name)
    return f"{number:,} {one if number == 1 else many}"


def _from(detail: Detail) -> str:
    try:
        return f"at {datetime.fromisoformat(str(detail.get('until'))).astimezone(UTC):%H:%M} UTC"
    except ValueError:
        return "at 00:00 UTC"


KINDS: Mapping[str, Kind] = {
    "link": Kind("Link broken", "plug-connected-x", Right.CHECK, Right.PAUSE_WRITING, _link),
    "spike": Kind("Many deleted at once", "trash", Right.CHECK, Right.BULK, _spike),
    "reversal": Kind("Our change was undone", "rotate-2", Right.CHECK, Right.BULK, _reversal, gathers=True),
    "approval": Kind("A job waits for approval", "clipboard-check", Right.APPROVE, Right.APPROVE, _approval),
    "verify": Kind("The history does not verify", "shield-lock", Right.AUDIT_ALL, Right.AUDIT_ALL, _verify),
    "budget": Kind("Calls nearly used up", "gauge", Right.CHECK, Right.BULK, _budget),
}
