"""Looks at Constant Contact for the tests of the mirror: pages as they would come, a quarter of an hour apart."""

from datetime import UTC, datetime, timedelta

from contacts import mirror
from contacts.models import Contact, ContactList, Membership

FIRST = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def look(account, *remotes, turn=0, **options):
    """Store these contacts as the ``turn``-th look shows them; the first has nothing before it."""
    at = FIRST + turn * QUARTER
    return mirror.store_page(
        account, remotes, **{"fetched_at": at, "seen_at": at, "since": at - QUARTER if turn else None} | options
    )


def moment(turn):
    return FIRST + turn * QUARTER


def row(remote):
    return Contact.objects.get(remote_id=remote["contact_id"])


def events(remote):
    return [(each.kind, each.sure) for each in row(remote).events.order_by("id")]


def on_lists(remote):
    """CC's ids of the lists the contact is on."""
    ids = Membership.objects.filter(contact=row(remote), ended_at=None).values_list("list__remote_id", flat=True)
    return sorted(map(str, ids))


def make_lists(account, *names):
    """Lists as CC gives them, stored; their ids in the order of the names."""
    items = [{"list_id": f"00000000-0000-4000-8000-{number:012}", "name": name} for number, name in enumerate(names)]
    mirror.store_lists(account, items, seen_at=FIRST)
    assert ContactList.objects.filter(account=account).count() == len(names)
    return [item["list_id"] for item in items]
