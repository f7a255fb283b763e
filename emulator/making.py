"""Parts of a contact in the shape of GET, made from one random generator: the same generator, the same parts.

Shapes are those of CC reference, sections 4 and 8: times YYYY-MM-DDTHH:MM:SSZ, ids UUIDs of version 1.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from random import Random

from emulator.clock import stamp
from emulator.errors import JSON
from emulator.names import TOWNS

_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_OPTED_IN = ("explicit", "implicit")


class Maker:
    """``shift`` moves every written time, never an id: a story told a week later keeps its ids."""

    def __init__(self, random: Random, *, shift: timedelta = timedelta()) -> None:
        self.random = random
        self.shift = shift

    def stamp(self, moment: datetime) -> str:
        """``moment`` as Constant Contact writes it, shifted."""
        return stamp(moment + self.shift)

    def new_id(self, moment: datetime) -> str:
        """A version 1 UUID of that second with the node part that real ids show (section 4)."""
        ticks = int((moment - _GREGORIAN).total_seconds()) * 10_000_000 + self.random.randrange(10_000_000)
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0xFFF
        clock, node = 0x8000 | self.random.getrandbits(14), self.random.getrandbits(24)
        return f"{low:08x}-{middle:04x}-1{high:03x}-{clock:04x}-fa163e{node:06x}"

    def between(self, first: datetime, last: datetime) -> datetime:
        """A whole second in between, both ends included."""
        return first + timedelta(seconds=self.random.randint(0, int((last - first).total_seconds())))

    def email(self, address: str, *, permission: str, at: datetime, source: str) -> JSON:
        """The ``email_address`` of a contact who came at ``at`` and has not opted out."""
        email = {"address": address, "permission_to_send": permission}
        email |= {"created_at": self.stamp(at), "updated_at": self.stamp(at)}
        if permission in _OPTED_IN:
            email |= {"opt_in_source": source, "opt_in_date": self.stamp(at)}
        return email | {"confirm_status": "pending" if permission == "pending_confirmation" else "off"}

    def phone(self, at: datetime) -> JSON:
        """A number from a range kept free for fiction."""
        times = {"created_at": self.stamp(at), "updated_at": self.stamp(at)}
        kind = self.random.choice(("mobile", "mobile", "home", "work", "other"))
        number = f"020 91{self.random.randrange(10):d} {self.random.randrange(10000):04d}"
        phone = {"phone_number_id": self.new_id(at), "phone_number": number, "kind": kind}
        return phone | times | {"update_source": "Account", "create_source": "Account"}

    def street_address(self, at: datetime, *, kind: str = "home") -> JSON:
        street, city, state, code, country = self.random.choice(TOWNS)
        address = {"street_address_id": self.new_id(at), "kind": kind, "street": street, "city": city, "state": state}
        address |= {"postal_code": code, "country": country}
        filled = {name: value for name, value in address.items() if value}
        return filled | {"created_at": self.stamp(at), "updated_at": self.stamp(at)}

    def note(self, at: datetime, content: str) -> JSON:
        return {"note_id": self.new_id(at), "created_at": self.stamp(at), "content": content}


def plain(text: str) -> str:
    """The letters a to z of ``text``, accents dropped: what people make addresses of."""
    folded = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ø", "o").replace("ß", "ss")).lower()
    return "".join(each for each in folded if "a" <= each <= "z")
