"""One contact at the emulator, its copy here, and a person who may change it."""

import uuid
from contextlib import contextmanager

from django.utils import timezone

from contacts import mirror
from contacts.models import AuditEntry, Contact, ContactList, Tag, Write
from contacts.services import writing
from contacts.services.reactivate import reactivate
from tests.emulation import ACCOUNT, running_emulator
from tests.linking import link, point_at
from tests.rows import make_access, make_remote

NEWSLETTER, ALERTS, GALA = (f"0a1b2c3d-0000-11ee-8000-00000000000{n}" for n in (1, 2, 3))
NAMES = {NEWSLETTER: "Newsletter", ALERTS: "Course alerts", GALA: "Gala 2026"}
COOKERY, GIFT = (f"7a900000-0000-11ee-8000-00000000000{n}" for n in (1, 2))
TAGS = {COOKERY: "cookery-club", GIFT: "gift-buyer"}
TIMES = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
# Both readings of PUT, and of what its answer shows.
MODES = ["documented/filled", "strict/whole", "strict/core"]

RICH = {
    "job_title": "Baker",
    "birthday_month": 11,
    "birthday_day": 24,
    "anniversary": "2006-11-15",
    "phone_numbers": [
        {"phone_number_id": str(uuid.uuid4()), "phone_number": "+353 1 555 0100", "kind": "home", **TIMES}
    ],
    "street_addresses": [{"street_address_id": str(uuid.uuid4()), "kind": "home", "city": "Galway", **TIMES}],
}


@contextmanager
def loaded_emulator(**options):
    """An emulator with the lists and tags."""
    with running_emulator(**options) as running:
        running.state.load(
            lists=[
                {"account": ACCOUNT, "list_id": each, "name": name, "favorite": False, **TIMES}
                for each, name in NAMES.items()
            ],
            tags=[
                {"account": ACCOUNT, "tag_id": each, "name": name, "tag_source": "Contact", **TIMES}
                for each, name in TAGS.items()
            ],
        )
        yield running


@contextmanager
def emulated(settings, mode):
    """Such an emulator in one of ``MODES``, and settings that point at it."""
    switches = dict(zip(("put_mode", "write_answer"), mode.split("/"), strict=True))
    with loaded_emulator(switches=switches) as running:
        point_at(settings, running)
        settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
        yield running


class World:
    """A deleted contact at the emulator, or one that is not, its copy here, and an agent who may change it."""

    def __init__(self, emulation, *, role="agent", deleted=True, **parts):
        self.emulation = emulation
        self.account = link(emulation)
        self.agent = make_access(self.account, role).user
        since = {"deleted_at": "2026-11-17"} if deleted else {}
        self.remote = make_remote(**{**since, "taggings": [], **parts})
        emulation.state.load(contacts=[{"account": ACCOUNT, **self.remote}])
        for remote_id, name in NAMES.items():
            ContactList.objects.create(account=self.account, remote_id=remote_id, name=name)
        for remote_id, name in TAGS.items():
            Tag.objects.create(account=self.account, remote_id=remote_id, name=name)
        self.contact = self.look(self.remote)

    def look(self, remote):
        """What a sync would do with this contact."""
        now = timezone.now()
        return mirror.store_contact(self.account, remote, fetched_at=now, seen_at=now)

    def reactivate(self, **wish):
        return reactivate(
            self.contact,
            **{"by": self.agent, "lists": [NEWSLETTER, ALERTS], "basis": "asked_directly", "note": "4812", **wish},
        )

    def change(self, kind, **wish):
        """One change of this kind, the whole way."""
        write = writing.begin(Contact.objects.get(pk=self.contact.pk), kind=Write.Kind(kind), by=self.agent, **wish)
        return writing.carry_out(write)

    @property
    def puts(self):
        return self.emulation.requests("PUT", "/contacts/")

    @property
    def sent(self):
        """The methods of all calls that change something."""
        return [call["method"] for call in self.emulation.requests("", "/contacts/") if call["method"] != "GET"]

    @property
    def now(self):
        return self.emulation.get(
            f"/contacts/{self.remote['contact_id']}",
            include="custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes",
        ).json()

    def entries(self):
        return list(
            AuditEntry.objects.filter(account=self.account).order_by("sequence").values_list("action", "outcome")
        )
