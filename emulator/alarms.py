"""The consent checker: which writes claim more than the contact had given (CC reference, section 18).

It judges what was asked, whether or not the service followed it, so a client that tries is found out in every mode.
"""

from collections.abc import Collection
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
    alarms += _of_opted_out(before, body.get("list_memberships") or (), back=not after.get("deleted_at"))
    if widened := _sms_widened(before, after):
        alarms.append(("sms_permission_widened", widened))
    return alarms


def of_addition(contact: JSON, list_ids: Collection[str]) -> list[tuple[str, JSON]]:
    """Alarms of one contact in add_list_memberships or an import, which also bring back who was deleted."""
    return _of_opted_out(contact, list_ids, back=True)


def of_sign_up(before: JSON | None) -> list[tuple[str, JSON]]:
    """Alarms of one sign_up_form: it turns anybody explicit, so it is no way to reactivate (section 1, fact 7)."""
    if before is None:
        return []
    had = (before.get("email_address") or {}).get("permission_to_send")
    if opted_out(before.get("email_address")) or before.get("deleted_at"):
        return [("signed_up_again", {"had": had, "deleted_at": before.get("deleted_at")})]
    return []


def _of_opted_out(before: JSON, list_ids: Collection[str], *, back: bool) -> list[tuple[str, JSON]]:
    """Who opted out is neither brought back nor put on lists."""
    held = before.get("email_address") or {}
    if not (opted_out(held) or held.get("opt_out_date")):
        return []
    alarms: list[tuple[str, JSON]] = []
    had, added = held.get("permission_to_send"), set(list_ids) - set(before.get("list_memberships") or ())
    if before.get("deleted_at") and back:
        alarms.append(("opted_out_reactivated", {"had": had, "opt_out_source": held.get("opt_out_source")}))
    if added:
        alarms.append(("opted_out_added_to_lists", {"had": had, "lists": sorted(added)}))
    return alarms


def _sms_widened(before: JSON, after: JSON) -> JSON | None:
    had, got = _sms_permission(before), _sms_permission(after)
    return {"had": had, "got": got} if had is not None and widens(had, got) else None


def _sms_permission(contact: JSON) -> str | None:
    consents = (contact.get("sms_channel") or {}).get("sms_channel_consents") or [{}]
    permission: str | None = consents[0].get("sms_consent_permission")
    return permission
