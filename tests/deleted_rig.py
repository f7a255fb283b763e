"""An account whose contacts were deleted at moments the test chooses, for the tests of deleted contacts and spikes."""

import itertools
from datetime import UTC, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from contacts import mirror
from contacts.models import Contact, ContactList, LinkedAccount
from tests.rows import make_access, make_account, make_remote

LINKED = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
_number = itertools.count(1)


class Place:
    """An account with lists, a mirror, and people who look at it."""

    def __init__(self, client=None, *, lists=("Newsletter", "Course alerts"), **fields):
        self.client = client
        synced = timezone.now()
        self.account = make_account(known_since=LINKED, watermark=synced, synced_at=synced, **fields)
        items = [{"list_id": f"00000000-0000-4000-8000-{next(_number):012}", "name": name} for name in lists]
        mirror.store_lists(self.account, items, seen_at=LINKED)
        self.lists = [ContactList.objects.get(remote_id=each["list_id"]) for each in items]

    def sign_in(self, role="marketer"):
        person = make_access(self.account, role).user
        self.client.force_login(person)
        return person

    def store(self, number, *, seen_at=LINKED, since=None, name="p", lists=None, **parts):
        """So many active contacts, as a look sees them."""
        on = [str(each.remote_id) for each in (self.lists if lists is None else lists)]
        remotes = [
            make_remote(f"{name}{next(_number)}@example.org", list_memberships=on, **parts) for _ in range(number)
        ]
        mirror.store_page(self.account, remotes, fetched_at=seen_at, seen_at=seen_at, since=since)
        return remotes

    def delete(self, remotes, *, since=TUESDAY, seen_at=None, on=None, by_us=False):
        """They are deleted on the day ``on``; a look notices it between ``since`` and ``seen_at``."""
        seen_at = seen_at or since + QUARTER
        told = {"deleted_at": (on or seen_at.date()).isoformat(), "list_memberships": []}
        gone = [each | told for each in remotes]
        mirror.store_page(self.account, gone, fetched_at=seen_at, seen_at=seen_at, since=since, by_us=by_us)
        return gone

    def revive(self, remotes, *, seen_at, since=TUESDAY + QUARTER):
        back = [{name: value for name, value in each.items() if name != "deleted_at"} for each in remotes]
        back = [each | {"updated_at": seen_at.isoformat()} for each in back]
        mirror.store_page(self.account, back, fetched_at=seen_at, seen_at=seen_at, since=since)

    def contact(self, remote):
        return Contact.objects.get(remote_id=remote["contact_id"])

    def fresh(self):
        return LinkedAccount.objects.get(pk=self.account.pk)

    def url(self, name, query="", **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts}) + query

    def get(self, name, query="", **parts):
        return self.client.get(self.url(name, query, **parts))

    def text(self, response):
        assert response.status_code == 200
        return " ".join(response.content.decode().split())
