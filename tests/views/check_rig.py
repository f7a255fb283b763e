"""A desk at which somebody checks addresses: an emulator, an account linked to it, its copy, and a browser."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.urls import reverse

from contacts import mirror
from contacts.models import Contact, ContactList
from tests.emulation import ACCOUNT, running_emulator
from tests.linking import link, point_at
from tests.rows import just_signed_in, make_access, make_remote

LISTS = {
    f"0a1b2c3d-0000-11ee-8000-00000000000{number}": name
    for number, name in enumerate(("Newsletter", "Course alerts", "Gala 2026"), start=1)
}
NEWSLETTER, ALERTS, GALA = LISTS
TIMES = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
BEFORE = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
NOTICED = BEFORE + timedelta(minutes=15)


class Desk:
    """``role`` sits at the desk; ``post`` and ``get`` name a view, ``htmx`` asks for its fragment."""

    def __init__(self, emulation, *, role="agent", **fields):
        self.emulation = emulation
        self.account = link(emulation, **fields)
        self.access = make_access(self.account, role)
        self.browser = Client()
        self.browser.force_login(self.access.user)
        just_signed_in(self.browser)
        for list_id, name in LISTS.items():
            ContactList.objects.create(account=self.account, remote_id=list_id, name=name)

    def contact(self, address, *, lists=(), was_on=(), held=True, copied=True, **parts):
        """A contact ``held`` at the emulator and ``copied`` here; ``was_on`` are its lists before it was deleted."""
        remote = make_remote(address, **{"list_memberships": list(lists), **parts})
        if held:
            self.emulation.state.load(contacts=[{"account": ACCOUNT, **remote}])
        if not copied:
            return None
        if "deleted_at" in remote and was_on is not None:
            alive = {key: value for key, value in remote.items() if key != "deleted_at"}
            self._look(alive | {"list_memberships": list(was_on)}, BEFORE, since=None)
            return self._look(remote, NOTICED, since=BEFORE)
        return self._look(remote, NOTICED, since=None)

    def ghost(self, address="maeve.doyle@example.net", *, was_on=(NEWSLETTER, ALERTS), **parts):
        """A deleted contact that may be brought back; ``was_on=None`` when it was deleted before we first looked."""
        return self.contact(address, **{"was_on": was_on, "deleted_at": "2026-11-17", **parts})

    def post(self, view, *, htmx=False, data=None, **where):
        headers = {"HX-Request": "true"} if htmx else {}
        return self.browser.post(self.url(view, **where), data or {}, headers=headers)

    def get(self, view, *, query="", **where):
        return self.browser.get(self.url(view, **where) + query)

    def check(self, text):
        return self.post("check", data={"q": text})

    def live(self, text, **data):
        return self.post("check_live", htmx=True, data={"q": text, **data})

    def url(self, view, **where):
        return reverse(view, kwargs={"account": self.account.slug, **where})

    def _look(self, remote, at, *, since):
        mirror.store_contact(self.account, remote, fetched_at=at, seen_at=at, since=since)
        return Contact.objects.get(account=self.account, remote_id=remote["contact_id"])


@contextmanager
def emulated(settings, **options):
    """An emulator with the three lists, and settings that point at it."""
    with running_emulator(**options) as running:
        point_at(settings, running)
        running.state.load(
            lists=[
                {"account": ACCOUNT, "list_id": list_id, "name": name, "favorite": False, **TIMES}
                for list_id, name in LISTS.items()
            ]
        )
        yield running
