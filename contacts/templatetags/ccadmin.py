"""What pages say again and again: icons, the badge of a status, an address, ages and moments."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contacts import trace
from contacts.rules.roles import Right, Role
from contacts.rules.roles import may as role_may
from contacts.rules.words import day as words_of_day

register = template.Library()
DAY = "j M Y"
BLANK = UUID(int=10**17 + 1)
HALF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Look:
    """How a status is shown: never by colour alone, so it has a word and one or two shapes."""

    word: str
    icons: tuple[str, ...]
    tone: str
    meaning: str


# The table of words: the label is Constant Contact's own, the meaning is what a hover and a card explain.
LOOKS: Mapping[str, Look] = {
    "active": Look("Active", ("circle-filled",), "good", "Can be emailed. Counts towards your contact tier."),
    "on_no_list": Look(
        "On no list", ("circle-dashed",), "note", "Active, and counts for the bill, but no list reaches them."
    ),
    "unsubscribed": Look(
        "Unsubscribed", ("circle-minus",), "bad", "Opted out by the contact. Only they can come back."
    ),
    "unsubscribed_by_account": Look(
        "Unsubscribed", ("circle-minus",), "bad", "Unsubscribed by your account in Constant Contact."
    ),
    "awaiting": Look(
        "Awaiting confirmation", ("hourglass",), "note", "Was sent a confirmation email and has not answered it yet."
    ),
    "no_permission": Look(
        "No permission set", ("circle",), "plain", "In your account without permission to email them."
    ),
    "hold": Look("Temporary hold", ("player-pause",), "note", "Held back from mailing in your account."),
    "deleted": Look(
        "Deleted", ("trash",), "gone", "Hidden in Constant Contact. The record still exists and blocks new sign-ups."
    ),
    "deleted_opted_out": Look(
        "Deleted · opted out",
        ("trash", "circle-minus"),
        "bad",
        "Hidden in Constant Contact, and had opted out before. Only they can come back.",
    ),
    "deleted_by_account_optout": Look(
        "Deleted · unsubscribed", ("trash", "circle-minus"), "bad", "Hidden, and unsubscribed by your account before."
    ),
    "deleted_awaiting": Look(
        "Deleted · awaiting confirmation", ("trash", "hourglass"), "gone", "Hidden, and never confirmed the sign-up."
    ),
    "deleted_hold": Look("Deleted · on hold", ("trash", "player-pause"), "gone", "Hidden, and was held back before."),
    "not_here": Look("Not in this account", (), "plain", "Constant Contact has no record of this address here."),
    "no_address": Look("No address", ("mail-off",), "plain", "A contact without an email address."),
}
NOT_UNDERSTOOD = Look(
    "Not understood", ("question-mark",), "plain", "Constant Contact sent a status that ccadmin does not know."
)


@register.simple_tag
@lru_cache(maxsize=512, typed=True)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration, and a screen reader passes over it."""
    href = f"{static('vendor/tabler-icons/sprite.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def request_number() -> str:
    """The number of the request under way, as in the log. It is not asked of the request, which may be what broke."""
    return trace.number()


@register.simple_tag
@lru_cache(maxsize=512, typed=True)
def status(state: object, suffix: str = "") -> SafeString:
    """The badge of a contact's status, by the name a verdict or a row gives it: shape, word, colour."""
    look = LOOKS.get(str(state), NOT_UNDERSTOOD)
    icons = format_html_join("", "{}", ((icon(name),) for name in look.icons))
    word = f"{look.word} {suffix}".strip()
    return format_html(
        '<span class="status status-{}" title="{}">{}<span>{}</span></span>', look.tone, look.meaning, icons, word
    )


@register.simple_tag
def address(text: str, *, deleted: object = False) -> SafeString:
    """An address as typed; a deleted one is struck through, and says so to those who cannot see the line."""
    if not text:
        return format_html('<span class="quiet">{}</span>', "no address")
    if deleted:
        return format_html('<s class="address">{}</s><span class="visually-hidden"> (deleted)</span>', text)
    return format_html('<span class="address">{}</span>', text)


