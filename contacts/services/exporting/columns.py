"""What of a contact can stand in a file: groups that a person chooses among, and the columns of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import Case, CharField, F, Func, Value, When
from django.db.models.expressions import Combinable

from contacts.models import Contact
from contacts.services.exporting import sent

PHONES: Final = ("home", "work", "mobile", "other")
STREETS: Final = ("home", "work", "other")
#: What comes from other tables than the contacts'.
LISTS, FORMER, TAGS = "lists", "former", "tags"


class Column(NamedTuple):
    """``source`` is what the database is asked for of a ``Contact``, or by which name it is gathered beside that."""

    label: str
    source: Combinable | str


class Moment(Func):
    """A moment in UTC as text, to the second: no object is made of it only to be made text again."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite keeps them as text, in UTC, with a blank in the middle and fractions of a second at the end."""
        template = "replace(substr(%(expressions)s, 1, 19), ' ', 'T') || '+00:00'"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
        return self.as_sql(compiler, connection, template=template, **extra)


@dataclass(frozen=True)
class Group:
    """Columns that are chosen together. ``usual`` are those that are ticked unless somebody says otherwise."""

    key: str
    label: str
    columns: tuple[Column, ...]
    usual: bool = True


_STATUS: Final = Case(*(When(status=key, then=Value(label)) for key, label in Contact.Status.choices), default="status")

GROUPS: Final = (
    Group("address", "Address", (Column("Email address", F("address")),)),
    Group("names", "Names", (Column("First name", F("first_name")), Column("Last name", F("last_name")))),
    Group("status", "Status", (Column("Status", _STATUS),)),
    Group("permission", "Permission", (Column("Permission", F("permission")),)),
    Group(
        "consent",
        "Opt-in and opt-out: when, and by whom",
        (
            Column("Opted in at (UTC)", Moment("opt_in_at")),
            Column("Opt-in source", F("opt_in_source")),
            Column("Opted out at (UTC)", Moment("opt_out_at")),
            Column("Opt-out source", F("opt_out_source")),
        ),
    ),
    Group(
        "deletion",
        "Deletion: its date, and between which looks we noticed it",
        (
            Column("Deleted on", F("deleted_on")),
            Column("Not deleted yet at (UTC)", Moment("deleted_from")),
            Column("Seen deleted at (UTC)", Moment("deleted_to")),
        ),
    ),
    Group(LISTS, "Lists they are on", (Column("Lists", LISTS),)),
    Group(FORMER, "Lists they were on", (Column("Former lists", FORMER),)),
    Group(TAGS, "Tags", (Column("Tags", TAGS),)),
    Group("ids", "Constant Contact’s id", (Column("Contact id", F("remote_id")),)),
    Group(
        "dates",
        "When added, changed and read by us",
        (
            Column("Added at (UTC)", Moment("created_at")),
            Column("Changed at (UTC)", Moment("updated_at")),
            Column("Read by us at (UTC)", Moment("fetched_at")),
        ),
        usual=False,
    ),
    Group(
        "work",
        "Job title, company, birthday, anniversary",
        (
            Column("Job title", "job_title"),
            Column("Company", "company_name"),
            Column("Birthday month", "birthday_month"),
            Column("Birthday day", "birthday_day"),
            Column("Anniversary", "anniversary"),
        ),
        usual=False,
    ),
    Group(
        "phones",
        "Phones",
        tuple(Column(f"{kind.title()} phone", sent.phone(kind)) for kind in PHONES),
        usual=False,
    ),
    Group(
        "streets",
        "Street addresses",
        tuple(
            Column(f"{kind.title()} {words}", sent.street(kind, part))
            for kind in STREETS
            for part, words in sent.PARTS.items()
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
        found += [Column(f"cf:{name}", sent.custom(remote_id)) for remote_id, name in fields.items()]
    return found
