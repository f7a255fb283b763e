"""One flat row of an import: what it says of a contact, and what is wrong with it (CC reference, section 15).

Correctable is a bad address, a bad date, or nobody named at all; everything else that is wrong is an error. Which it is
for a text that is too long, a custom field that is not there or something that is none of its choices, nobody outside
has seen: an error is assumed. How several choices are written is not documented either: with commas, it is assumed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.errors import JSON
from emulator.state.checks import is_address, parse_day
from emulator.switches import Switches

MOST_ADDRESS = 50
_CORE = {"first_name": 50, "last_name": 50, "job_title": 50, "company_name": 50}
_PARTS = {"street": 255, "street2": 255, "city": 50, "state": 50, "zip": 50, "country": 50}
_PHONES = {
    "phone": "other",
    "home_phone": "home",
    "work_phone": "work",
    "mobile_phone": "mobile",
    "other_phone": "other",
}
_SMS = re.compile(r"\d{3}-?\d{3}-?\d{4}")
_DATES = ("date", "datetime")
_SELECTS = ("single_select", "multi_select")
_PATTERNS = {
    "number": "-?[0-9]+([.][0-9]+)?",
    "currency": "-?[0-9]+([.][0-9]+)?",
    "boolean": "(?i:true|false)",
}


class RowProblem(Exception):
    """Why a row is not imported. ``correctable`` says in which of the two counters it goes."""

    def __init__(self, reason: str, *, correctable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.correctable = correctable


@dataclass
class Sent:
    """What one row sends; None erases. Phones and addresses by their kind, custom fields by their id."""

    address: str
    sms: str
    core: JSON = field(default_factory=dict)
    phones: dict[str, str | None] = field(default_factory=dict)
    streets: dict[str, JSON] = field(default_factory=dict)
    custom_fields: JSON = field(default_factory=dict)


def read_row(row: Mapping[str, str], fields: Mapping[str, JSON], switches: Switches, *, sms: str | None) -> Sent:
    """The checked row; ``fields`` are custom fields by name. A blank is left out, or None where it erases.

    Raises RowProblem. Columns that no import has are ignored.
    """
    erasing, dropping = switches.import_blanks == "erase", switches.import_unknown_choice == "dropped"
    given = {name: value or None for name, value in row.items() if value or erasing}
    sent = Sent(address=row.get("email", ""), sms=_sms(row, sms))
    if not sent.address and not sent.sms:
        raise RowProblem("no email address", correctable=True)
    if sent.address and (len(sent.address) > MOST_ADDRESS or not is_address(sent.address)):
        raise RowProblem("invalid email address", correctable=True)
    sent.core = {name: _text(given, name, most) for name, most in _CORE.items() if name in given}
    sent.core |= _birthday(given) | _anniversary(given)
    sent.phones = {kind: _text(given, name, 25) for name, kind in _PHONES.items() if name in given}
    sent.streets = {kind: parts for kind in ("home", "work", "other") if (parts := _street(given, kind))}
    for name in given:
        if name.startswith("cf:"):
            held = fields.get(name.removeprefix("cf:"))
            if held is None:
                raise RowProblem(f"there is no custom field {name.removeprefix('cf:')}")
            value = _value(held, given[name], dropping=dropping)
            if value != {"choice_ids": []}:
                sent.custom_fields[held["custom_field_id"]] = value
    return sent


def _text(given: Mapping[str, str | None], name: str, most: int) -> str | None:
    value = given[name]
    if value is not None and len(value) > most:
        raise RowProblem(f"{name} is too long")
    return value


def _birthday(given: Mapping[str, str | None]) -> JSON:
    """Month and day, only together."""
    names = {"birthday_month": 12, "birthday_day": 31}
    values = [given.get(name) for name in names]
    if not any(name in given for name in names):
        return {}
    if values == [None, None]:
        return dict.fromkeys(names)
    numbers = [int(value) if value and re.fullmatch("[0-9]{1,2}", value) else 0 for value in values]
    if not all(1 <= number <= most for number, most in zip(numbers, names.values(), strict=True)):
        raise RowProblem("invalid birthday", correctable=True)
    return dict(zip(names, numbers, strict=True))


def _anniversary(given: Mapping[str, str | None]) -> JSON:
    if "anniversary" not in given:
        return {}
    value = given["anniversary"]
    day = parse_day(value) if value else None
    if value and day is None:
        raise RowProblem("invalid anniversary", correctable=True)
    return {"anniversary": day}


def _street(given: Mapping[str, str | None], kind: str) -> JSON:
    """The parts of one address. Columns without a kind are the home address; street2 is put after street."""
    parts: JSON = {}
    for prefix in ("", "home_") if kind == "home" else (f"{kind}_",):
        parts |= {name: _text(given, prefix + name, most) for name, most in _PARTS.items() if prefix + name in given}
    if second := parts.pop("street2", None):
        parts["street"] = ", ".join(each for each in (parts.get("street"), second) if each)
    if "zip" in parts:
        parts["postal_code"] = parts.pop("zip")
    return parts


def _value(held: JSON, value: str | None, *, dropping: bool) -> JSON | None:
    """What a contact holds of a custom field beside its id: a value of its type, or its choices."""
    if value is None:
        return None
    if len(value) > 255:
        raise RowProblem(f"cf:{held['name']} is too long")
    kind = held.get("type")
    if kind in _DATES:
        day = parse_day(value.split("T")[0])
        if day is None:
            raise RowProblem(f"cf:{held['name']} is no date", correctable=True)
        return {"value": day if kind == "date" else value}
    if kind in _SELECTS:
        labels = [value] if kind == "single_select" else [each.strip() for each in value.split(",")]
        return _choices(held, labels, dropping=dropping)
    if kind in _PATTERNS and not re.fullmatch(_PATTERNS[kind], value):
        raise RowProblem(f"cf:{held['name']} does not have a valid value")
    return {"value": value}


def _choices(held: JSON, labels: list[str], *, dropping: bool) -> JSON:
    known = {each["choice_label"]: str(each["choice_id"]) for each in held.get("choices") or []}
    if not dropping and not set(labels) <= set(known):
        raise RowProblem(f"cf:{held['name']} does not have a valid value")
    return {"choice_ids": [known[each] for each in labels if each in known]}


def _sms(row: Mapping[str, str], permission: str | None) -> str:
    """The ten digits of a number in the United States; explicit consent needs its date."""
    number, consented = row.get("sms_number", ""), row.get("sms_consent_date", "")
    if not number:
        return ""
    if not _SMS.fullmatch(number):
        raise RowProblem("invalid sms_number")
    if consented and parse_day(consented) is None:
        raise RowProblem("invalid sms_consent_date", correctable=True)
    if permission == "explicit" and not consented:
        raise RowProblem("sms_consent_date is missing")
    return number.replace("-", "")