@register.simple_tag(takes_context=True)
def age(context: Context, when: datetime | None, *, never: str = "never") -> SafeString | str:
    """``4 min ago`` under a day, then the date; the exact moment and its zone on hover."""
    if when is None:
        return never
    local = when.astimezone(zone_of(context))
    words = ago(timezone.now() - when) or words_of_day(local)
    return format_html('<time datetime="{}" title="{}" data-age>{}</time>', when.isoformat(), exact(local), words)


@register.simple_tag(takes_context=True)
def moment(context: Context, when: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """``19 Nov 2026 10:12`` in the account's own time zone, the zone on hover."""
    if when is None:
        return ""
    local = when.astimezone(zone_of(context))
    words = f"{words_of_day(local)} {local:%H:%M:%S}" if seconds else f"{words_of_day(local)} {local:%H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), exact(local), words)


@register.simple_tag(takes_context=True)
def window(context: Context, start: datetime | None, end: datetime | None) -> SafeString | str:
    """``17 Nov 2026 14:00 to 14:15``: between these two looks something changed."""
    if start is None or end is None:
        return moment(context, end or start)
    zone = zone_of(context)
    first, last = start.astimezone(zone), end.astimezone(zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{words_of_day(last)} {last:%H:%M}"
    since = f"{words_of_day(first)} {first:%H:%M}"
    return format_html('<span title="{}">{} to {}</span>', exact(last), since, until)


@register.simple_tag(takes_context=True)
def address_like(context: Context, name: str, part: str) -> str:
    """The address of a page of this account with a blank where ``part`` stands, for the filter ``at`` to fill in.

    A table of fifty rows asks for its addresses once, not fifty times. ``part`` is ``pk``, ``remote_id`` or ``job``.
    """
    blank = BLANK if part == "remote_id" else BLANK.int
    return reverse(name, kwargs={"account": context["request"].account.slug, part: blank}).replace(str(blank), "{}")


@register.filter
def at(address: str, part: object) -> str:
    """The address of ``address_like`` with this number or id in its blank."""
    return address.replace("{}", str(part))


@register.filter
def day(when: date | None) -> str:
    """``17 Nov 2026``, for dates that have no clock time."""
    return words_of_day(when) if when else ""


@register.filter
def may(role: Role, right: str) -> bool:
    """Whether the role holds the right of this name: ``{% if request.role|may:"bulk" %}``."""
    return role_may(role, Right(right))


@register.filter
def as_json(value: object) -> str:
    """A value as Constant Contact sends it, indented for reading."""
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        # Nested deeper than any indentation could show.
        text = json.dumps(value, ensure_ascii=False)
    # UTF-8 has no bytes for half of a surrogate pair, so it is shown as the escape that was sent.
    return HALF_A_PAIR.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def zone_of(context: Context) -> tzinfo:
    """The time zone of the account the page is about, else the installation's."""
    account = getattr(context.get("request"), "account", None)
    try:
        return ZoneInfo(account.time_zone) if account else timezone.get_current_timezone()
    except (ZoneInfoNotFoundError, ValueError):
        # The name is Constant Contact's; this machine may not know it.
        return timezone.get_current_timezone()


def ago(passed: timedelta) -> str:
    """``just now``, ``8 s ago``, ``4 min ago``, ``2 h 10 min ago``; nothing from a day on."""
    seconds = int(passed.total_seconds())
    if seconds >= 24 * 3600:
        return ""
    return "just now" if seconds < 5 else f"{span(passed)} ago"


def span(length: timedelta) -> str:
    """``8 s``, ``4 min``, ``2 h 10 min``, ``3 days``."""
    seconds = int(length.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if seconds < 60:
        return f"{seconds} s"
    if hours == 0:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days" if hours >= 48 else "1 day"


def exact(local: datetime) -> str:
    """The moment to the second, with the name of its zone."""
    return f"{words_of_day(local)} {local:%H:%M:%S %Z}"
