"""What Constant Contact sent of a contact, as text for the cells of a file (CC reference, section 8)."""

from collections.abc import Mapping
from typing import Any, Final

JSON = dict[str, Any]
PARTS: Final = {"street": "street", "city": "city", "state": "state", "postal_code": "zip", "country": "country"}
_PLAIN: Final = ("job_title", "company_name", "birthday_month", "birthday_day", "anniversary")


#: Custom field's id to the labels of its choices by their ids.
type Choices = Mapping[str, Mapping[str, str]]


def told(remote: JSON, choices: Choices) -> dict[str, str]:
    """Whatever there is, in one walk, however many columns ask for it; what is there twice stands side by side."""
    found = {name: str(remote[name]) for name in _PLAIN if remote.get(name) is not None}
    for each in _many(remote, "phone_numbers"):
        _add(found, phone(each.get("kind")), each.get("phone_number"))
    for each in _many(remote, "street_addresses"):
        for part in PARTS:
            _add(found, street(each.get("kind"), part), each.get(part))
    for each in _many(remote, "custom_fields"):
        field = each.get("custom_field_id")
        _add(found, custom(field), each.get("value") or _chosen(each.get("choice_ids"), choices.get(str(field), {})))
    return found


def phone(kind: object) -> str:
    """By which name the number of the phone of this kind is told."""
    return f"{kind} phone"


def street(kind: object, part: str) -> str:
    """By which name a part of the street address of this kind is told."""
    return f"{kind} {part}"


def custom(remote_id: object) -> str:
    """By which name the value of a custom field is told, or the choices that were made in it."""
    return f"custom field {remote_id}"


def _add(found: dict[str, str], name: str, value: object) -> None:
    if value:
        found[name] = f"{found[name]}; {value}" if name in found else str(value)


def _chosen(ids: object, labels: Mapping[str, str]) -> str:
    """Choices as an import takes them; one that our copy has no label for, by its number."""
    return ", ".join(labels.get(str(each), str(each)) for each in ids) if isinstance(ids, list) else ""


def _many(remote: JSON, name: str) -> list[JSON]:
    many = remote.get(name)
    return [each for each in many if isinstance(each, dict)] if isinstance(many, list) else []
