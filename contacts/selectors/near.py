"""Addresses of our copy that look much like one that nobody knows: a letter off, or only dots and a tag apart."""

from django.db.models import Q

from contacts.models import Contact, LinkedAccount
from contacts.rules.addresses import near, neighbours

CANDIDATES = 500
SHOWN = 5


def near_matches(account: LinkedAccount, address: str) -> list[Contact]:
    """At most five contacts whose address is ``near`` this one, in two queries that an index answers.

    Names that differ in dots are sought among those that begin with the same three letters, at the same domain.
    """
    key = address.lower()
    name, _, domain = key.partition("@")
    stem = name[:3]
    known = Contact.objects.filter(account=account, missing_since=None).light()
    one_off = list(known.filter(address_key__in=neighbours(key))[:SHOWN])
    # A range and not LIKE, which no plain index of either database answers. Letters end it in every collation.
    same_start = Q(address_key__gte=stem, address_key__lt=f"{stem}zzzz")
    dotted = known.filter(same_start, address_key__endswith=f"@{domain}").order_by("address_key")[:CANDIDATES]
    found = {contact.pk: contact for contact in (*one_off, *dotted) if near(key, contact.address_key)}
    return sorted(found.values(), key=lambda contact: contact.address_key)[:SHOWN]
