"""The paragraph that explains one contact: what happened, what is still true, what may be done (product guide 5.4)."""

from collections.abc import Callable
from datetime import date

from contacts.rules.memory import FormerList, Memory
from contacts.rules.standing import Standing
from contacts.rules.state import State
from contacts.rules.words import count, day, month, window

YOU_MAY, OTHERS_MAY = "You may reactivate them", "An agent may reactivate them"
_KINDS = {"explicit": " (express permission)", "implicit": " (implied permission)"}


def sentence(state: State, standing: Standing, memory: Memory, *, today: date | None) -> str:
    """The paragraph for a contact Constant Contact holds. ``today`` gives the age of a confirmation that is awaited."""
    if state == State.AWAITING:
        return _awaiting(standing, memory, today)
    return _PARAGRAPHS[state](standing, memory)


def not_here(query: str) -> str:
    """The paragraph for an address or id Constant Contact has no record of."""
    return f"{query or 'This address'} is not in this account. Constant Contact has no record, so a sign-up will work."


def opted_out_on(standing: Standing) -> date | None:
    """The day of the opt-out: Constant Contact's own, else the one we remember."""
    return standing.opt_out_date.date() if standing.opt_out_date else standing.once_opted_out


def _active(standing: Standing, memory: Memory) -> str:
    lists = count(len(standing.list_ids), "list")
    kind = _KINDS.get(standing.permission, "")
    return f"{_who(standing)} is active{kind} and on {lists}. They can be emailed and count towards the contact tier."


def _on_no_list(standing: Standing, memory: Memory) -> str:
    kind = _KINDS.get(standing.permission, "")
    return f"{_who(standing)} is active{kind} but on no list. They count for the bill, and no list reaches them."


def _unsubscribed(standing: Standing, memory: Memory) -> str:
    return f"{_opt_out(standing, 'opted out')} Only they can come back."


def _unsubscribed_by_account(standing: Standing, memory: Memory) -> str:
    return (
        f"{_opt_out(standing, 'was unsubscribed')} Your account may put them back in Constant Contact, if it knows "
        "that they agree; the sign-up link lets them do it themselves."
    )


def _awaiting(standing: Standing, memory: Memory, today: date | None) -> str:
    asked = memory.asked_on
    on = f" on {day(asked)}" if asked else ""
    age = f" They have been awaiting confirmation for {count((today - asked).days, 'day')}." if asked and today else ""
    return (
        f"{_who(standing)} was sent a confirmation email{on} and has not answered it.{age} "
        "Constant Contact cannot send it again; ask them to sign up again."
    )


def _no_permission(standing: Standing, memory: Memory) -> str:
    return (
        f"{_who(standing)} is in your account without permission to email them, usually from an event, a form or an "
        "integration. They can give it by signing up."
    )


def _hold(standing: Standing, memory: Memory) -> str:
    return (
        f"{_who(standing)} is held back from mailing in your account. Constant Contact does not say why. "
        "Its support can look into it."
    )


def _deleted(standing: Standing, memory: Memory) -> str:
    watched = "They never opted out." if memory.watched else "We know of no opt-out."
    kept = " They have no permission set, and reactivating does not change that." * (standing.permission == "not_set")
    choose = ", and choose the lists." if not any(each.alive for each in memory.former) else "."
    return f"{_deletion(standing, memory)} {_lists(standing, memory)} {watched}{kept} {YOU_MAY}{choose}"


def _deleted_opted_out(standing: Standing, memory: Memory) -> str:
    opt_out = _opt_out(standing, "opted out", who="They") if standing.opted_out else _remembered(standing)
    return f"{_deletion(standing, memory)} {opt_out} Only they can come back."


def _deleted_by_account(standing: Standing, memory: Memory) -> str:
    opt_out = _opt_out(standing, "were unsubscribed", who="They")
    return f"{_deletion(standing, memory)} {opt_out} They can come back by signing up themselves."


def _deleted_awaiting(standing: Standing, memory: Memory) -> str:
    on = f" of {day(memory.asked_on)}" if memory.asked_on else ""
    return (
        f"{_deletion(standing, memory)} They had not answered the confirmation email{on}. "
        "They can come back by signing up again."
    )


