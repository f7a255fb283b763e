"""Made-up contacts in the shape of GET with every subresource; hypothesis draws the seed of each."""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

JSON = dict[str, Any]

PERMISSIONS = ("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
AGREED = ("explicit", "implicit", "not_set")
AT = "2026-03-04T05:06:07Z"
KINDS = ("home", "work", "other")
SOURCES = ("Account", "Contact")
TEXTS = ("Ó", "0", "O'Brien", "<b>", "名前", "🌱", "\x00", "\ud800", "=1+1", " x ", "null", "e\u0301", "−", "a" * 25)
CORE = ("first_name", "last_name", "job_title", "company_name")

_seeds = st.integers(min_value=0, max_value=2**63).map(Random)


def an_id(random: Random) -> str:
    return f"3fa85f64-5717-4562-b3fc-{random.randrange(1, 60):012}"


def several(random: Random, make: Callable[[Random], Any], most: int) -> list[Any]:
    return [make(random) for _ in range(random.randint(0, most))]


def some_ids(random: Random, least: int, most: int) -> list[str]:
    return list(dict.fromkeys(an_id(random) for _ in range(random.randint(least, most))))


def some(random: Random, values: JSON) -> JSON:
    """About half of these properties."""
    return {name: value for name, value in values.items() if random.random() < 0.5}


def phone(random: Random) -> JSON:
    shown = {"create_source": "Contact", "update_source": "Account", "kind": random.choice((*KINDS, "mobile"))}
    number = {"phone_number": random.choice(TEXTS), "phone_number_id": an_id(random), "created_at": AT}
    return number | some(random, shown | {"updated_at": AT})


def street(random: Random) -> JSON:
    parts = {name: random.choice(TEXTS) for name in ("street", "city", "state", "postal_code", "country")}
    return {"kind": random.choice(KINDS), "street_address_id": an_id(random)} | some(random, parts | {"created_at": AT})


def custom_field(random: Random) -> JSON:
    value = {"value": random.choice((*TEXTS, 7, 1.5, True)), "choice_ids": [random.choice(TEXTS)]}
    return {"custom_field_id": an_id(random)} | some(random, value)


def note(random: Random) -> JSON:
    return {"note_id": an_id(random), "created_at": AT, "content": random.choice(TEXTS)}


def channel(random: Random) -> JSON:
    consent = {"sms_consent_permission": random.choice(("explicit", "unsubscribed")), "consent_type": "promotional_sms"}
    number = {"dial_code": random.choice(("1", "353")), "sms_address": str(random.randrange(10**6, 10**9))}
    shown = some(random, {"create_source": "Contact", "country_code": "IE", "sms_channel_id": an_id(random)})
    return number | shown | {"sms_channel_consents": [consent | some(random, {"opt_in_date": AT, "created_at": AT})]}


def email(random: Random, permissions: tuple[str, ...]) -> JSON:
    address = random.choice(("Maeve.Doyle@example.net", "brian@example.org", "名@例.example"))
    shown = {"opt_in_source": random.choice(SOURCES), "opt_in_date": AT, "created_at": AT, "confirm_status": "off"}
    return {"address": address, "permission_to_send": random.choice(permissions)} | some(random, shown)


def contact(random: Random, *, deleted: bool, permissions: tuple[str, ...]) -> JSON:
    """A contact as GET with every subresource shows it; nothing in it is odd."""
    made: JSON = {
        "contact_id": an_id(random),
        "create_source": random.choice(SOURCES),
        "created_at": AT,
        "custom_fields": several(random, custom_field, 3),
        "phone_numbers": several(random, phone, 3),
        "street_addresses": several(random, street, 2),
        "taggings": some_ids(random, 0, 4),
        "notes": several(random, note, 2),
        "list_memberships": [] if deleted else some_ids(random, 0, 4),
    }
    optional = {name: random.choice(TEXTS) for name in CORE} | {"anniversary": "2006-11-15", "updated_at": AT}
    made |= some(random, optional | {"sms_channel": channel(random), "update_source": "Contact"})
    if deleted or random.random() < 0.9:
        made["email_address"] = email(random, permissions)
    if random.random() < 0.5:
        made |= {"birthday_month": random.randint(1, 12), "birthday_day": random.randint(1, 31)}
    return made | ({"deleted_at": "2026-11-17"} if deleted else {})


def remotes(*, deleted: bool | None = None, permissions: tuple[str, ...] = AGREED) -> st.SearchStrategy[JSON]:
    """Contacts, deleted or not; None for some of each."""

    def make(random: Random) -> JSON:
        gone = random.random() < 0.5 if deleted is None else deleted
        return contact(random, deleted=gone, permissions=permissions)

    return _seeds.map(make)


wishes = _seeds.map(lambda random: some_ids(random, 1, 60)[:50])
