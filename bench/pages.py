"""The pages, whole and through every middleware, but in process: without a server and without a network."""

from typing import Any

from django.db import transaction

from bench.measure import Series
from bench.visit import ASKED, Visit
from contacts import audit
from contacts.mirror.reading import folded
from contacts.models import AuditEntry, Contact, ContactList

ABSENT = "qzxwv"
EVERYWHERE = "example"
MOST_ADDRESSES = 200


def every_page(seed: str) -> list[Series]:
    """Pages of people, searches, single contacts and the history, as a manager sees them."""
    visit = Visit(seed)
    return [*_check(visit), *_lists(visit), *_searches(visit), *_contact(visit), *_audit(visit)]


def _check(visit: Visit) -> list[Series]:
    known = visit.addresses()
    whole = ["\n".join(visit.any_of(known, MOST_ADDRESSES)) for _ in range(ASKED)]
    return [
        visit.page("Home", "home"),
        visit.forms("Check page, one address", "check", "q", visit.any_of(known)),
        visit.forms("Check page, an unknown address", "check", "q", [f"{ABSENT}@example.org"] * ASKED),
        visit.forms("Check page, 200 addresses", "check", "q", whole),
    ]


def _lists(visit: Visit) -> list[Series]:
    shown = Contact.objects.filter(deleted_on=None).order_by("address_key", "id")
    hidden = Contact.objects.ghosts().order_by("-deleted_to", "-id")
    largest = ContactList.objects.order_by("-member_count")[0]
    return [
        visit.page("Contact list, first page", "contact_list"),
        visit.page("Contact list, from the middle", "contact_list", {"after": _middle(shown)}),
        visit.page("Contact list, one status", "contact_list", {"status": "unsubscribed"}),
        visit.page("Contact list, one list", "contact_list", {"list": str(largest.remote_id)}),
        visit.page("Contact list, last changed first", "contact_list", {"sort": "-changed"}),
        visit.page("Deleted, first page", "deleted_list"),
        visit.page("Deleted, from the middle", "deleted_list", {"after": _middle(hidden)}),
        visit.page("Deleted, may come back", "deleted_list", {"kind": "known"}),
    ]


def _searches(visit: Visit) -> list[Series]:
    addresses = Contact.objects.filter(deleted_on=None).exclude(address="").values_list("address", flat=True)
    names = Contact.objects.filter(deleted_on=None).values_list("first_name", flat=True).distinct()
    accented = [name for name in names if not name.isascii() and folded(name).isascii()]
    found = [("rare text", visit.any_of(addresses)), ("accents", visit.any_of(accented))]
    found += [("text that all have", visit.any_of([EVERYWHERE])), ("absent text", visit.any_of([ABSENT]))]
    return [
        *(visit.forms(f"Search contacts, {what}", "contact_list", "text", texts) for what, texts in found),
        visit.forms("Search deleted, absent text", "deleted_list", "text", visit.any_of([ABSENT])),
    ]


def _contact(visit: Visit) -> list[Series]:
    living = visit.any_of(Contact.objects.filter(deleted_on=None).values_list("remote_id", flat=True))
    hidden = visit.any_of(Contact.objects.ghosts().values_list("remote_id", flat=True))
    return [
        visit.pages("Contact page", "contact_detail", living),
        visit.pages("Contact page, deleted", "contact_detail", hidden),
        visit.pages("Contact history", "contact_history", living),
    ]


def _audit(visit: Visit) -> list[Series]:
    """The history with one entry for every ten contacts."""
    targets = visit.any_of(Contact.objects.values_list("remote_id", flat=True), visit.size // 10)
    with transaction.atomic():
        for each in targets:
            audit.record(
                "reactivate", AuditEntry.Outcome.CONFIRMED, by=visit.user, account=visit.account, target=str(each)
            )
    middle = _middle(AuditEntry.objects.order_by("-id"))
    return [
        visit.page(f"Audit page, {len(targets):,} entries", "audit_list"),
        visit.page("Audit page, from the middle", "audit_list", {"after": middle}),
        visit.page("Audit page, an action never done", "audit_list", {"q": "action:unlink"}),
    ]


def _middle(rows: Any) -> str:
    """The id of the row half-way down, which names the page after it."""
    return str(rows.values_list("pk", flat=True)[rows.count() // 2])
