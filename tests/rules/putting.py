"""What PUT does to a contact, in the two readings of Constant Contact's documents; written apart from the emulator.

CC reference, section 11: a core property left out becomes null and a subresource sent replaces the former one; left
out, a subresource is kept (``documented``) or, as support says, overwritten too (``strict``).
"""

from copy import deepcopy
from typing import Any

JSON = dict[str, Any]

CORE = ("first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day", "anniversary")
PARTS = ("custom_fields", "phone_numbers", "street_addresses", "list_memberships", "taggings", "notes")
OWN = {
    "phone_numbers": ("phone_number_id", "created_at", "updated_at", "create_source", "update_source"),
    "street_addresses": ("street_address_id", "created_at", "updated_at"),
}
ALLOWED = {*CORE, *PARTS, "email_address", "sms_channel", "update_source"}
ALLOWED_IN = {
    "email_address": {"address", "permission_to_send", "opt_out_reason"},
    "phone_numbers": {"phone_number", "kind"},
    "street_addresses": {"kind", "street", "city", "state", "postal_code", "country"},
    "custom_fields": {"custom_field_id", "value", "choice_ids"},
    "notes": {"note_id", "created_at", "content"},
    "sms_channel": {"full_sms_address", "sms_channel_consents"},
}


def put(held: JSON, body: JSON, *, strict: bool) -> JSON:
    """The contact after a PUT, in GET shape."""
    after = {name: value for name, value in deepcopy(held).items() if name not in (*CORE, "deleted_at")}
    after |= {name: body[name] for name in CORE if body.get(name) is not None}
    after["update_source"] = body["update_source"]
    for name in (*PARTS, "sms_channel", "email_address"):
        if name in body:
            after[name] = deepcopy(body[name])
        elif strict:
            after.pop(name, None)
    if "email_address" in body:
        after["email_address"] = {**held.get("email_address", {}), "permission_to_send": "implicit"}
        after["email_address"].pop("opt_out_reason", None)
        after["email_address"] |= body["email_address"]
    if "sms_channel" in body:
        after["sms_channel"] = _channel(body["sms_channel"], held)
    return after


def _channel(sent: JSON, held: JSON) -> JSON:
    """A server knows where the dial code ends; here it is read off the channel held before."""
    dial = held["sms_channel"]["dial_code"]
    number = sent["full_sms_address"].removeprefix(dial)
    return {"dial_code": dial, "sms_address": number, "sms_channel_consents": sent["sms_channel_consents"]}


def told(contact: JSON) -> JSON:
    """What a contact says of a person, without what is Constant Contact's own to set. Empty says nothing."""
    plain = {name: contact.get(name) for name in CORE}
    email = contact.get("email_address") or {}
    plain["email_address"] = {name: email.get(name) for name in ("address", "permission_to_send", "opt_out_reason")}
    for name in PARTS:
        plain[name] = [_without(each, OWN.get(name, ())) for each in contact.get(name) or []]
    channel = contact.get("sms_channel")
    if channel:
        agreed = [(each["consent_type"], each["sms_consent_permission"]) for each in channel["sms_channel_consents"]]
        plain["sms_channel"] = (channel["dial_code"], channel["sms_address"], agreed)
    return plain


def foreign_keys(body: JSON) -> set[str]:
    """Properties of a body that PUT does not take."""
    found = set(body) - ALLOWED
    for name, allowed in ALLOWED_IN.items():
        values = body.get(name, [])
        for each in values if isinstance(values, list) else [values]:
            found |= {f"{name}.{key}" for key in set(each) - allowed}
    return found


def _without(value: Any, names: tuple[str, ...]) -> Any:
    return {key: each for key, each in value.items() if key not in names} if isinstance(value, dict) else value
