"""Any number of realistic contacts: the same seed, the same contacts (design, section 9).

Thirty in a hundred are deleted, twenty unsubscribed, a few await confirmation, are on hold or have no permission set,
one has no address (SMS only). Names come in many scripts; now and then there is a property nobody documents.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from emulator.errors import JSON
from emulator.making import Maker, plain
from emulator.names import COMPANIES, DOMAINS, IRISH_FIRST, IRISH_LAST, JOBS, world_names
from emulator.people import Role, User
from emulator.state import State

ACCOUNT: JSON = {
    "encoded_account_id": "a07e1l8cdif9dl",
    "organization_name": "Generated Contacts",
    "contact_email": "owner@generated.example.com",
    "country_code": "ie",
    "first_name": "Orla",
    "last_name": "Byrne",
    "time_zone_id": "Europe/Dublin",
}
OWNER = User(
    login=ACCOUNT["contact_email"],
    name="Orla Byrne",
    role=Role.OWNER,
    account_id=ACCOUNT["encoded_account_id"],
    account_name=ACCOUNT["organization_name"],
    number=1,
)

OPENED = datetime(2015, 1, 5, 9, tzinfo=UTC)
LAST_DAY = datetime(2026, 11, 20, 18, tzinfo=UTC)

_LISTS = ("Newsletter", "Customers", "Événements", "Übersee", "Prospects 🌱", "会员", "Members < 30 & over", "Lapsed")
_TAGS = ("vip", "coeliac", "Χορηγός", "event-2025", "do not phone")
_FIELDS = {"Customer ID": "string", "First visit": "date", "Diet": "multi_select", "Voucher balance": "currency"}
_DIETS = ("none", "vegetarian", "vegan", "coeliac")
_PERMISSIONS = ("explicit", "implicit", "pending_confirmation", "temp_hold", "not_set")
_WEIGHTS = (42, 53, 2, 1, 2)
_REASONS = ("", "", "Too many emails", "Not interested any more", "I never signed up")


class Generated:
    """One account's lists, tags and custom fields, and its contacts, all in the shape of GET."""

    def __init__(self, seed: int) -> None:
        self.maker = Maker(Random(f"ccadmin {seed}"))  # noqa: S311 (invented data)
        self.lists = [self._named("list_id", name) | {"favorite": name == "Newsletter"} for name in _LISTS]
        self.tags = [self._named("tag_id", name) | {"tag_source": "Contact"} for name in _TAGS]
        self.custom_fields = [self._field(label, kind) for label, kind in _FIELDS.items()]
        self._world = world_names()

    def contacts(self, number: int) -> Iterator[JSON]:
        """The first ``number`` contacts. They can be walked once."""
        return (self._contact(place) for place in range(number))

    def _named(self, key: str, name: str) -> JSON:
        times = {"created_at": self.maker.stamp(OPENED), "updated_at": self.maker.stamp(OPENED)}
        return {key: self.maker.new_id(OPENED), "name": name, **times}

    def _field(self, label: str, kind: str) -> JSON:
        field = self._named("custom_field_id", label.lower().replace(" ", "_")) | {"label": label, "type": kind}
        if kind == "multi_select":
            field["choices"] = [
                {"choice_id": place, "choice_label": diet, "display_order": place}
                for place, diet in enumerate(_DIETS, start=1)
            ]
        return field | {"version": 1}

    def _contact(self, place: int) -> JSON:
        maker, random = self.maker, self.maker.random
        born = maker.between(OPENED, LAST_DAY)
        deleted = random.random() < 0.3
        changed = maker.between(born, LAST_DAY) if deleted or random.random() < 0.4 else born
        contact: JSON = {"contact_id": maker.new_id(born)} | self._person()
        contact |= {"create_source": random.choice(("Account", "Contact")), "created_at": maker.stamp(born)}
        contact["updated_at"] = maker.stamp(changed)
        if changed > born:
            contact["update_source"] = "Account"
        contact |= self._parts(born)
        if random.random() < 0.01:
            contact["sms_channel"] = self._sms(born, place)
        else:
            contact["email_address"] = self._email(contact, place, born=born, last=changed if deleted else LAST_DAY)
        if deleted:
            contact |= {"deleted_at": contact["updated_at"][:10], "list_memberships": []}
        if random.random() < 0.02:
            contact |= random.choice(({"loyalty_tier": "gold"}, {"x_source": {"till": random.randrange(9)}}))
        return contact

    def _person(self) -> JSON:
        """The core properties; empty ones are left out as in recorded answers (section 4)."""
        random = self.maker.random
        first, last = IRISH_FIRST, IRISH_LAST
        if random.random() < 0.5:
            _, first, last = random.choice(self._world)
        person: JSON = {}
        if random.random() < 0.95:
            person["first_name"] = random.choice(first)
        if random.random() < 0.9:
            person["last_name"] = random.choice(last)
        if random.random() < 0.15:
            person |= {"job_title": random.choice(JOBS), "company_name": random.choice(COMPANIES)}
        if random.random() < 0.2:
            person |= {"birthday_month": random.randint(1, 12), "birthday_day": random.randint(1, 28)}
        if random.random() < 0.05:
            person["anniversary"] = f"{random.randint(1975, 2024)}-{random.randint(1, 12):02d}-14"
        return person

    def _email(self, contact: JSON, place: int, *, born: datetime, last: datetime) -> JSON:
        """An address of its own, and the consent behind it."""
        random, source = self.maker.random, contact["create_source"]
        name = plain(contact.get("first_name", "")) or "contact"
        sign = "+" if random.random() < 0.03 else "."
        address = f"{name}{sign}{place:x}@{random.choice(DOMAINS)}"
        if random.random() < 0.03:
            address = address.title()
        permission = random.choices(_PERMISSIONS, _WEIGHTS)[0]
        email = self.maker.email(address, permission=permission, at=born, source=source)
        return self._opted_out(email, since=born, until=last) if random.random() < 0.2 else email

    def _opted_out(self, email: JSON, *, since: datetime, until: datetime) -> JSON:
        """As Constant Contact keeps it: the opt-in fields are gone, and the contact's own updated_at has not moved."""
        random = self.maker.random
        at = self.maker.stamp(self.maker.between(since, until))
        kept = {name: email[name] for name in ("address", "created_at")}
        kept |= {"permission_to_send": "unsubscribed", "confirm_status": "off", "updated_at": at}
        kept |= {"opt_out_source": random.choice(("Contact",) * 4 + ("Account",)), "opt_out_date": at}
        reason = random.choice(_REASONS)
        return kept | ({"opt_out_reason": reason} if reason else {})

    def _parts(self, born: datetime) -> JSON:
        maker, random = self.maker, self.maker.random
        lists = random.sample(self.lists, random.choice((0, 1, 1, 1, 2, 2, 3, 5)))
        tags = random.sample(self.tags, random.choice((0, 0, 0, 1, 2)))
        fields = random.sample(self.custom_fields, random.choice((0, 0, 1, 2, 4)))
        notes = ["Met at the market 🍞\nWrote it down."] if random.random() < 0.03 else []
        return {
            "custom_fields": [self._value(each) for each in fields],
            "list_memberships": [each["list_id"] for each in lists],
            "phone_numbers": [maker.phone(born) for _ in range(random.choice((0, 0, 0, 1, 1, 2)))],
            "street_addresses": [maker.street_address(born)] if random.random() < 0.25 else [],
            "taggings": [each["tag_id"] for each in tags],
            "notes": [maker.note(born, each) for each in notes],
        }

    def _value(self, field: JSON) -> JSON:
        random, own = self.maker.random, {"custom_field_id": field["custom_field_id"]}
        match field["type"]:
            case "multi_select":
                return own | {"choice_ids": [str(each) for each in sorted(random.sample((1, 2, 3, 4), 2))]}
            case "date":
                return own | {"value": f"{random.randint(2015, 2026)}-0{random.randint(1, 9)}-1{random.randrange(10)}"}
            case "currency":
                return own | {"value": f"{random.randrange(20000) / 100:.2f}"}
        return own | {"value": f"C-{random.randrange(10**6):06d}"}

    def _sms(self, born: datetime, place: int) -> JSON:
        """The only channel of a contact without an address (section 8)."""
        at = self.maker.stamp(born + timedelta(seconds=1))
        consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms", "opt_in_date": at}
        channel = {"sms_channel_id": self.maker.new_id(born), "sms_address": f"209{place:07d}", "dial_code": "353"}
        channel |= {"country_code": "IE", "create_source": "Contact", "update_source": "Contact"}
        return channel | {"sms_channel_consents": [consent | {"created_at": at, "updated_at": at}]}


def generate(number: int, seed: int) -> Iterator[JSON]:
    """``number`` contacts in the shape of GET with every subresource."""
    return Generated(seed).contacts(number)


def fill(state: State, number: int, *, seed: int) -> None:
    """Load the generated account with ``number`` contacts into an empty state."""
    made, own = Generated(seed), {"account": ACCOUNT["encoded_account_id"]}
    state.load(
        accounts=[ACCOUNT],
        lists=(own | each for each in made.lists),
        tags=(own | each for each in made.tags),
        custom_fields=(own | each for each in made.custom_fields),
        contacts=(own | each for each in made.contacts(number)),
    )
