"""A row of a file on its way to a contact: what it should make of them, and what of it is not there afterwards.

A row is Constant Contact's flat form (CC reference, section 15): column to text, empty cells left out. Which kind of
phone or address a column without one becomes is not documented, so any kind proves it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.rules.canonical import CORE, canonical
from contacts.rules.compare import Difference, moved

JSON = dict[str, Any]
#: Column to text, as it is sent.
type Row = Mapping[str, str]

MOST_LISTS = 50
KINDS = ("home", "work", "mobile", "other")
STREET_PARTS = {
    "street": "street",
    "street2": "street",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
}
_PERMISSION = "email_address.permission_to_send"
_CUSTOM = "cf:"


@dataclass(frozen=True)
class Field:
    """A custom field by its id, with the ids of its choices by their labels."""

    remote_id: str
    choices: Mapping[str, str]


def wanted(before: JSON, row: Row, *, lists: Sequence[str], fields: Mapping[str, Field]) -> JSON:
    """The whole contact as the row should make it, in the shape of a GET, with the row itself as ``import``.

    ``before`` is what Constant Contact shows now, {} for somebody new; ``fields`` are custom fields by their names in
    lower case.
    """
    made = {name: value for name, value in before.items() if name != "deleted_at"}
    if not before:
        made["email_address"] = {"address": row["email"], "permission_to_send": "implicit"}
    made |= {name: int(value) if name.startswith("birthday") else value for name, value in row.items() if name in CORE}
    made["phone_numbers"] = _replaced(before.get("phone_numbers"), _phones(row))
    made["street_addresses"] = _replaced(before.get("street_addresses"), _streets(row))
    made["custom_fields"] = _with_custom(before.get("custom_fields"), list(_custom(row, fields)))
    made["list_memberships"] = list(dict.fromkeys([*(before.get("list_memberships") or ()), *lists]))
    return made | {"import": dict(row)}


def missing(before: JSON, asked: JSON, remote: JSON, *, lists: Sequence[str]) -> list[Difference]:
    """What of a row is not in place, and what is another that the row does not name. Empty: it is proved.

    ``asked`` is what ``wanted`` made of ``before``.
    """
    row: Row = asked.get("import", {})
    shown = canonical(remote)
    found = [Difference("deleted_at", "added", None, remote["deleted_at"])] if remote.get("deleted_at") else []
    found += _lists(before, shown, lists)
    found += _permission(before, shown)
    found += _core(row, canonical(asked), shown)
    found += _phones_missing(before, row, shown)
    found += _streets_missing(before, row, shown)
    found += _custom_missing(canonical(before), canonical(asked), shown)
    found += [
        Difference(name, "changed", was, shown.get(name))
        for name in ("taggings", "notes", "email_address.address")
        if (was := canonical(before).get(name)) != shown.get(name) and before
    ]
    return found + (moved(before, remote) if before else [])


def _lists(before: JSON, shown: JSON, wish: Sequence[str]) -> Iterator[Difference]:
    asked = {each.lower() for each in (*wish, *(before.get("list_memberships") or ()))}
    now = set(shown.get("list_memberships", ()))
    # Everybody who is new, or back, is on these lists alone.
    if asked - now or (not before and now - asked):
        yield Difference("list_memberships", "changed", sorted(asked), sorted(now))


def _permission(before: JSON, shown: JSON) -> Iterator[Difference]:
    was = canonical(before).get(_PERMISSION) if before else "implicit"
    if shown.get(_PERMISSION) != was:
        yield Difference(_PERMISSION, "changed", was, shown.get(_PERMISSION))


def _core(row: Row, asked: JSON, shown: JSON) -> Iterator[Difference]:
    for name in CORE:
        if not _same(asked.get(name), shown.get(name)):
            yield Difference(name, "changed", asked.get(name), shown.get(name))


def _phones(row: Row) -> list[JSON]:
    sent = {name.removesuffix("phone").rstrip("_"): value for name, value in row.items() if name.endswith("phone")}
    return [{"kind": kind or "other", "phone_number": value} for kind, value in sent.items()]


def _phones_missing(before: JSON, row: Row, shown: JSON) -> Iterator[Difference]:
    """A sent number has to be there, under its kind if the column names one; others stay but for one of that kind."""
    now = [(each.get("kind"), _digits(each.get("phone_number"))) for each in _items(shown, "phone_numbers")]
    taken = set()
    for name, value in row.items():
        if not name.endswith("phone"):
            continue
        kind = name.removesuffix("phone").rstrip("_")
        taken.add(kind or next((k for k, number in now if number == _digits(value)), "other"))
        if not any(number == _digits(value) and kind in ("", its) for its, number in now):
            yield Difference("phone_numbers", "removed", value, None)
    for each in _items(canonical(before), "phone_numbers"):
        if each.get("kind") not in taken and (each.get("kind"), _digits(each.get("phone_number"))) not in now:
            yield Difference("phone_numbers", "removed", each, None)


def _streets(row: Row) -> list[JSON]:
    made: dict[str, JSON] = {}
    for name, value in row.items():
        kind, part = _street_part(name)
        if part == "street2":
            at = made.setdefault(kind or "home", {"kind": kind or "home"})
            at["street"] = ", ".join(each for each in (at.get("street"), value) if each)
        elif part:
            made.setdefault(kind or "home", {"kind": kind or "home"})[STREET_PARTS[part]] = value
    return list(made.values())


def _streets_missing(before: JSON, row: Row, shown: JSON) -> Iterator[Difference]:
    now = _items(shown, "street_addresses")
    sent: dict[str, dict[str, str]] = {}
    for name, value in row.items():
        kind, part = _street_part(name)
        if part:
            sent.setdefault(kind, {})[part] = value
    taken = set()
    for kind, parts in sent.items():
        there = [each for each in now if kind in ("", each.get("kind")) and _holds(each, parts)]
        taken |= {each.get("kind") for each in there}
        if not there:
            yield Difference("street_addresses", "removed", parts, now)
    for each in _items(canonical(before), "street_addresses"):
        if each.get("kind") in taken:
            kept = {name: value for name, value in each.items() if name not in _parts_sent(sent, each.get("kind"))}
            gone = not any(kept.items() <= one.items() for one in now)
        else:
            gone = each not in now and each.get("kind") not in sent
        if gone:
            yield Difference("street_addresses", "removed", each, now)


def _parts_sent(sent: Mapping[str, Mapping[str, str]], kind: Any) -> set[str]:
    return {STREET_PARTS[part] for name in ("", kind) for part in sent.get(name, ())}


def _holds(address: JSON, parts: Mapping[str, str]) -> bool:
    for part, value in parts.items():
        got = str(address.get(STREET_PARTS[part]) or "")
        if part.startswith("street"):
            if value not in got:
                return False
        elif not _same(value, got):
            return False
    return True


def _street_part(name: str) -> tuple[str, str]:
    """Kind and part of a column of an address: ("work", "city"); ("", "") for any other column."""
    if name in STREET_PARTS:
        return "", name
    kind, _, part = name.partition("_")
    return (kind, part) if kind in KINDS and part in STREET_PARTS else ("", "")


def _custom(row: Row, fields: Mapping[str, Field]) -> Iterator[JSON]:
    """Custom fields as they are sent; a choice by its label and its id, a field that nobody knows under its name."""
    for name, value in row.items():
        if name.startswith(_CUSTOM):
            bare = name.removeprefix(_CUSTOM)
            field = fields.get(bare.lower(), Field(bare, {}))
            chosen = {"choice_ids": [field.choices[value]]} if value in field.choices else {}
            yield {"custom_field_id": field.remote_id, "value": value, **chosen}


def _with_custom(before: Any, sent: Sequence[JSON]) -> list[JSON]:
    keys = {each["custom_field_id"] for each in sent}
    kept = [each for each in before or () if not isinstance(each, dict) or each.get("custom_field_id") not in keys]
    return [*kept, *sent]


def _custom_missing(before: JSON, asked: JSON, shown: JSON) -> Iterator[Difference]:
    was, then, now = (
        {each.get("custom_field_id"): each for each in _items(contact, "custom_fields")}
        for contact in (before, asked, shown)
    )
    for key in {**now, **then}:
        one, other = then.get(key, {}), now.get(key, {})
        if not _is_custom(one, other, was.get(key, {})):
            yield Difference("custom_fields", "changed", one, other)


def _is_custom(asked: JSON, shown: JSON, was: JSON) -> bool:
    """Whether a custom field is as asked. A choice is shown by its id, or by its label.

    Whether it is added to others that were made before, or replaces them, is not documented.
    """
    wished, there = set(asked.get("choice_ids") or ()), set(shown.get("choice_ids") or ())
    if wished and there and asked.get("value") and not shown.get("value"):
        return wished <= there <= wished | set(was.get("choice_ids") or ())
    if wished and asked.get("value") and not there:
        return _same(asked.get("value"), shown.get("value"))
    return _same(asked.get("value"), shown.get("value")) and wished == there


def _replaced(before: Any, sent: list[JSON]) -> list[Any]:
    """What was there, with those of a kind that is sent changed in what is sent."""
    by_kind = {each["kind"]: each for each in sent}
    kept = [{**each, **by_kind.pop(each.get("kind"), {})} if isinstance(each, dict) else each for each in before or ()]
    return [*kept, *by_kind.values()]


def _items(contact: JSON, name: str) -> list[JSON]:
    found = contact.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _digits(value: Any) -> str:
    text = str(value or "")
    return re.sub(r"[^0-9+]", "", text) or text.strip()


def _same(one: Any, other: Any) -> bool:
    """Whether two values say the same: numbers, dates and truth in any of the ways to write them."""
    if one == other:
        return True
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    return _spelled(one) == _spelled(other)


def _spelled(value: Any) -> Any:
    text = " ".join(str(value).split())
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if len(text) < 16 else text
    as_date = canonical({"anniversary": text}).get("anniversary")
    return as_date if as_date != text else text.lower() if text.lower() in ("true", "false") else text
