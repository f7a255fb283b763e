"""The limit: the same pages into the same tables by plain SQL, with nothing looked up, compared or remembered.

The rows are the ones that a first look leaves in the mirror (``contacts.mirror``), column by column, and each page is
one transaction under the same settings of the database. Values are made the shortest way that gives the same row: it
trusts every value, knows every list and tag beforehand, and gives the primary keys itself.
"""

import json
import marshal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count
from os import environ
from typing import Any
from uuid import UUID

import requests
from django.db import connection
from django.utils import timezone

from bench.inside.sync import link
from bench.measure import Series
from bench.still import FIRST, cursor_in
from contacts import mirror
from contacts.mirror.reading import AS_SENT, PLAIN_FORM, folded
from contacts.models import Contact, ContactList, LinkedAccount, Tag
from contacts.models.packing import pack

JSON = dict[str, Any]
type Tuples = list[tuple[Any, ...]]

CONTACTS = (
    "id", "account_id", "remote_id", "address", "address_key", "first_name", "last_name", "search", "status",
    "permission", "confirm_status", "opt_in_source", "opt_in_at", "opt_out_source", "opt_out_at", "once_opted_out",
    "deleted_on", "deleted_from", "deleted_to", "created_at", "updated_at", "raw", "digest", "fetched_at",
    "written_at", "missing_since", "asked_at",
)  # fmt: skip
STAYS = ("contact_id", "{}_id", "began_at", "ended_at", "began_how", "ended_how")
STATES = {
    "unsubscribed": "unsubscribed",
    "pending_confirmation": "awaiting",
    "temp_hold": "hold",
    "not_set": "no_permission",
}
OPTED_OUT = ("unsubscribed", "pending_confirmation", "temp_hold")


def load() -> list[Series]:
    """Read every page from the source and store it. SystemExit when the tables have other columns than are filled."""
    if missing := {str(field.column) for field in Contact._meta.concrete_fields} ^ set(CONTACTS):
        raise SystemExit(f"The raw load and the table of contacts differ in columns: {', '.join(sorted(missing))}.")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {environ['BENCH_BEARER']}"
    rows = _rows(link(), session)
    began, cpu_began = time.perf_counter(), time.process_time()
    (_load_sqlite if connection.vendor == "sqlite" else _load_postgres)(_pages(session), rows)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    size = Contact.objects.count()
    return [Series("Raw SQL into the same tables", size, "contacts/s", [size / seconds], {"s of CPU": cpu})]


class Rows:
    """What one page becomes: tuples for the three tables, with times and ids as the database takes them."""

    def __init__(self, account: int, lists: dict[str, int], tags: dict[str, int], *, seen_at: datetime) -> None:
        self._account, self._lists, self._tags, self._ids = account, lists, tags, count(1)
        self._sqlite = connection.vendor == "sqlite"
        self._seen_at, self._today = self._moment(seen_at), self._day(seen_at)

    def of(self, contacts: list[JSON]) -> tuple[Tuples, Tuples, Tuples]:
        rows: Tuples = []
        members: Tuples = []
        tagged: Tuples = []
        since = (self._seen_at, None, "at_link", "")
        for one in contacts:
            pk = next(self._ids)
            rows.append(self._contact(pk, one))
            if not one.get("deleted_at"):
                members += [(pk, self._lists[each], *since) for each in one["list_memberships"]]
            tagged += [(pk, self._tags[each], *since) for each in one["taggings"]]
        return rows, members, tagged

    def _contact(self, pk: int, one: JSON) -> tuple[Any, ...]:
        email = one.get("email_address") or {}
        address, permission = email.get("address", ""), email.get("permission_to_send", "")
        first, last = one.get("first_name", ""), one.get("last_name", "")
        gone = one.get("deleted_at")
        status = "deleted" if gone else STATES.get(permission, "active") if address else "no_address"
        opted_in, opted_out = self._time(email.get("opt_in_date")), self._time(email.get("opt_out_date"))
        once = (opted_out[1] or self._today) if permission in OPTED_OUT else None
        return (
            pk, self._account, self._uuid(one["contact_id"]), address, address.lower(), first, last,
            folded(f"{address} {first} {last}"), status, permission, email.get("confirm_status", ""),
            email.get("opt_in_source", ""), opted_in[0], email.get("opt_out_source", ""), opted_out[0], once,
            self._day(datetime.fromisoformat(gone)) if gone else None, None, self._seen_at if gone else None,
            self._time(one["created_at"])[0], self._time(one["updated_at"])[0], pack(AS_SENT.encode(one).encode()),
            blake2b(marshal.dumps(one, PLAIN_FORM), digest_size=16).digest(), self._seen_at, None, None, None,
        )  # fmt: skip

    def _time(self, value: str | None) -> tuple[Any, Any]:
        """The moment and its day."""
        moment = datetime.fromisoformat(value).astimezone(UTC) if value else None
        return (self._moment(moment), self._day(moment)) if moment else (None, None)

    def _moment(self, value: datetime) -> Any:
        return str(value.replace(tzinfo=None)) if self._sqlite else value

    def _day(self, value: datetime) -> Any:
        return str(value.date()) if self._sqlite else value.date()

    def _uuid(self, value: str) -> Any:
        return value.replace("-", "") if self._sqlite else UUID(value)


