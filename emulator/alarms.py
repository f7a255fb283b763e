"""The consent checker: which writes claim more than the contact had given (CC reference, section 18).

It judges what was asked, whether or not the service followed it, so a client that tries is found out in every mode.
"""

from typing import Any

from emulator.errors import JSON
from emulator.state.consent import opted_out, widens


def of_put(before: JSON, body: Any, after: JSON) -> list[tuple[str, JSON]]:
    """Alarms of one PUT: kind and details. ``before`` and ``after`` are whole contacts."""
    sent = body.get("email_address") or {}
    held = before.get("email_address") or {}
    had = held.get("permission_to_send")
    asked = sent.get("permission_to_send") or ("implicit" if sent else None)
    got = (after.get("email_address") or {}).get("permission_to_send")
    alarms: list[tuple[str, JSON]] = []
    if widens(had, asked) or widens(had, got):
        alarms.append(("permission_widened", {"had": had, "asked": asked, "got": got}))
    out = opted_out(held) or bool(held.get("opt_out_date"))
    if out and before.get("deleted_at") and not after.get("deleted_at"):
        alarms.append(("opted_out_reactivated", {"had": had, "opt_out_source": held.get("opt_out_source")}))
    added = set(body.get("list_memberships") or ()) - set(before.get("list_memberships") or ())
    if out and added:
        alarms.append(("opted_out_added_to_lists", {"had": had, "lists": sorted(added)}))
    if widened := _sms_widened(before, after):
        alarms.append(("sms_permission_widened", widened))
    return alarms


def of_sign_up(before: JSON | None) -> list[tuple[str, JSON]]:
    """Alarms of one sign_up_form: it turns anybody explicit, so it is no way to reactivate (section 1, fact 7)."""
    if before is None:
        return []
    had = (before.get("email_address") or {}).get("permission_to_send")
    if opted_out(before.get("email_address")) or before.get("deleted_at"):
        return [("signed_up_again", {"had": had, "deleted_at": before.get("deleted_at")})]
    return []


def _sms_widened(before: JSON, after: JSON) -> JSON | None:
    had, got = _sms_permission(before), _sms_permission(after)
    return {"had": had, "got": got} if had is not None and widens(had, got) else None


def _sms_permission(contact: JSON) -> str | None:
    consents = (contact.get("sms_channel") or {}).get("sms_channel_consents") or [{}]
    permission: str | None = consents[0].get("sms_consent_permission")
    return permission
