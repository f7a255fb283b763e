"""The whole PUT body, made from a fresh read and a wish. Source: CC reference, sections 8, 11 and 20.

PUT replaces: a core property left out becomes null, and whether a subresource left out is kept is disputed. So
everything that was read is said again, in the shape PUT takes; the permission is copied, never chosen. What cannot be
said again as it was read is a reason not to send anything:

* a property nobody here knows, unless it is empty: left out it might be cleared, sent it might be read only;
* more of something than PUT takes, half a birthday, a phone without a number, a text longer than its limit;
* an SMS channel whose number or consents do not fit the other shape that PUT asks for. Left out, it would be lost
  where PUT clears what is missing; guessed, it could put a consent on another number. What fits is sent again with
  the same consent; the dates of a consent are Constant Contact's own and cannot be sent.

``guard`` checks the result with code of its own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.rules.consent import OptOut
from contacts.rules.refusal import CannotKeep, Refused

JSON = dict[str, Any]

UPDATE_SOURCE = "Account"
MOST_LISTS = 50
MOST_TAGS = 50


@dataclass(frozen=True)
class _Shape:
    """An object inside a contact: what PUT takes with the longest text, what only GET shows, what it needs."""

    word: str
    takes: dict[str, int]
    shows: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    most: int = 1


_TIMES = frozenset({"created_at", "updated_at"})
_TEXTS = {"first_name": 50, "last_name": 50, "job_title": 50, "company_name": 50, "anniversary": 10}
_BIRTHDAY = ("birthday_month", "birthday_day")
_SHOWN_ONLY = _TIMES | {"contact_id", "deleted_at", "create_source", "update_source"}
_EMAIL = _Shape(
    "email address",
    {"address": 80, "permission_to_send": 30, "opt_out_reason": 255},
    _TIMES | {"opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "confirm_status"},
    ("address", "permission_to_send"),
)
_PARTS = {
    "custom_fields": _Shape(
        "custom field", {"custom_field_id": 36, "value": 255, "choice_ids": 100}, needs=("custom_field_id",), most=25
    ),
    "phone_numbers": _Shape(
        "phone number",
        {"phone_number": 25, "kind": 20},
        _TIMES | {"phone_number_id", "create_source", "update_source"},
        ("phone_number",),
        3,
    ),
    "street_addresses": _Shape(
        "street address",
        {"kind": 20, "street": 255, "city": 50, "state": 50, "postal_code": 50, "country": 50},
        _TIMES | {"street_address_id"},
        ("kind",),
        3,
    ),
    "notes": _Shape("note", {"note_id": 36, "created_at": 40, "content": 2000}, needs=("content",), most=150),
}
_CHANNEL = _Shape(
    "SMS channel",
    {"dial_code": 5, "sms_address": 20, "sms_channel_consents": 10},
    _TIMES | {"sms_channel_id", "country_code", "create_source", "update_source"},
    ("dial_code", "sms_address", "sms_channel_consents"),
)
_CONSENT = _Shape(
    "SMS consent",
    {"sms_consent_permission": 30, "consent_type": 30},
    _TIMES | {"opt_in_date", "opt_out_date"},
    ("sms_consent_permission", "consent_type"),
)
_IDS = ("list_memberships", "taggings")
_KNOWN = {*_TEXTS, *_BIRTHDAY, *_SHOWN_ONLY, *_PARTS, *_IDS, "email_address", "sms_channel"}


def body_for(remote: JSON, *, lists: Sequence[str] | None, tags: Sequence[str] | None = None) -> JSON:
    """The whole body that puts a contact on ``lists`` and keeps everything else as it was read.

    ``remote`` is a fresh GET with every subresource; ``lists`` and ``tags`` are the complete wished sets of ids, None
    keeps what is there. Raises CannotKeep when something read cannot be sent back, Refused when the wish has no
    list for a deleted contact (only adding it to a list surely brings it back) or more than Constant Contact takes.
    """
    _refuse_unknown(remote, _KNOWN, "contact")
    return {
        **_core(remote),
        **_email(remote),
        **_parts(remote),
        **_sms(remote),
        "list_memberships": _lists(remote, lists),
        **_tags(remote, tags),
        "update_source": UPDATE_SOURCE,
    }


def opt_out_body(remote: JSON, opt_out: OptOut) -> JSON:
    """The whole body that unsubscribes a contact and keeps everything else as it was read, its lists included.

    The only place where another permission is said than was read, and only ever this one. A reason on record stays.
    """
    body = body_for(remote, lists=None)
    email = body.get("email_address")
    if not email:
        raise Refused("This contact has no email address, so there is nothing to unsubscribe. Nothing was sent.")
    out = {"permission_to_send": "unsubscribed", "opt_out_reason": email.get("opt_out_reason") or opt_out.reason}
    return body | {"email_address": email | out, "update_source": opt_out.source}


def _core(remote: JSON) -> JSON:
    core: JSON = {}
    for name, longest in _TEXTS.items():
        if not _empty(remote.get(name)):
            core[name] = _text(remote[name], name, longest)
    birthday = {name: remote[name] for name in _BIRTHDAY if not _empty(remote.get(name))}
    if birthday and not all(type(birthday.get(name)) is int for name in _BIRTHDAY):
        raise _cannot_keep("a birthday that is not one month and one day")
    return core | birthday


def _email(remote: JSON) -> JSON:
    """The address with the very permission that was read; nothing for a contact that has no address."""
    email = remote.get("email_address")
    return {} if _empty(email) else {"email_address": _taken(email, _EMAIL)}


def _parts(remote: JSON) -> JSON:
    parts: JSON = {}
    for name, shape in _PARTS.items():
        items = _array(remote, name, most=shape.most)
        if items:
            parts[name] = [_taken(each, shape) for each in items]
    return parts


def _sms(remote: JSON) -> JSON:
    """The SMS channel in the other shape that PUT takes: the full number and the same consents."""
    channel = remote.get("sms_channel")
    if _empty(channel):
        return {}
    read = _taken(channel, _CHANNEL)
    number = f"{read['dial_code']}{read['sms_address']}"
    if not (number.isascii() and number.isdigit()):
        raise _cannot_keep("an SMS number that is not made of digits")
    consents = [_taken(each, _CONSENT) for each in read["sms_channel_consents"]]
    return {"sms_channel": {"full_sms_address": number, "sms_channel_consents": consents}}


def _lists(remote: JSON, wished: Sequence[str] | None) -> list[str]:
    lists = _unique(_array(remote, "list_memberships", most=None) if wished is None else wished)
    if len(lists) > MOST_LISTS:
        raise Refused(f"A contact can be on at most {MOST_LISTS} lists, and this would make {len(lists)}.")
    if remote.get("deleted_at") and not lists:
        raise Refused("Choose at least one list: Constant Contact brings a contact back by adding it to a list.")
    return lists


def _tags(remote: JSON, wished: Sequence[str] | None) -> JSON:
    held = _array(remote, "taggings", most=None)
    tags = _unique(held if wished is None else wished)
    if len(tags) > MOST_TAGS:
        raise Refused(f"A contact can have at most {MOST_TAGS} tags, and this would make {len(tags)}.")
    return {"taggings": tags} if tags or held else {}


def _taken(value: Any, shape: _Shape) -> JSON:
    """What PUT takes of one object, as it was read."""
    if not isinstance(value, dict):
        raise _cannot_keep(f"a {shape.word} of an unknown kind")
    _refuse_unknown(value, {*shape.takes, *shape.shows}, shape.word)
    taken = {name: value[name] for name in shape.takes if value.get(name) is not None}
    for name in shape.needs:
        if _empty(taken.get(name)):
            raise _cannot_keep(f"a {shape.word} without its {name}")
    for name, each in taken.items():
        _check(each, f"{shape.word}: {name}", shape.takes[name])
    return taken


def _check(value: Any, name: str, longest: int) -> None:
    """Texts and lists within their limits; numbers and yes or no as they are."""
    if isinstance(value, str):
        _text(value, name, longest)
    elif isinstance(value, list) and not any(isinstance(each, list) for each in value):
        if len(value) > longest:
            raise _cannot_keep(f"more than {longest} values in its {name}")
    elif not isinstance(value, int | float) or value in (math.inf, -math.inf):
        raise _cannot_keep(f"a value of an unknown kind ({name})")


def _text(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str):
        raise _cannot_keep(f"a value of an unknown kind ({name})")
    if len(value) > longest:
        raise _cannot_keep(f"a text longer than the {longest} characters Constant Contact takes ({name})")
    return value


def _array(remote: JSON, name: str, *, most: int | None) -> list[Any]:
    items = remote.get(name) or []
    if not isinstance(items, list):
        raise _cannot_keep(f"a value of an unknown kind ({name})")
    if most is not None and len(items) > most:
        raise _cannot_keep(f"{len(items)} entries in {name}, and Constant Contact takes {most} back")
    return items


def _refuse_unknown(value: JSON, known: Iterable[str], word: str) -> None:
    unknown = sorted(str(name) for name in set(value) - set(known) if not _empty(value[name]))
    if unknown:
        raise _cannot_keep(f"a field ccadmin does not know yet ({word}: {', '.join(unknown)})")


def _unique(ids: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(each) for each in ids))


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _cannot_keep(what: str) -> CannotKeep:
    return CannotKeep(
        f"This contact has {what}. Sending the contact back could clear or alter that, so nothing was sent. "
        "Make this change in Constant Contact itself: adding the address to a list there by hand brings a deleted "
        "contact back too. Whoever looks after ccadmin can tell more."
    )
