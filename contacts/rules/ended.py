"""What a proved change made of a contact, in one sentence for the page that says it is done."""

from collections.abc import Sequence

from contacts.rules.words import listed

_LISTS, _TAGS = ("lists", "add_lists", "remove_lists"), ("add_tags", "remove_tags")
_NOTHING_ELSE = "Nothing else changed."
# Of the resubscribe mail no reading shows anything.
_HEADLINES = {
    ("resubscribe", "confirmed"): "Accepted by Constant Contact",
    ("resubscribe", "drifted"): "Not known whether it was ordered",
}


def made_of_it(kind: str, *, undone: str = "", lists: Sequence[str], tags: Sequence[str]) -> str:
    """``kind`` is the change's, ``undone`` that of the change an undo took back; the names are those of now."""
    if kind == "undo":
        return _undone(undone, lists, tags)
    if kind == "reactivate":
        return f"Active, on {', '.join(lists)}. {_NOTHING_ELSE}" if lists else ""
    if kind == "unsubscribe":
        return "Unsubscribed, for the whole account and not for one list. Nothing is mailed to them any more."
    if kind == "create":
        return f"In Constant Contact, with implied permission. {_now(kind, lists, tags)}."
    if kind == "sign_up":
        return f"Their own sign-up is in Constant Contact. {_now(kind, lists, tags)}."
    if kind == "resubscribe":
        return f"They stay unsubscribed until they click the link in it. Then they join {listed(lists)}."
    if kind == "delete":
        return "The contact is hidden in Constant Contact and off every list. It can be reactivated."
    return f"{_now(kind, lists, tags)}. {_NOTHING_ELSE}"


def headline(kind: str, state: str) -> str:
    """How an end is called where the words of its state would say more than was proved; else nothing."""
    return _HEADLINES.get((kind, state), "")


def _undone(undone: str, lists: Sequence[str], tags: Sequence[str]) -> str:
    if undone == "create":
        return "The contact is hidden in Constant Contact. Its address stays taken; it can be reactivated."
    if undone == "reactivate":
        return "The contact is hidden in Constant Contact again."
    if undone == "delete":
        return f"Active again, on {listed(lists)}."
    return f"{_now(undone, lists, tags)}, as before."


def _now(kind: str, lists: Sequence[str], tags: Sequence[str]) -> str:
    if kind in _TAGS:
        return f"Tags now: {listed(tags)}" if tags else "No tags now"
    return f"On {listed(lists)} now" if lists else "On no list now"
