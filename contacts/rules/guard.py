"""The last look before a change is sent: would anything be lost, altered or widened that nobody asked for?

Code of its own on purpose: it shares nothing with ``merge``, works another way round, and never repairs. Both the read
and the body are taken apart into plain facts in the words of PUT. Every fact read must be said again, nothing else may
be said, and lists and tags must be exactly the wish. Source: CC reference, sections 8, 11 and 18.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from contacts.rules.refusal import WouldChange, WouldLose, WouldWiden

JSON = dict[str, Any]
Fact = tuple[str, str]

# What only Constant Contact says about a contact, by place. "" is the contact itself.
_CLOCK = {"created_at", "updated_at"}
_ITS_OWN = {
    "": _CLOCK | {"contact_id", "deleted_at", "create_source", "update_source"},
    "email_address": _CLOCK | {"opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "confirm_status"},
    "phone_numbers": _CLOCK | {"phone_number_id", "create_source", "update_source"},
    "street_addresses": _CLOCK | {"street_address_id"},
    "sms_channel": _CLOCK | {"sms_channel_id", "country_code", "create_source", "update_source"},
    "sms_channel_consents": _CLOCK | {"opt_in_date", "opt_out_date"},
}
_WISHED = ("list_memberships", "taggings")
_MAILABLE_AGAIN = ("explicit", "implicit", "not_set")
_OPT_OUT = ("opt_out_source", "opt_out_date", "opt_out_reason")
_LIMITS = {"phone_numbers": 3, "street_addresses": 3, "custom_fields": 25, "notes": 150}


def guard(
    remote: JSON,
    body: JSON,
    *,
    lists: Sequence[str] | None,
    tags: Sequence[str] | None = None,
    revive: bool = False,
    opt_out: tuple[str, str] | None = None,
) -> None:
    """Let ``body`` pass, or refuse it. ``remote`` is the fresh read the body was made from; the wish is as for merge.

    Only a reactivation says ``revive``: any PUT on a deleted contact brings it back, whatever else it asks for. Only
    an unsubscription says ``opt_out``, its source and its reason: then that is the one other permission that passes.
    Raises WouldWiden when consent would be claimed that was not read, WouldLose when something read is not said
    again, WouldChange when anything is said that was neither read nor asked for. Nothing is ever repaired here.
    """
    if remote.get("deleted_at") and not revive:
        raise WouldChange("Nothing was sent: the contact is deleted, and this change would have brought it back.")
    if opt_out:
        remote = _opted_out(remote, *opt_out)
    _consent(remote, body)
    said, read = Counter(_facts(_but_the_source(body))), Counter(_facts(_as_put(remote)))
    lost, new = read - said, said - read
    if lost:
        raise WouldLose(_advice("clear or alter", lost))
    if new or body.get("update_source") != (opt_out[0] if opt_out else "Account"):
        raise WouldChange(_advice("say", new or {("update_source", ""): 1}))
    for name, wish in zip(_WISHED, (lists, tags), strict=True):
        _as_wished(remote, body, name, wish)
    _within_limits(body)


def _consent(remote: JSON, body: JSON) -> None:
    """The permission is the one that was read; nobody comes back or onto a list who opted out or never agreed."""
    had, says = _part(remote, "email_address"), _part(body, "email_address")
    if had.get("permission_to_send") != says.get("permission_to_send"):
        raise WouldWiden("Nothing was sent: the change would have altered the permission to email this person.")
    closed = had.get("permission_to_send") not in _MAILABLE_AGAIN or any(had.get(name) for name in _OPT_OUT)
    if remote.get("deleted_at") and closed:
        raise WouldWiden("Nothing was sent: only this person can bring their address back.")
    on_now = remote.get("list_memberships") or ()
    if had and closed and any(each not in on_now for each in body.get("list_memberships") or ()):
        raise WouldWiden("Nothing was sent: nobody may add this person to a list but themselves.")


def _opted_out(remote: JSON, source: str, reason: str) -> JSON:
    """The read as it must be said when somebody is unsubscribed who is not yet: two words of the address, no more."""
    had = _part(remote, "email_address")
    if source not in ("Contact", "Account") or had.get("permission_to_send") in (None, "unsubscribed"):
        raise WouldChange("Nothing was sent: this contact cannot be unsubscribed as it is.")
    said = {"permission_to_send": "unsubscribed", "opt_out_reason": had.get("opt_out_reason") or reason}
    return remote | {"email_address": had | said}


def _as_wished(remote: JSON, body: JSON, name: str, wish: Sequence[str] | None) -> None:
    wanted = [str(each) for each in (remote.get(name) or [] if wish is None else wish)]
    sent = body.get(name, [])
    if not isinstance(sent, list) or sorted(map(repr, sent)) != sorted(map(repr, set(wanted))) or len(sent) > 50:
        raise WouldChange(_advice("say", {(name, ""): 1}))
    if name == "list_memberships" and (name not in body or (remote.get("deleted_at") and not sent)):
        raise WouldChange(_advice("leave out", {(name, ""): 1}))


def _within_limits(body: JSON) -> None:
    for name, most in _LIMITS.items():
        if len(body.get(name, ())) > most:
            raise WouldLose(_advice("cut short", {(name, ""): 1}))


def _as_put(remote: JSON) -> JSON:
    """A read without what is Constant Contact's own to say, and with the SMS channel in the words of PUT."""
    put = {name: _own_words(name, value) for name, value in _without(remote, "").items()}
    channel = put.get("sms_channel")
    if isinstance(channel, dict) and channel:
        number = str(channel.pop("dial_code", "")) + str(channel.pop("sms_address", ""))
        consents = [_own_words("sms_channel_consents", each) for each in channel.pop("sms_channel_consents", [])]
        put["sms_channel"] = channel | {"full_sms_address": number, "sms_channel_consents": consents}
    return {name: value for name, value in put.items() if value not in ("", [], {})}


def _own_words(place: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_own_words(place, each) for each in value]
    return _without(value, place) if isinstance(value, dict) else value


def _without(value: JSON, place: str) -> JSON:
    return {name: each for name, each in value.items() if each is not None and name not in _ITS_OWN.get(place, ())}


def _but_the_source(body: JSON) -> JSON:
    return {name: each for name, each in body.items() if name != "update_source"}


def _facts(value: JSON) -> Iterator[Fact]:
    """Every single thing said: a core value, a property of the address, one phone number."""
    for name, each in value.items():
        if name in _WISHED:
            continue
        if name == "email_address" and isinstance(each, dict):
            yield from ((f"{name}.{inner}", _spelled(it)) for inner, it in each.items())
        elif isinstance(each, list) and each:
            yield from ((name, f"one of {_spelled(item)}") for item in each)
        else:
            yield name, _spelled(each)


def _spelled(value: Any) -> str:
    """One spelling for one value, keys in order. A number is not its text, nor true a one."""
    return json.dumps(value, sort_keys=True)


def _part(value: JSON, name: str) -> JSON:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _advice(verb: str, facts: Any) -> str:
    names = ", ".join(sorted({name for name, _ in facts}))
    return (
        f"Nothing was sent: the change would {verb} something nobody asked for ({names}). "
        "This is a fault in ccadmin, not yours. Tell whoever looks after it."
    )
