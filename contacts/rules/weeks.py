"""Weeks as the people of an account count them: from Monday to Sunday on their own clock, told on Monday at seven."""

from datetime import date, datetime, time, timedelta, tzinfo

TOLD_AT = time(7)
WEEK = timedelta(days=7)


def told_last(now: datetime, zone: tzinfo) -> datetime:
    """The latest Monday 07:00 of ``zone`` that is not later than ``now``."""
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    told = datetime.combine(monday, TOLD_AT, tzinfo=zone)
    return told if told <= local else datetime.combine(monday - WEEK, TOLD_AT, tzinfo=zone)


def window(ended: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The seven days before the Monday ``ended``: from midnight to midnight there, so 167 to 169 hours."""
    begins, ends = (datetime.combine(each, time.min, tzinfo=zone) for each in (ended - WEEK, ended))
    return begins, ends
