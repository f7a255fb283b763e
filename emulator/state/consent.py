"""Who may be written to: permission, opt-in and opt-out (CC reference, sections 8, 11 and 18).

Pure functions over the ``email_address`` object of a GET answer.
"""

from emulator.errors import JSON, invalid, not_valid
from emulator.switches import Switches

UNSUBSCRIBED = "unsubscribed"
_OPT_IN = ("opt_in_source", "opt_in_date")
_OPT_OUT = ("opt_out_source", "opt_out_date", "opt_out_reason")


def opted_out(email: JSON | None) -> bool:
    """Whether the address is unsubscribed, by whomever."""
    return bool(email) and (email or {}).get("permission_to_send") == UNSUBSCRIBED


def widens(before: str | None, after: str | None) -> bool:
    """Whether going from one permission to the other claims more consent than was held."""
    narrowing = after == UNSUBSCRIBED or (before, after) == ("explicit", "implicit")
    return after is not None and after != before and not narrowing


def new_email(sent: JSON, *, source: str, now: str) -> JSON:
    """The address of a new contact. Permission left out is implicit (section 10: unknown, as recorded)."""
    email: JSON = {
        "address": sent["address"],
        "permission_to_send": sent["permission_to_send"] or "implicit",
        "created_at": now,
        "updated_at": now,
        "confirm_status": "off",
    }
    return _with_permission(email, email["permission_to_send"], reason=sent["opt_out_reason"], source=source, now=now)


def changed_email(held: JSON | None, sent: JSON, *, source: str, now: str, switches: Switches) -> JSON:
    """The address after a PUT that sent ``email_address``.

    Permission left out becomes implicit (section 20, question 14). A contact who opted out stays so, unless a
    switch says otherwise (question 3); where the account opted it out, the account may take that back (section 8).
    """
    if not held:
        return new_email(sent, source=source, now=now)
    wanted = sent["permission_to_send"] or "implicit"
    if opted_out(held) and wanted != UNSUBSCRIBED and held.get("opt_out_source") == "Contact":
        if switches.optout_put == "refused":
            raise invalid(not_valid("email_address.permission_to_send"))
        if switches.optout_put == "ignored":
            wanted = UNSUBSCRIBED
    email = held | {"address": sent["address"]}
    if wanted != held.get("permission_to_send"):
        email = _with_permission(email, wanted, reason=sent["opt_out_reason"], source=source, now=now)
    elif wanted == UNSUBSCRIBED:
        email["opt_out_reason"] = sent["opt_out_reason"]
    email = {name: value for name, value in email.items() if value is not None}
    return email if email == held else email | {"updated_at": now}


def unsubscribed(email: JSON, *, source: str, reason: str | None, now: str) -> JSON:
    """The address after an opt-out by ``source``. The contact's own updated_at is not moved (section 9)."""
    changed = _with_permission(email, UNSUBSCRIBED, reason=reason, source=source, now=now)
    return changed | {"updated_at": now}


def opted_in(email: JSON, *, permission: str, source: str, now: str) -> JSON:
    """The address after the contact's own act, or an account's claim of one: sign_up_form, a confirmed mail."""
    return _with_permission(email, permission, reason=None, source=source, now=now) | {"updated_at": now}


def _with_permission(email: JSON, permission: str, *, reason: str | None, source: str, now: str) -> JSON:
    """Opting out drops the opt-in fields and the reverse (section 8, the totals of a real account)."""
    kept = {name: value for name, value in email.items() if name not in _OPT_IN + _OPT_OUT and value is not None}
    kept["permission_to_send"] = permission
    if permission == UNSUBSCRIBED:
        kept |= {"opt_out_source": source, "opt_out_date": now}
        return kept | {"opt_out_reason": reason} if reason else kept
    if permission in ("explicit", "implicit"):
        kept |= {"opt_in_source": source, "opt_in_date": now}
    if permission == "pending_confirmation":
        kept["confirm_status"] = "pending"
    return kept
