"""People of Harbour Street Cookery: a contact as it came, and what befell it later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from emulator.errors import JSON
from emulator.making import Maker, plain
from emulator.names import COMPANIES, DOMAINS, IRISH_FIRST, IRISH_LAST, JOBS, world_names
from emulator.story.ground import COOKERY, OPENED, Ground

LINKED = datetime(2026, 1, 6, 9, tzinfo=UTC)
SWEPT = datetime(2026, 11, 17, 14, 7, tzinfo=UTC)
QUIET_SINCE = datetime(2026, 10, 30, 18, tzinfo=UTC)
LAST_EVENING = datetime(2026, 11, 20, 21, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """Something that happens to one contact: ``verb`` names the operation of the story, ``values`` its arguments."""

    when: datetime
    verb: str
    values: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """``contact`` in GET shape as it was when it came; ``kind`` says which part it plays."""

    kind: str
    came: datetime
    contact: JSON
    events: tuple[Event, ...]


class Cast:
    """Makes everybody, always the same; ``weeks`` moves every date, so that weekdays stay true."""

    def __init__(self, weeks: int) -> None:
        self.ground = Ground(shift=timedelta(weeks=weeks))
        self.maker = Maker(Random("Harbour Street Cookery"), shift=timedelta(weeks=weeks))  # noqa: S311
        self._world = [each for each in world_names() if each[0] not in ("emoji", "mixed")]
        self._taken: set[str] = set()
        self.people: list[Person] = []

    def add(
        self,
        kind: str,
        came: datetime,
        *events: Event,
        lists: Sequence[str] = (),
        permission: str = "",
        address: str = "",
        source: str = "Account",
        **core: Any,
    ) -> Person:
        """One more person. Without ``address`` or a name, both are invented."""
        maker = self.maker
        permission = permission or maker.random.choice(("implicit", "implicit", "explicit"))
        core = core or self._core()
        address = address or self._address(core)
        self._taken.add(address)
        contact: JSON = {"account": COOKERY, "contact_id": maker.new_id(came)}
        contact["email_address"] = maker.email(address, permission=permission, at=came, source=source)
        contact |= core | {"create_source": source, "created_at": maker.stamp(came)}
        contact |= self._last_edit(came, events) | self._parts(came)
        contact["list_memberships"] = self.list_ids(lists)
        self.people.append(Person(kind, came, contact, tuple(sorted(events, key=lambda each: each.when))))
        return self.people[-1]

    def list_ids(self, names: Sequence[str]) -> list[str]:
        return [self.ground.list_ids[name] for name in names]

    def moment(self, first: datetime, last: datetime) -> datetime:
        return self.maker.between(first, last)

    def came(self) -> datetime:
        """Most came before the account was linked, one in twelve since."""
        if self.maker.random.random() < 0.92:
            return self.moment(OPENED, LINKED - timedelta(days=1))
        return self.moment(LINKED, QUIET_SINCE)

    def _core(self) -> JSON:
        random = self.maker.random
        first, last = IRISH_FIRST, IRISH_LAST
        if random.random() < 0.06:
            _, first, last = random.choice(self._world)
        core: JSON = {"first_name": random.choice(first), "last_name": random.choice(last)}
        if random.random() < 0.12:
            core |= {"job_title": random.choice(JOBS), "company_name": random.choice(COMPANIES)}
        if random.random() < 0.18:
            core |= {"birthday_month": random.randint(1, 12), "birthday_day": random.randint(1, 28)}
        return core

    def _address(self, core: JSON) -> str:
        first, last = plain(core["first_name"]) or "guest", plain(core["last_name"])
        name = self.maker.random.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}")).strip(".")
        domain = self.maker.random.choice(DOMAINS)
        candidate, number = f"{name}@{domain}", 1
        while candidate in self._taken:
            number += 1
            candidate = f"{name}{number}@{domain}"
        return candidate

    def _last_edit(self, came: datetime, events: Sequence[Event]) -> JSON:
        """Some were edited before they were linked; ``update_source`` is missing until the first update (section 4)."""
        until = min((each.when for each in events), default=LINKED)
        if came < min(until, LINKED) and self.maker.random.random() < 0.4:
            edited = self.moment(came, min(until, LINKED))
            return {"updated_at": self.maker.stamp(edited), "update_source": "Account"}
        return {"updated_at": self.maker.stamp(came)}

    def _parts(self, came: datetime) -> JSON:
        maker, random = self.maker, self.maker.random
        tags = random.sample(list(self.ground.tag_ids), random.choice((0, 0, 0, 0, 1, 1, 2)))
        values = {
            "Diet": random.choice(("vegetarian", "coeliac", "no shellfish", "—")),
            "Favourite course": random.choice(("Sourdough", "Oysters", "Dim sum", "Curry from scratch")),
            "First visit": came.date().isoformat(),
            "Voucher balance": f"{random.randrange(0, 200, 5)}.00",
        }
        chosen = random.sample(list(values), random.choice((0, 0, 1, 1, 2, 3)))
        notes = [maker.note(came, "Asked for a window seat.")] if random.random() < 0.02 else []
        return {
            "custom_fields": self.field_values({name: values[name] for name in chosen}),
            "phone_numbers": [maker.phone(came) for _ in range(random.choice((0, 0, 0, 1)))],
            "street_addresses": [maker.street_address(came)] if random.random() < 0.15 else [],
            "taggings": [self.ground.tag_ids[name] for name in tags],
            "notes": notes,
        }

    def field_values(self, values: dict[str, str]) -> list[JSON]:
        return [{"custom_field_id": self.ground.field_ids[name], "value": each} for name, each in values.items()]

    def late_alert(self, lists: Sequence[str]) -> tuple[list[str], Event]:
        """Joining Course alerts in January, when the winter dates were opened: the lists before, and the event."""
        when = self.moment(datetime(2026, 1, 7, 9, tzinfo=UTC), datetime(2026, 1, 29, 18, tzinfo=UTC))
        return [each for each in lists if each != "Course alerts"], self.join(when, lists)

    def join(self, when: datetime, lists: Sequence[str]) -> Event:
        """The account puts a contact on exactly these lists."""
        return Event(when, "change", {"list_memberships": self.list_ids(lists), "update_source": "Account"})

    def sweep(self) -> Event:
        """Deleted with the others, in the minute of 14:07 on Tuesday 17 November; its second says in which batch."""
        return Event(SWEPT + timedelta(seconds=self.maker.random.randrange(60)), "sweep")


def opt_out(when: datetime, *, by: str = "Contact", reason: str = "") -> Event:
    """Opted out, outside the API."""
    return Event(when, "opt_out", {"source": by, "reason": reason})
