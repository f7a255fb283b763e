"""From the bodies of POST, PUT and sign_up_form to the shape of GET (CC reference, sections 8, 10 to 12).

The request forms lack the ids, times and sources of the answer forms; keys that do not belong there are ignored
(section 20, question 13).
"""

from dataclasses import dataclass
from typing import Any

from emulator.errors import JSON
from emulator.state.checks import Check
from emulator.state.ids import new_id

SOURCES = ("Contact", "Account")
PERMISSIONS = ("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
CORE = ("first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day", "anniversary")
SUBRESOURCES = ("custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes")
_DIAL_CODES = {"1": "US", "44": "GB", "353": "IE", "61": "AU", "49": "DE", "33": "FR"}
_ADDRESS_PARTS = {"street": 255, "city": 50, "state": 50, "postal_code": 50, "country": 50}


@dataclass(frozen=True)
class Written:
    """A checked body. ``email`` None means left out; a subresource missing from ``parts`` was left out."""

    source: str
    core: JSON
    email: JSON | None
    parts: JSON
    sms: JSON | None


def read_body(body: Any, *, source: str) -> Written:
    """Check a whole contact of POST or PUT. ``source`` names the required property. Raises 400."""
    check = Check(body)
    who = check.choice(source, SOURCES, required=True)
    core = read_core(check)
    parts = read_parts(check)
    check.done()
    email = read_email(body["email_address"]) if body.get("email_address") is not None else None
    sms = read_sms(body["sms_channel"]) if body.get("sms_channel") is not None else None
    return Written(source=who or "", core=core, email=email, parts=parts, sms=sms)


def read_core(check: Check) -> JSON:
    """Names, job, company, birthday, anniversary; None where left out or blank."""
    core: JSON = {name: check.text(name, 50) for name in CORE[:4]}
    core["birthday_month"] = check.number("birthday_month", 1, 12)
    core["birthday_day"] = check.number("birthday_day", 1, 31)
    if not check.problems and (core["birthday_month"] is None) != (core["birthday_day"] is None):
        check.wrong("birthday_day" if core["birthday_day"] is None else "birthday_month")
    core["anniversary"] = check.day("anniversary")
    return core


def read_email(body: Any) -> JSON:
    """``address`` (required), ``permission_to_send`` and ``opt_out_reason``; the rest is read only."""
    check = Check(body, within="email_address")
    email = {
        "address": check.address("address", 80, required=True),
        "permission_to_send": check.choice("permission_to_send", PERMISSIONS),
        "opt_out_reason": check.text("opt_out_reason", 255),
    }
    check.done()
    return email


def read_parts(check: Check) -> JSON:
    """The subresources that were sent, each in request form."""
    readers = {
        "custom_fields": (25, read_custom_field),
        "phone_numbers": (3, read_phone),
        "street_addresses": (3, read_street),
        "notes": (150, read_note),
    }
    parts: JSON = {}
    for name, (limit, reader) in readers.items():
        sent = check.array(name, limit)
        if sent is not None:
            parts[name] = [reader(each) for each in sent]
    for name in ("list_memberships", "taggings"):
        ids = check.ids(name, 50)
        if ids is not None:
            parts[name] = ids
    return parts


def read_custom_field(body: Any) -> JSON:
    check = Check(body, within="custom_fields")
    field: JSON = {"custom_field_id": check.text("custom_field_id", 36, required=True)}
    field["value"] = check.text("value", 255)
    choices = check.array("choice_ids", 100)
    check.done()
    if choices is not None:
        field["choice_ids"] = [str(each) for each in choices]
    return {name: value for name, value in field.items() if value is not None}


def read_phone(body: Any) -> JSON:
    check = Check(body, within="phone_numbers")
    phone = {
        "phone_number": check.text("phone_number", 25, required=True),
        "kind": check.choice("kind", ("home", "work", "mobile", "other")) or "other",
    }
    check.done()
    return phone


def read_street(body: Any) -> JSON:
    check = Check(body, within="street_addresses")
    street: JSON = {"kind": check.choice("kind", ("home", "work", "other"), required=True)}
    street |= {name: check.text(name, limit) for name, limit in _ADDRESS_PARTS.items()}
    check.done()
    return {name: value for name, value in street.items() if value is not None}


def read_note(body: Any) -> JSON:
    check = Check(body, within="notes")
    note = {
        "note_id": check.text("note_id", 36) or new_id(),
        "created_at": check.text("created_at", 35),
        "content": check.text("content", 2000, required=True),
    }
    check.done()
    return note


def read_sms(body: Any) -> JSON:
    """The request form: ``full_sms_address`` and consents (section 8). Returned in answer form, without times."""
    check = Check(body, within="sms_channel")
    digits = (check.text("full_sms_address", 25, required=True) or "").lstrip("+")
    if digits and not digits.isdigit():
        check.wrong("full_sms_address")
    consents = check.array("sms_channel_consents", 10, required=True) or []
    check.done()
    dial = next((code for code in sorted(_DIAL_CODES, key=len, reverse=True) if digits.startswith(code)), "")
    return {
        "sms_address": digits.removeprefix(dial),
        "dial_code": dial,
        "country_code": _DIAL_CODES.get(dial, ""),
        "sms_channel_consents": [read_consent(each) for each in consents],
    }


def read_consent(body: Any) -> JSON:
    allowed = ("explicit", "implicit", "not_set", "pending_confirmation", "unsubscribed")
    check = Check(body, within="sms_channel_consents")
    consent = {
        "sms_consent_permission": check.choice("sms_consent_permission", allowed, required=True),
        "consent_type": check.choice("consent_type", ("promotional_sms",)) or "promotional_sms",
    }
    check.done()
    return consent


def kept_or_new(sent: list[JSON], held: list[JSON], *, id_key: str, source: str, now: str) -> list[JSON]:
    """Sent phones or addresses in answer form. What is held word for word keeps its id, times and sources."""
    result, left = [], list(held)
    for each in sent:
        same = next((one for one in left if all(one.get(name) == value for name, value in each.items())), None)
        if same is not None:
            left.remove(same)
            result.append(same)
            continue
        fresh = {id_key: new_id(), **each, "created_at": now, "updated_at": now}
        if id_key == "phone_number_id":
            fresh |= {"create_source": source, "update_source": source}
        result.append(fresh)
    return result