def _deleted_hold(standing: Standing, memory: Memory) -> str:
    return (
        f"{_deletion(standing, memory)} They were on temporary hold then, and Constant Contact does not say why. "
        "They can come back by signing up again."
    )


def _no_address(standing: Standing, memory: Memory) -> str:
    hidden = f" It was deleted on {day(standing.deleted_on)} and is hidden." if standing.deleted_on else ""
    return f"{standing.name or 'This contact'} has no email address, only a mobile number for SMS.{hidden}"


def _not_understood(standing: Standing, memory: Memory) -> str:
    return (
        f"Constant Contact describes {_who(standing, start=False)} in a way ccadmin does not understand "
        f"({odd_words(standing)}). Nothing is changed from here."
    )


def odd_words(standing: Standing) -> str:
    """Which facts were not understood, in Constant Contact's own words."""
    return ", ".join(standing.odd) or f"permission_to_send: {standing.permission or 'missing'}"


def _who(standing: Standing, *, start: bool = True) -> str:
    return standing.name or standing.address or ("This contact" if start else "this contact")


def _opt_out(standing: Standing, verb: str, *, who: str = "") -> str:
    on = opted_out_on(standing)
    when = f" on {day(on)}" if on else ""
    by = {"Contact": "by the contact", "Account": "by your account"}.get(standing.opt_out_source)
    return f"{who or _who(standing)} {verb}{when}, {by or 'and Constant Contact does not say by whom'}."


def _remembered(standing: Standing) -> str:
    on = f" on {day(standing.once_opted_out)}" if standing.once_opted_out else ""
    return f"They had opted out{on}: Constant Contact no longer shows it, but we saw it."


def _deletion(standing: Standing, memory: Memory) -> str:
    on = f" on {day(standing.deleted_on)}" if standing.deleted_on else ""
    return f"{_who(standing)} was deleted{on}{_noticed(standing, memory)}."


def _noticed(standing: Standing, memory: Memory) -> str:
    if memory.noticed_from and memory.noticed_to:
        return f" (we noticed {window(memory.noticed_from, memory.noticed_to, about=standing.deleted_on)})"
    if memory.noticed_to:
        return f" (already so when we first saw them on {day(memory.noticed_to)})"
    return ""


def _lists(standing: Standing, memory: Memory) -> str:
    if not memory.lists_known:
        linked, deleted = memory.known_since, standing.deleted_on
        if linked and deleted and deleted < linked.date():
            return f"Which lists they were on is not known: they were deleted before we first looked on {day(linked)}."
        return "Which lists they were on is not known: we never saw them active."
    if not memory.former:
        return "They were on no list."
    named = ", ".join(_former(each, memory) for each in memory.former)
    return f"They were on {count(len(memory.former), 'list')}: {named}."


def _former(each: FormerList, memory: Memory) -> str:
    if each.told_on:
        since = f"since {month(each.since)}, " if each.since else ""
        gone = "" if each.alive else "; this list no longer exists"
        return f"{each.name} ({since}says a file of {day(each.told_on)}{gone})"
    first = f"linked on {day(memory.known_since)}" if memory.known_since else "first looked"
    since = f"since {month(each.since)}" if each.since else f"on it when we {first}"
    return f"{each.name} ({since}{'' if each.alive else '; this list no longer exists'})"


_PARAGRAPHS: dict[State, Callable[[Standing, Memory], str]] = {
    State.ACTIVE: _active,
    State.ON_NO_LIST: _on_no_list,
    State.UNSUBSCRIBED: _unsubscribed,
    State.UNSUBSCRIBED_BY_ACCOUNT: _unsubscribed_by_account,
    State.NO_PERMISSION: _no_permission,
    State.HOLD: _hold,
    State.DELETED: _deleted,
    State.DELETED_OPTED_OUT: _deleted_opted_out,
    State.DELETED_BY_ACCOUNT_OPTOUT: _deleted_by_account,
    State.DELETED_AWAITING: _deleted_awaiting,
    State.DELETED_HOLD: _deleted_hold,
    State.NO_ADDRESS: _no_address,
    State.NOT_UNDERSTOOD: _not_understood,
}
