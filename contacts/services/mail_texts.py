"""The words of a mail: plain text with numbers, links without any token, and nothing about a contact."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.dateformat import format as format_date

from contacts.models import Letter, LinkedAccount
from contacts.rules.alerts import KINDS, telling
from contacts.selectors.alerts import address
from contacts.selectors.check import zone
from contacts.selectors.digest import Digest, digest
from contacts.templatetags.ccadmin import DAY


def of(letters: Sequence[Letter]) -> tuple[str, str]:
    """Subject and text for one person: alerts of one kind, or one digest."""
    first = letters[0]
    if first.week:
        return of_digest(digest(first.account, first.week))
    return of_alerts(letters)


def of_alerts(letters: Sequence[Letter]) -> tuple[str, str]:
    """Alerts of one kind on one account, the oldest first."""
    account, here, told = letters[0].account, zone(letters[0].account), []
    for alert in (letter.alert for letter in letters if letter.alert):
        words = telling(alert.kind, alert.detail)
        at = format_date(alert.at.astimezone(here), f"{DAY} H:i T")
        told.append({"words": words, "at": at, "url": address(account, words.page, args=words.args)})
        name = KINDS[alert.kind].name
    number = f" ({len(told)})" if len(told) > 1 else ""
    context = {"account": account, "told": told, "choices": address(account, "alert_list")}
    return _subject(account, f"{name}{number}"), render_to_string("mail/alerts.txt", context)


def of_digest(week: Digest) -> tuple[str, str]:
    """The numbers of one week."""
    days = f"{format_date(week.first, DAY)} to {format_date(week.last, DAY)}"
    context = {"digest": week, "days": days, "choices": address(week.account, "alert_list")}
    return _subject(week.account, f"the week from {days}"), render_to_string("mail/digest.txt", context)


def _subject(account: LinkedAccount, about: str) -> str:
    """One line, whatever name Constant Contact has for the account."""
    return f"{' '.join(account.name.split())}: {about}"
