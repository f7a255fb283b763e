"""The fields of a contact in words: what each is called, and its value on one line."""

from collections.abc import Callable, Mapping
from typing import Any

Names = Mapping[str, str]

LABELS = {
    "deleted_at": "Deleted on",
    "email_address.address": "Address",
    "email_address.permission_to_send": "Permission",
    "email_address.opt_out_reason": "Opt-out reason",
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "company_name": "Company",
    "birthday_month": "Birthday, month",
    "birthday_day": "Birthday, day",
    "anniversary": "Anniversary",
    "list_memberships": "Lists",
    "taggings": "Tags",
    "custom_fields": "Custom fields",
    "phone_numbers": "Phones",
    "street_addresses": "Addresses",
    "notes": "Notes",
    "sms_channel": "SMS",
    "email_address.opt_in_source": "Opt-in source",
    "email_address.opt_in_date": "Opt-in date",
    "email_address.opt_out_source": "Opt-out source",
    "email_address.opt_out_date": "Opt-out date",
    "email_address.confirm_status": "Confirmation",
    "create_source": "Added by",
    "created_at": "Added on",
}


def shown(field: str, value: Any, names: Names) -> str:
    """A canonical value as one line of text; nothing for None. What has no form of its own is shown as it is."""
    return readable(_line(field, value, names))


def choice(field: object, choice_id: object) -> str:
    """By which name a choice of a custom field stands among the names: its id is another choice's elsewhere."""
    return f"{field} {choice_id}"


def readable(text: str) -> str:
    """Text that a page can carry: a half of a surrogate pair, which UTF-8 has no bytes for, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _line(field: str, value: Any, names: Names) -> str:
    if value is None:
        return ""
    if field == "sms_channel" and isinstance(value, dict):
        return _sms(value)
    if not isinstance(value, list):
        return str(value)
    item = _ITEMS.get(field, _named)
    return "; ".join(item(each, names) for each in value)


def _named(value: Any, names: Names) -> str:
    return names.get(str(value), str(value))


def _custom_field(value: Any, names: Names) -> str:
    if not isinstance(value, dict):
        return str(value)
    field, choices = value.get("custom_field_id"), value.get("choice_ids") or []
    chosen = [names.get(choice(field, each), each) for each in (choices if isinstance(choices, list) else [choices])]
    told = dict.fromkeys(str(each) for each in (value.get("value"), *chosen) if each is not None)
    return f"{_named(field, names)}: {', '.join(told)}"


def _phone(value: Any, names: Names) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ": ".join(str(value[name]) for name in ("kind", "phone_number") if name in value)


def _street(value: Any, names: Names) -> str:
    if not isinstance(value, dict):
        return str(value)
    parts = [str(value[name]) for name in ("street", "city", "state", "postal_code", "country") if name in value]
    return f"{value.get('kind', 'address')}: {', '.join(parts)}"


def _note(value: Any, names: Names) -> str:
    return str(value.get("content", "")) if isinstance(value, dict) else str(value)


def _sms(value: dict[str, Any]) -> str:
    consents = value.get("consents")
    words = [
        f"{each.get('consent_type')}: {each.get('sms_consent_permission')}"
        for each in (consents if isinstance(consents, list) else ())
        if isinstance(each, dict)
    ]
    return f"+{value.get('number')} ({', '.join(words)})"


_ITEMS: dict[str, Callable[[Any, Names], str]] = {
    "custom_fields": _custom_field,
    "phone_numbers": _phone,
    "street_addresses": _street,
    "notes": _note,
}
