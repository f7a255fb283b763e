"""Addresses of our copy that look much like one that nobody knows: a letter off, or only dots and a tag apart."""

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from contacts.models import Contact, LinkedAccount
from contacts.rules.addresses import near, neighbours

CANDIDATES = 500
SHOWN = 5
# Some two thousand addresses as one parameter; Django takes longer to write as many marks than a database to answer.
AMONG = {
    "sqlite": "contacts_contact.address_key IN (SELECT value FROM json_each(%s))",
    "postgresql": "contacts_contact.address_key = ANY(%s)",
}


def near_matches(account: LinkedAccount, address: str) -> list[Contact]:
    """At most five contacts whose address is ``near`` this one, in two queries that an index answers, or three.

    Names that differ in dots are sought among those that begin with the same three letters, at the same domain.
    """
    key = address.lower()
    name, _, domain = key.partition("@")
    stem = name[:3]
    known = Contact.objects.filter(account=account, missing_since=None).light()
    one_off = {contact.pk: contact for contact in known.filter(_among(neighbours(key)))[:SHOWN]}
    # A range and not LIKE, which no plain index of either database answers. Letters end it in every collation.
    same_start = Q(address_key__gte=stem, address_key__lt=f"{stem}zzzz")
    dotted = known.filter(same_start, address_key__endswith=f"@{domain}").order_by("address_key")
    alike = [pk for pk, other in dotted.values_list("pk", "address_key")[:CANDIDATES] if near(key, other)]
    more = [pk for pk in alike if pk not in one_off][:SHOWN]
    found = [*one_off.values(), *(Contact.objects.filter(pk__in=more).light() if more else ())]
    return sorted(found, key=lambda contact: contact.address_key)[:SHOWN]


def _among(addresses: Iterable[str]) -> RawSQL:
    wanted = [each for each in addresses if "\x00" not in each]
    value = json.dumps(wanted) if connection.vendor == "sqlite" else wanted
    return RawSQL(AMONG[connection.vendor], [value], output_field=BooleanField())  # noqa: S611
