"""Time zones by the names that Constant Contact gives, and what day it was in them."""

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> tzinfo:
    """The time zone of this name; this machine may not know it, then UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def day_of_deletion(noticed_from: datetime | None, noticed_to: datetime, on: date, here: tzinfo) -> date:
    """The day of a deletion that was noticed between two looks, and to which Constant Contact gives the date ``on``.

    It is as late as it can have been: the windows of the deleted (``selectors.windows``) place it by the same rule.
    """
    latest = min(noticed_to.astimezone(here).date(), on)
    return max(latest, noticed_from.astimezone(here).date()) if noticed_from else latest