def _rows(account: LinkedAccount, session: requests.Session) -> Rows:
    """With the lists and tags of the account known."""
    now = timezone.now()
    for path, key, keep in (
        ("contact_lists", "lists", mirror.store_lists),
        ("contact_tags", "tags", mirror.store_tags),
    ):
        path = f"/v3/{path}"
        body = session.get(f"{environ['BENCH_SOURCE']}{path}", params=FIRST[path], timeout=60).json()
        keep(account, body[key], seen_at=now)
    known = [
        {str(remote_id): pk for remote_id, pk in model.objects.values_list("remote_id", "pk")}
        for model in (ContactList, Tag)
    ]
    return Rows(account.pk, *known, seen_at=now)


def _pages(session: requests.Session) -> Iterator[list[JSON]]:
    params: dict[str, str] | None = dict(FIRST["/v3/contacts"])
    while params is not None:
        answer = session.get(f"{environ['BENCH_SOURCE']}/v3/contacts", params=params, timeout=60)
        answer.raise_for_status()
        body = json.loads(answer.content)
        yield body["contacts"]
        cursor = cursor_in(body)
        params = {"cursor": cursor} if cursor else None


def _load_sqlite(pages: Iterable[list[JSON]], rows: Rows) -> None:
    """executemany, the quickest way that the standard library has, with the settings of production."""
    settings = connection.settings_dict
    con = sqlite3.connect(settings["NAME"], isolation_level=None)
    con.executescript(settings["OPTIONS"]["init_command"])
    names = ", ".join(CONTACTS)
    orders = [f"INSERT INTO contacts_contact ({names}) VALUES ({', '.join('?' * len(CONTACTS))})"]
    for table, thing in (("membership", "list"), ("tagging", "tag")):
        columns = ", ".join(STAYS).format(thing)
        orders.append(f"INSERT INTO contacts_{table} ({columns}) VALUES (?, ?, ?, ?, ?, ?)")
    for page in pages:
        parts = rows.of(page)
        con.execute("BEGIN IMMEDIATE")
        for order, part in zip(orders, parts, strict=True):
            con.executemany(order, part)
        con.execute("COMMIT")
    con.close()


def _load_postgres(pages: Iterable[list[JSON]], rows: Rows) -> None:
    """COPY, the quickest way that PostgreSQL has."""
    import psycopg

    tables = [("contacts_contact", list(CONTACTS))]
    for table, thing in (("membership", "list"), ("tagging", "tag")):
        tables.append((f"contacts_{table}", [each.format(thing) for each in STAYS]))
    with psycopg.connect(environ["DATABASE_URL"]) as con:
        for page in pages:
            parts = rows.of(page)
            with con.transaction(), con.cursor() as cursor:
                for (table, columns), part in zip(tables, parts, strict=True):
                    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                        for row in part:
                            copy.write_row(row)
