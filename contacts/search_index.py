"""The index that finds parts of addresses and names, made outside Django's models because each database has its own.

SQLite: a full-text table of every three letters in a row, 44 bytes a contact, kept by triggers. It holds no text, only
which letters a contact has; what it finds is looked at again. PostgreSQL: the same by ``pg_trgm`` in a GIN index, 92
bytes a contact; a word without three letters or figures in a row has none of its own there, so the few texts that have
signs where people have none stand in a second, tiny one (measured 2026-11-21, 1,000,000 contacts).

Where a database cannot have it, searching reads the whole account: right, but slow.
"""

from functools import cache

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# A short word is told by the blank before it: with two of them even one letter makes three signs.
#: Texts with a sign where a word begins, or with two signs in a row.
SIGNS = "(^| )[^[:alnum:] ]|[^[:alnum:] ]{2}"

SQLITE = {
    "contacts_search": """CREATE VIRTUAL TABLE contacts_search USING fts5(
        text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')""",
    "contacts_search_added": """CREATE TRIGGER contacts_search_added AFTER INSERT ON contacts_contact
        BEGIN
            INSERT INTO contacts_search (rowid, text) VALUES (new.id, '  ' || replace(new.search, ' ', '  '));
        END""",
    "contacts_search_changed": """CREATE TRIGGER contacts_search_changed AFTER UPDATE OF search ON contacts_contact
        WHEN old.search IS NOT new.search
        BEGIN
            INSERT INTO contacts_search (contacts_search, rowid, text)
                VALUES ('delete', old.id, '  ' || replace(old.search, ' ', '  '));
            INSERT INTO contacts_search (rowid, text) VALUES (new.id, '  ' || replace(new.search, ' ', '  '));
        END""",
    "contacts_search_gone": """CREATE TRIGGER contacts_search_gone AFTER DELETE ON contacts_contact
        BEGIN
            INSERT INTO contacts_search (contacts_search, rowid, text)
                VALUES ('delete', old.id, '  ' || replace(old.search, ' ', '  '));
        END""",
}
FILL = "INSERT INTO contacts_search (rowid, text) SELECT id, '  ' || replace(search, ' ', '  ') FROM contacts_contact"
POSTGRESQL = {
    # What waits in its list is read by every search: a megabyte and not four of it.
    "contacts_by_part": """CREATE INDEX contacts_by_part ON contacts_contact USING gin (search gin_trgm_ops)
        WITH (gin_pending_list_limit = 1024)""",
    "contacts_by_sign": f"""CREATE INDEX contacts_by_sign ON contacts_contact (account_id)
        WHERE search ~ '{SIGNS}'""",
}
NO_FTS5 = (
    "Searching reads whole accounts: this SQLite cannot index parts of words. Use a Python with SQLite 3.34 or newer "
    "and FTS5, and run manage.py migrate again."
)
NO_TRIGRAMS = (
    "Searching reads whole accounts: the database lacks pg_trgm. Let its owner run CREATE EXTENSION pg_trgm, and run "
    "manage.py migrate again."
)
NOT_MADE = "Searching reads whole accounts: its index is not there. Run manage.py migrate again."


def build(on: BaseDatabaseWrapper) -> str:
    """Make what is missing of the index, and fill it. Returns "", or why it cannot be, in a sentence for the doctor."""
    if not missing(on):
        return ""
    if on.vendor == "sqlite":
        drop(on)
        return _made(on, [*SQLITE.values(), FILL], otherwise=NO_FTS5)
    return _made(on, ["CREATE EXTENSION IF NOT EXISTS pg_trgm"], otherwise=NO_TRIGRAMS) or _made(
        on, [POSTGRESQL[name] for name in missing(on)], otherwise=NOT_MADE
    )


def drop(on: BaseDatabaseWrapper) -> None:
    """Take the index away; the extension stays, for it may be somebody else's too."""
    with on.cursor() as cursor:
        if on.vendor == "sqlite":
            for name in reversed(SQLITE):
                cursor.execute(f"DROP {'TABLE' if name == 'contacts_search' else 'TRIGGER'} IF EXISTS {name}")
        else:
            for name in POSTGRESQL:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
    is_here.cache_clear()


def missing(on: BaseDatabaseWrapper) -> list[str]:
    """The parts of the index that are not there."""
    wanted, known = (SQLITE, "sqlite_master") if on.vendor == "sqlite" else (POSTGRESQL, "pg_indexes")
    column = "name" if on.vendor == "sqlite" else "indexname"
    marks = ", ".join(["%s"] * len(wanted))
    with on.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {known} WHERE {column} IN ({marks})", list(wanted))  # noqa: S608
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in found]


def problem() -> str:
    """What keeps searches from being quick, in one sentence; nothing when all is well."""
    return NOT_MADE if missing(connection) else ""


@cache
def is_here() -> bool:
    """Whether the full-text table of SQLite may be asked; looked up once in a process."""
    return connection.vendor == "sqlite" and not missing(connection)


def forget_the_gone() -> None:
    """Write the index anew without those who are gone: until then it lists the letters of their names (1 s a million).

    PostgreSQL's is cleared by VACUUM.
    """
    if is_here():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO contacts_search (contacts_search) VALUES ('optimize')")


def _made(on: BaseDatabaseWrapper, statements: list[str], *, otherwise: str) -> str:
    try:
        with transaction.atomic(using=on.alias), on.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as problem:
        if not any(word in str(problem) for word in ("fts5", "tokenizer", "pg_trgm", "permission", "extension")):
            raise
        return otherwise
    is_here.cache_clear()
    return ""
