"""The database: its version, its schema, its settings, its triggers, its search index, and whether it takes a write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.utils import DatabaseError

from contacts import search_index
from contacts.models import AuditEntry, Contact
from contacts.selectors.searching import Search
from contacts.services import readiness
from contacts.services.doctor.finding import Finding, broken, ok, warning
from contacts.services.doctor.setup import ROOM, room

#: As migration 0002 made them.
TRIGGERS: Final = {
    "sqlite": {
        *("audit_entry_no_update", "audit_entry_no_delete", "audit_entry_no_replace"),
        *("audit_payload_no_update", "audit_payload_no_replace"),
    },
    "postgresql": {"audit_entry_append_only", "audit_entry_no_truncate", "audit_payload_no_update"},
}
_NAMES: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    # "D" is one that somebody has switched off.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
#: PRAGMA to what it must say (ccadmin/env.py), and why.
PRAGMAS: Final = {
    "journal_mode": ("wal", "readers would wait for writers"),
    "synchronous": (2, "a power cut could lose an intent that was sent"),
    "recursive_triggers": (1, "the history could be replaced past its triggers"),
    "secure_delete": (1, "what was erased would stay in the file"),
    "foreign_keys": (1, "rows could point nowhere"),
}
SAMPLE: Final = 20


def of_database() -> Iterator[Finding]:
    """All of it; the database's errors are raised."""
    version = ".".join(map(str, connection.get_database_version()))
    yield ok("database", f"{connection.display_name} {version}.")
    if readiness.lacks_migrations():
        yield broken("database", "It is not up to date: run “manage.py migrate”.")
        return
    if trouble := readiness.storage_trouble():
        yield broken("database", trouble.value)
    else:
        yield ok("database", "It is up to date and takes a write.")
    yield from _of_sqlite() if connection.vendor == "sqlite" else _of_postgres()
    yield from _of_triggers()
    yield from _of_search()


def _of_sqlite() -> Iterator[Finding]:
    in_memory = connection.is_in_memory_db()  # type: ignore[attr-defined]
    for name, (wanted, why) in PRAGMAS.items():
        if (found := _one(f"PRAGMA {name}")) != wanted and not (in_memory and name == "journal_mode"):
            yield warning(
                "database", f"PRAGMA {name} is {found}, not {wanted}: {why}. Look at what opens the database."
            )
    file = Path(str(connection.settings_dict["NAME"]))
    if file.exists():
        # A copy, or VACUUM, needs as much as there is.
        yield room(file.parent, needed=max(ROOM, file.stat().st_size))


def _of_postgres() -> Iterator[Finding]:
    if _one("SHOW synchronous_commit") == "off":
        yield broken("durability", "synchronous_commit is off: a crash could lose an intent that was sent.")


def _of_triggers() -> Iterator[Finding]:
    """They are there by name, and one of them does what it says; that trial leaves nothing behind."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        missing = TRIGGERS[connection.vendor] - {name for (name,) in cursor.fetchall()}
    if missing:
        yield broken(
            "history",
            f"The database lets the history be changed: {', '.join(sorted(missing))} is missing. Find out who took it "
            "away, check the history (manage.py verify_audit --all), and make it again as migration 0002 does.",
        )
    elif _may_change_history():
        yield broken(
            "history", "An entry of the history could be changed although its triggers are there: look at them."
        )
    else:
        yield ok("history", "The database refuses every change to it.")


def _may_change_history() -> bool:
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return False
    try:
        with transaction.atomic():
            AuditEntry.objects.filter(pk=newest).update(role="")
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def _of_search() -> Iterator[Finding]:
    """The index is there, and some contacts, the first and the last ones, are found by their address."""
    if trouble := search_index.problem():
        yield warning("search", trouble)
        return
    rows = Contact.objects.exclude(address="").only("pk", "address")
    sample = {each.pk: each for order in ("pk", "-pk") for each in rows.order_by(order)[: SAMPLE // 2]}
    lost = [each.pk for each in sample.values() if not _is_found(each)]
    if lost:
        yield broken(
            "search", f"{len(lost)} of {len(sample)} contacts are not found by their own address: make the index anew."
        )
    else:
        yield ok("search", f"{len(sample)} of {len(sample)} contacts are found by their address.")


def _is_found(contact: Contact) -> bool:
    rows: Any = Search.of(contact.address).among(Contact.objects.filter(pk=contact.pk))
    return bool(rows.exists())


def _one(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
