"""What of a contact can stand in a file: groups that a person chooses among, and the columns of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from contacts.models import Contact

JSON = dict[str, Any]
PHONES: Final = ("home", "work", "mobile", "other")
_NUMBERS: Final = ("phone_numbers", "phone_number")
STREETS: Final = ("home", "work", "other")
PARTS: Final = {"street": "street", "city": "city", "state": "state", "postal_code": "zip", "country": "country"}
#: What comes from other tables than the contacts', under these names.
LISTS, FORMER, TAGS, REMOTE = "lists", "former", "tags", "remote"
STATUSES: Final = dict(Contact.Status.choices)


class Column(NamedTuple):
    """``field`` is a column of ``Contact``, or one of the four names above; ``shown`` makes text of its value."""

    label: str
    field: str
    shown: Callable[[Any], str] = str


@dataclass(frozen=True)
class Group:
    """Columns that are chosen together. ``usual`` are those that are ticked unless somebody says otherwise."""

    key: str
    label: str
    columns: tuple[Column, ...]
    usual: bool = True


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _status(value: str) -> str:
    return STATUSES.get(value, value)


def _sent(name: str) -> Callable[[JSON], str]:
    """A value as Constant Contact sent it."""

    def shown(remote: JSON) -> str:
        value = remote.get(name)
        return "" if value is None else str(value)

    return shown


def _each(name: str, part: str, **kept: str) -> Callable[[JSON], str]:
    """One part of those of a contact's many things that have these properties."""

    def shown(remote: JSON) -> str:
        many = remote.get(name)
        found = [each for each in many if isinstance(each, dict)] if isinstance(many, list) else []
        fitting = (each for each in found if all(each.get(key) == value for key, value in kept.items()))
        return "; ".join(str(each[part]) for each in fitting if each.get(part))

    return shown


def _chosen(name: str, **kept: str) -> Callable[[JSON], str]:
    """The value of a custom field, or the numbers of the choices that were made in it."""
    value, choices = _each(name, "value", **kept), _each(name, "choice_ids", **kept)
    return lambda remote: value(remote) or choices(remote).strip("[]")


GROUPS: Final = (
    Group("address", "Address", (Column("Email address", "address"),)),
    Group("names", "Names", (Column("First name", "first_name"), Column("Last name", "last_name"))),
    Group("status", "Status", (Column("Status", "status", _status),)),
    Group("permission", "Permission", (Column("Permission", "permission"),)),
    Group(
        "consent",
        "Opt-in and opt-out: when, and by whom",
        (
            Column("Opted in at (UTC)", "opt_in_at", _moment),
            Column("Opt-in source", "opt_in_source"),
            Column("Opted out at (UTC)", "opt_out_at", _moment),
            Column("Opt-out source", "opt_out_source"),
        ),
    ),
    Group(
        "deletion",
        "Deletion: its date, and between which looks we noticed it",
        (
            Column("Deleted on", "deleted_on", _day),
            Column("Not deleted yet at (UTC)", "deleted_from", _moment),
            Column("Seen deleted at (UTC)", "deleted_to", _moment),
        ),
    ),
    Group(LISTS, "Lists they are on", (Column("Lists", LISTS),)),
    Group(FORMER, "Lists they were on", (Column("Former lists", FORMER),)),
    Group(TAGS, "Tags", (Column("Tags", TAGS),)),
    Group("ids", "Constant Contact’s id", (Column("Contact id", "remote_id"),)),
    Group(
        "dates",
        "When added, changed and read by us",
        (
            Column("Added at (UTC)", "created_at", _moment),
            Column("Changed at (UTC)", "updated_at", _moment),
            Column("Read by us at (UTC)", "fetched_at", _moment),
        ),
        usual=False,
    ),
    Group(
        "work",
        "Job title, company, birthday, anniversary",
        (
            Column("Job title", REMOTE, _sent("job_title")),
            Column("Company", REMOTE, _sent("company_name")),
            Column("Birthday month", REMOTE, _sent("birthday_month")),
            Column("Birthday day", REMOTE, _sent("birthday_day")),
            Column("Anniversary", REMOTE, _sent("anniversary")),
        ),
        usual=False,
    ),
    Group(
        "phones",
        "Phones",
        tuple(
            Column(f"{kind.title()} phone", REMOTE, _each("phone_numbers", "phone_number", kind=kind))
            for kind in PHONES
        ),
        usual=False,
    ),
    Group(
        "streets",
        "Street addresses",
        tuple(
            Column(f"{kind.title()} {words}", REMOTE, _each("street_addresses", part, kind=kind))
            for kind in STREETS
            for part, words in PARTS.items()
        ),
        usual=False,
    ),
)
#: The group whose columns each account has its own of.
FIELDS: Final = Group("fields", "Custom fields", (), usual=False)


def columns(chosen: Iterable[str], *, fields: Mapping[str, str]) -> Sequence[Column]:
    """The columns of the groups that were chosen, in our order; ``fields`` are the account's own, id to name."""
    wanted = set(chosen)
    found = [column for group in GROUPS if group.key in wanted for column in group.columns]
    if FIELDS.key in wanted:
        # As Constant Contact's own imports name them.
        found += [
            Column(f"cf:{name}", REMOTE, _chosen("custom_fields", custom_field_id=remote_id))
            for remote_id, name in fields.items()
        ]
    return found
