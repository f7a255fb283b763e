"""Contacts as a CSV file (CC reference, section 15). Which columns the real file has is not known."""

import csv
import io
from collections.abc import Iterable, Sequence

from emulator.errors import JSON

_OF_EMAIL = {
    "email_address": "address",
    "email_optin_source": "opt_in_source",
    "email_optin_date": "opt_in_date",
    "email_optout_source": "opt_out_source",
    "email_optout_date": "opt_out_date",
    "email_optout_reason": "opt_out_reason",
}


def as_csv(contacts: Iterable[JSON], *, fields: Sequence[str]) -> str:
    """A head of field names and a row per contact; empty where it has no value."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(fields)
    for contact in contacts:
        email = contact.get("email_address") or {}
        writer.writerow([email.get(_OF_EMAIL[each]) if each in _OF_EMAIL else contact.get(each) for each in fields])
    return text.getvalue()
