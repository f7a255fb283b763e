"""The accounts themselves (CC reference, section 16)."""

import json

from emulator.database import Database
from emulator.errors import JSON, not_found


class Accounts:
    """What GET /account/summary tells about each account."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def ids(self) -> list[str]:
        return [row["account_id"] for row in self._db.rows("SELECT account_id FROM accounts ORDER BY rowid")]

    def summary(self, account_id: str, *, extra: tuple[str, ...] = ()) -> JSON:
        """The summary, with physical_address and company_logo only when asked for. Raises 404."""
        row = self._db.row("SELECT summary FROM accounts WHERE account_id = ?", (account_id,))
        if row is None:
            raise not_found()
        whole: JSON = json.loads(row["summary"])
        hidden = {"physical_address", "company_logo"} - set(extra)
        return {name: value for name, value in whole.items() if name not in hidden}

    def load(self, accounts: list[JSON]) -> None:
        """Add accounts in the shape of the summary; ``confirmed_opt_in`` is a setting beside it."""
        with self._db.transaction() as cursor:
            for each in accounts:
                summary = {name: value for name, value in each.items() if name != "confirmed_opt_in"}
                values = (each["encoded_account_id"], json.dumps(summary), bool(each.get("confirmed_opt_in")))
                cursor.execute("INSERT INTO accounts VALUES (?, ?, ?)", values)
