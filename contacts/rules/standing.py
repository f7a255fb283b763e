"""How a contact stands with the account: the facts a verdict rests on, taken out of what Constant Contact sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Any, Self


@dataclass(frozen=True)
class Standing:
    """One contact's consent, deletion and lists. An empty text or None: Constant Contact says nothing.

    ``deleted_on`` is Constant Contact's own date. ``once_opted_out`` is our memory of an opt-out, which holds also
    when Constant Contact forgot it. ``odd`` names the facts that could not be read: nothing may be written then.
    Source: CC reference, section 8.
    """

    address: str = ""
    name: str = ""
    permission: str = ""
    confirm_status: str = ""
    opt_in_source: str = ""
    opt_in_date: datetime | None = None
    opt_out_source: str = ""
    opt_out_date: datetime | None = None
    opt_out_reason: str = ""
    deleted_on: date | None = None
    list_ids: tuple[str, ...] = ()
    once_opted_out: date | None = None
    odd: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any], *, once_opted_out: date | None = None) -> Self:
        """The standing of a contact in GET shape. Never raises; what cannot be read ends in ``odd``."""
        reader = _Reader()
        email = reader.mapping("email_address", raw.get("email_address"))
        return cls(
            address=reader.text("address", email.get("address")).strip(),
            name=_name(raw),
            permission=reader.text("permission_to_send", email.get("permission_to_send")),
            confirm_status=reader.text("confirm_status", email.get("confirm_status")),
            opt_in_source=reader.text("opt_in_source", email.get("opt_in_source")),
            opt_in_date=moment_of(email.get("opt_in_date")),
            opt_out_source=reader.text("opt_out_source", email.get("opt_out_source")),
            opt_out_date=reader.moment("opt_out_date", email.get("opt_out_date")),
            opt_out_reason=reader.text("opt_out_reason", email.get("opt_out_reason")),
            deleted_on=reader.day("deleted_at", raw.get("deleted_at")),
            list_ids=reader.ids("list_memberships", raw.get("list_memberships")),
            once_opted_out=once_opted_out,
            odd=tuple(reader.odd),
        )

    @property
    def deleted(self) -> bool:
        return self.deleted_on is not None

    @property
    def opted_out(self) -> bool:
        """Whether the record holds any trace of an opt-out, by whomever."""
        trace = self.opt_out_source or self.opt_out_date or self.opt_out_reason.strip()
        return self.permission == "unsubscribed" or bool(trace)

    @property
    def awaiting(self) -> bool:
        """Whether a confirmation was asked for and not given."""
        return self.permission == "pending_confirmation" or self.confirm_status == "pending"


def moment_of(value: Any) -> datetime | None:
    """An ISO 8601 time in any of the forms Constant Contact sends, with a zone; None when it is none.

    Nor is it one in the first or the last year of all: a page shows it in the account's zone, which can push it over
    the edge.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not MINYEAR < moment.year < MAXYEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Reader:
    """Reads one fact after the other and remembers which it did not understand."""

    def __init__(self) -> None:
        self.odd: list[str] = []

    def mapping(self, name: str, value: Any) -> Mapping[str, Any]:
        return value if isinstance(value, Mapping) else self._nothing(name, value, {})

    def text(self, name: str, value: Any) -> str:
        return value if isinstance(value, str) else self._nothing(name, value, "")

    def moment(self, name: str, value: Any) -> datetime | None:
        return moment_of(value) or self._nothing(name, value, None)

    def day(self, name: str, value: Any) -> date | None:
        """A date; a full time, as the guide's prose has it, gives its date."""
        moment = moment_of(value)
        return moment.date() if moment else self._nothing(name, value, None)

    def ids(self, name: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        return self._nothing(name, value, ())

    def _nothing[T](self, name: str, value: Any, nothing: T) -> T:
        if value is not None and value != "":
            self.odd.append(name)
        return nothing


def _name(raw: Mapping[str, Any]) -> str:
    parts = (raw.get("first_name"), raw.get("last_name"))
    return " ".join(each.strip() for each in parts if isinstance(each, str) and each.strip())
