"""Contacts in one form, whichever shape they came in: GET answers and PUT bodies can be compared then.

Left out and empty are the same. Order, ids and times of phones and addresses do not count, nor does the case of an
address. Source: CC reference, sections 4, 8 and 11.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

JSON = dict[str, Any]
Values = list[Any]

CORE = ("first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day", "anniversary")
PARTS = ("list_memberships", "taggings", "custom_fields", "phone_numbers", "street_addresses", "notes")
EMAIL = ("address", "permission_to_send", "opt_out_reason")
FIELDS = (*(f"email_address.{name}" for name in EMAIL), *CORE, *PARTS, "sms_channel")

_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})")


def canonical(contact: JSON) -> JSON:
    """What a contact says of a person, by ``FIELDS``; a field that says nothing is left out."""
    email = contact.get("email_address")
    shown = {f"email_address.{name}": email.get(name) for name in EMAIL} if isinstance(email, dict) else {}
    shown |= {name: contact.get(name) for name in (*CORE, *PARTS, "sms_channel")}
    found = {name: _FORMS.get(name, _plain)(value) for name, value in shown.items() if not empty(value)}
    return {name: value for name, value in found.items() if not empty(value)}


def empty(value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or value in ("", [], {})


def instant(value: Any) -> Any:
    """One spelling for one moment: seconds, UTC. What is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError):
        return value


def ordered(values: Values) -> Values:
    """The same values, always in the same order."""
    return sorted(values, key=lambda each: json.dumps(each, sort_keys=True))


def _plain(value: Any) -> Any:
    return value


def _address(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _date(value: Any) -> Any:
    """An anniversary as YYYY-MM-DD; Constant Contact takes eight ways to write one (section 8)."""
    text = value.strip() if isinstance(value, str) else ""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif found := _YEAR_LAST.fullmatch(text):
        month, day, year = found.groups()
    else:
        return value
    return f"{year}-{int(month):02}-{int(day):02}"


def _ids(values: Any) -> Any:
    return ordered(list(dict.fromkeys(str(each).lower() for each in values))) if isinstance(values, list) else values


def _items(*names: str) -> Callable[[Any], Any]:
    """Reads a list of objects by these properties only."""

    def read(values: Any) -> Any:
        if not isinstance(values, list):
            return values
        return ordered([_known(each, names) for each in values])

    return read


def _known(item: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: item[name] for name in names if not empty(item.get(name))}


def _fields(values: Any) -> Any:
    """Custom fields; one without a value says nothing, and the order of choices does not count."""
    if not isinstance(values, list):
        return values
    read = [_known(each, ("custom_field_id", "value", "choice_ids")) for each in values]
    for each in read:
        if isinstance(each, dict) and isinstance(each.get("choice_ids"), list):
            each["choice_ids"] = ordered([str(one) for one in each["choice_ids"]])
    return ordered([each for each in read if not isinstance(each, dict) or set(each) - {"custom_field_id"}])


def _notes(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    return ordered([{"content": each.get("content")} if isinstance(each, dict) else each for each in values])


def _sms(channel: Any) -> Any:
    """The number with its dial code, and what was agreed to; both shapes give the same."""
    if not isinstance(channel, dict):
        return channel
    split = f"{channel.get('dial_code') or ''}{channel.get('sms_address') or ''}"
    number = str(channel.get("full_sms_address") or split).lstrip("+")
    read = _items("consent_type", "sms_consent_permission")
    return {"number": number, "consents": read(channel.get("sms_channel_consents") or [])}


_FORMS: dict[str, Callable[[Any], Any]] = {
    "email_address.address": _address,
    "anniversary": _date,
    "list_memberships": _ids,
    "taggings": _ids,
    "custom_fields": _fields,
    "phone_numbers": _items("phone_number", "kind"),
    "street_addresses": _items("kind", "street", "city", "state", "postal_code", "country"),
    "notes": _notes,
    "sms_channel": _sms,
}
