"""What Constant Contact holds and does, without HTTP.

``State`` is the whole service behind the API. Its parts take an account id first; they raise ApiError where the API
would answer with an error.
"""

from collections.abc import Iterable
from itertools import groupby

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import JSON
from emulator.state.accounts import Accounts
from emulator.state.activities import Activities
from emulator.state.bulk import Bulk
from emulator.state.contacts import Contacts
from emulator.state.fields import CustomFields
from emulator.state.imports import Imports
from emulator.state.lists import Lists
from emulator.state.schema import SCHEMA
from emulator.state.segments import Segments
from emulator.state.signup import SignUp
from emulator.state.tags import Tags
from emulator.switches import Switches

__all__ = ["State"]


class State:
    """Every emulated account: ``contacts``, ``lists``, ``tags``, ``fields``, ``activities``, ``accounts``."""

    def __init__(
        self, db: Database, clock: Clock, switches: Switches | None = None, *, activity_seconds: float = 1.0
    ) -> None:
        db.create(SCHEMA)
        self.db = db
        self.clock = clock
        self.switches = switches or Switches()
        self.accounts = Accounts(db)
        self.contacts = Contacts(db, clock, self.switches)
        self.sign_up = SignUp(db, clock, self.contacts)
        self.lists = Lists(db, clock)
        self.tags = Tags(db, clock)
        self.fields = CustomFields(db, clock)
        self.segments = Segments(db)
        self.bulk = Bulk(db, self.contacts, self.lists, self.tags, self.fields, self.segments, self.switches)
        self.imports = Imports(db, self.contacts, self.lists, self.fields, self.switches)
        doers = self.bulk.doers | self.imports.doers
        self.activities = Activities(db, clock, self.switches, doers, seconds=activity_seconds)

    def queue(self, account_id: str, kind: str, wish: JSON, *, fate: JSON | None = None) -> JSON:
        """Start one activity; it is shown as POST answers it. Raises 429."""
        imported = kind in self.imports.doers
        status = self.imports.counted(wish) if imported else self.bulk.counted(account_id, wish, at=self.clock.now())
        return self.activities.start(account_id, kind, wish, status=status, fate=fate)

    def load(
        self,
        *,
        accounts: Iterable[JSON] = (),
        lists: Iterable[JSON] = (),
        tags: Iterable[JSON] = (),
        custom_fields: Iterable[JSON] = (),
        contacts: Iterable[JSON] = (),
        segments: Iterable[JSON] = (),
    ) -> None:
        """Take in whole accounts: dicts in the shape of GET, contacts with every subresource.

        Every dict but an account's carries ``account``, the encoded account id, beside its own keys. All or nothing:
        raises sqlite3.IntegrityError when an id, a name or an address comes twice.
        """
        with self.db.transaction():
            self.accounts.load(list(accounts))
            for account_id, group in _by_account(lists):
                self.lists.load(account_id, list(group))
            for account_id, group in _by_account(tags):
                self.tags.load(account_id, list(group))
            for account_id, group in _by_account(custom_fields):
                self.fields.load(account_id, list(group))
            for account_id, group in _by_account(contacts):
                self.contacts.rows.insert_many(account_id, group)
            for account_id, group in _by_account(segments):
                self.segments.load(account_id, list(group))

    def digest_of(self, account_id: str) -> JSON:
        """How many rows of each kind an account has: the summary the control door shows."""
        counts = {}
        for table in ("contacts", "lists", "tags", "custom_fields", "activities"):
            row = self.db.row(f"SELECT count(*) AS found FROM {table} WHERE account_id = ?", (account_id,))  # noqa: S608
            counts[table] = row["found"] if row else 0
        sql = (
            "SELECT CASE WHEN deleted_at IS NULL THEN coalesce(permission, 'no_address') ELSE 'deleted' END"
            " AS standing, count(*) AS found FROM contacts WHERE account_id = ? GROUP BY 1 ORDER BY 1"
        )
        standing = {row["standing"]: row["found"] for row in self.db.rows(sql, (account_id,))}
        return {**counts, "contacts_by_standing": standing}


def _by_account(items: Iterable[JSON]) -> Iterable[tuple[str, Iterable[JSON]]]:
    """Runs of neighbours with the same account, without that key; streams, so 50,000 contacts need no list."""
    for account_id, group in groupby(items, key=lambda each: each["account"]):
        yield account_id, ({name: value for name, value in each.items() if name != "account"} for each in group)
