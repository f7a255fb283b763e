"""Custom fields (CC reference, section 14)."""

import json
from typing import Any

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import JSON, conflict, invalid, not_found, not_valid
from emulator.state.checks import Check
from emulator.state.ids import new_id

TYPES = (
    "string",
    "date",
    "datetime",
    "currency",
    "text_area",
    "number",
    "boolean",
    "single_select",
    "multi_select",
)
MOST_FIELDS = 100


class CustomFields:
    """The custom fields of every account. The name comes from the label, in lower case as recorded."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def page(self, account_id: str, *, limit: int, number: int) -> tuple[list[JSON], bool]:
        """Page ``number`` (from 1), oldest first, and whether another follows."""
        sql = "SELECT body FROM custom_fields WHERE account_id = ? ORDER BY number LIMIT ? OFFSET ?"
        rows = self._db.rows(sql, (account_id, limit + 1, limit * (number - 1)))
        return [json.loads(row["body"]) for row in rows[:limit]], len(rows) > limit

    def get(self, account_id: str, field_id: str) -> JSON:
        """Raises 404."""
        sql = "SELECT body FROM custom_fields WHERE account_id = ? AND custom_field_id = ?"
        row = self._db.row(sql, (account_id, field_id))
        if row is None:
            raise not_found()
        field: JSON = json.loads(row["body"])
        return field

    def create(self, account_id: str, body: Any) -> JSON:
        """Raises 400, or 409 for a label in use."""
        check = Check(body)
        label = check.text("label", 50, required=True)
        kind = check.choice("type", TYPES, required=True)
        choices = check.array("choices", 100)
        check.done()
        rows = self._db.rows("SELECT name FROM custom_fields WHERE account_id = ?", (account_id,))
        if len(rows) >= MOST_FIELDS:
            raise invalid("the account has 100 custom fields")
        self._check_free(account_id, label or "", but=None)
        field: JSON = {"custom_field_id": new_id(), "label": label, "name": name_of(label or ""), "type": kind}
        if isinstance(body.get("metadata"), dict):
            field["metadata"] = body["metadata"]
        field["version"] = 1
        if choices is not None:
            field["choices"] = self._choices(field["custom_field_id"], choices)
        self.load(account_id, [field])
        return self.get(account_id, field["custom_field_id"])

    def replace(self, account_id: str, field_id: str, body: Any) -> JSON:
        """Label and choices; what is left out is gone, the type stays. Raises 400, 404, 409."""
        field = self.get(account_id, field_id)
        check = Check(body)
        label = check.text("label", 50, required=True)
        choices = check.array("choices", 100)
        check.done()
        self._check_free(account_id, label or "", but=field_id)
        field |= {"label": label, "name": name_of(label or ""), "updated_at": self._clock.stamp()}
        field.pop("choices", None)
        if choices is not None:
            field["choices"] = self._choices(field_id, choices)
        sql = "UPDATE custom_fields SET name = ?, body = ? WHERE custom_field_id = ?"
        self._db.execute(sql, (field["name"], json.dumps(field), field_id))
        return field

    def delete(self, account_id: str, field_id: str) -> None:
        """Delete the field and every contact's value of it. Raises 404."""
        self.get(account_id, field_id)
        with self._db.transaction() as cursor:
            cursor.execute("DELETE FROM custom_fields WHERE custom_field_id = ?", (field_id,))
            sql = "SELECT number, body FROM contacts WHERE account_id = ? AND body LIKE ?"
            for row in cursor.execute(sql, (account_id, f"%{field_id}%")).fetchall():
                body = json.loads(row["body"])
                body["custom_fields"] = [each for each in body["custom_fields"] if each["custom_field_id"] != field_id]
                cursor.execute("UPDATE contacts SET body = ? WHERE number = ?", (json.dumps(body), row["number"]))

    def load(self, account_id: str, fields: list[JSON]) -> None:
        """Add fields in GET shape."""
        sql = "INSERT INTO custom_fields (account_id, custom_field_id, name, body) VALUES (?, ?, ?, ?)"
        now = self._clock.stamp()
        with self._db.transaction() as cursor:
            for each in fields:
                field = {"created_at": now, "updated_at": now} | {"name": name_of(each["label"])} | each
                cursor.execute(sql, (account_id, field["custom_field_id"], field["name"], json.dumps(field)))

    def _check_free(self, account_id: str, label: str, *, but: str | None) -> None:
        sql = "SELECT custom_field_id FROM custom_fields WHERE account_id = ? AND name = ?"
        owner = self._db.row(sql, (account_id, name_of(label)))
        if owner is not None and owner["custom_field_id"] != but:
            raise conflict(f"Validation failed: custom field with label {label} already exists")

    def _choices(self, field_id: str, sent: list[Any]) -> list[JSON]:
        now = self._clock.stamp()
        choices = []
        for place, each in enumerate(sent, start=1):
            if not isinstance(each, dict) or not isinstance(each.get("choice_label"), str):
                raise invalid(not_valid("choices"))
            made = {"custom_field_id": field_id, "choice_id": place, "display_order": place}
            choices.append(made | {"choice_label": each["choice_label"], "created_at": now, "updated_at": now})
        return choices


def name_of(label: str) -> str:
    """ "Customer ID" is customer_id, as recorded."""
    return label.strip().lower().replace(" ", "_")
