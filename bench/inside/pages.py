"""The pages, whole and through every middleware, but in process: without a server and without a network."""

from typing import Any

from bench.inside.visit import ASKED, Visit
from bench.measure import Series
from contacts.mirror.reading import folded
from contacts.models import Contact, ContactList

ABSENT = "qzxwv"
EVERYWHERE = "example"
TWO_LETTERS = "an"
MOST_ADDRESSES = 200


def every_page(seed: str) -> list[Series]:
    """Pages of people, searches, lists and single contacts, as a manager sees them."""
    visit = Visit(seed)
    visit.goal = "P6"
    found = [*_check(visit), *_contacts(visit), *_deleted(visit), *_searches(visit), *_lists(visit), *_contact(visit)]
    visit.goal = ""
    known = visit.addresses()
    whole = ["\n".join(visit.any_of(known, MOST_ADDRESSES)) for _ in range(ASKED)]
    return [*found, visit.forms("Check page, 200 addresses", "check", "q", whole)]


def _check(visit: Visit) -> list[Series]:
    return [
        visit.page("Home", "home"),
        visit.forms("Check page, one address", "check", "q", visit.any_of(visit.addresses())),
        visit.forms("Check page, an unknown address", "check", "q", [f"{ABSENT}@example.org"] * ASKED),
    ]


def _contacts(visit: Visit) -> list[Series]:
    shown = Contact.objects.filter(deleted_on=None).order_by("address_key", "id")
    largest, smallest = _sizes()
    asked: dict[str, dict[str, str]] = {
        "first page": {},
        "from the middle": {"after": _at(shown, 0.5)},
        "the last page": {"after": _at(shown, 0.9999)},
        "a common status": {"status": "active"},
        "a rare status": {"status": "hold"},
        "the largest list": {"list": largest},
        "the smallest list": {"list": smallest},
        "a list and a status": {"list": largest, "status": "unsubscribed"},
        "last changed first": {"sort": "-changed"},
    }
    return [visit.page(f"Contact list, {what}", "contact_list", query) for what, query in asked.items()]


def _deleted(visit: Visit) -> list[Series]:
    hidden = Contact.objects.ghosts().order_by("-deleted_to", "-id")
    asked: dict[str, dict[str, str]] = {
        "first page": {},
        "from the middle": {"after": _at(hidden, 0.5)},
        "the last page": {"after": _at(hidden, 0.9999)},
        "may come back": {"kind": "known"},
        "lists not known": {"kind": "unknown"},
    }
    return [visit.page(f"Deleted, {what}", "deleted_list", query) for what, query in asked.items()]


def _searches(visit: Visit) -> list[Series]:
    addresses = Contact.objects.filter(deleted_on=None).exclude(address="").values_list("address", flat=True)
    names = Contact.objects.filter(deleted_on=None).values_list("first_name", flat=True).distinct()
    accented = [name for name in names if not name.isascii() and folded(name).isascii()]
    gone = Contact.objects.ghosts().exclude(address="").values_list("address", flat=True)
    texts = {
        "rare text": visit.any_of(addresses[:50_000]),
        "accents": visit.any_of(accented),
        "text that all have": [EVERYWHERE] * ASKED,
        "absent text": [ABSENT] * ASKED,
        "two letters": [TWO_LETTERS] * ASKED,
    }
    hidden = texts | {"rare text": visit.any_of(gone[:50_000])}
    del hidden["accents"]
    return [
        *(visit.forms(f"Search contacts, {what}", "contact_list", "text", each) for what, each in texts.items()),
        *(visit.forms(f"Search deleted, {what}", "deleted_list", "text", each) for what, each in hidden.items()),
    ]


def _lists(visit: Visit) -> list[Series]:
    largest, smallest = _sizes()
    return [
        visit.page("Lists", "list_list"),
        visit.pages("One list, the largest", "list_detail", [largest] * ASKED, by="list_id"),
        visit.pages("One list, the smallest", "list_detail", [smallest] * ASKED, by="list_id"),
    ]


def _contact(visit: Visit) -> list[Series]:
    living = visit.any_of(Contact.objects.filter(deleted_on=None).values_list("remote_id", flat=True))
    hidden = visit.any_of(Contact.objects.ghosts().values_list("remote_id", flat=True))
    return [
        visit.pages("Contact page", "contact_detail", living),
        visit.pages("Contact page, deleted", "contact_detail", hidden),
    ]


def _sizes() -> tuple[str, str]:
    """The lists with the most and with the fewest members."""
    lists = [str(each) for each in ContactList.objects.order_by("-member_count").values_list("remote_id", flat=True)]
    return lists[0], lists[-1]


def _at(rows: Any, share: float) -> str:
    """The id of the row so far down, which names the page after it."""
    return str(rows.values_list("pk", flat=True)[int(rows.count() * share)])
