"""What Constant Contact does with contacts (CC reference, sections 8 to 12 and 18)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.clock import Clock, stamp
from emulator.database import Database
from emulator.errors import JSON, conflict, invalid, not_found, not_valid
from emulator.state import consent
from emulator.state.ids import new_id
from emulator.state.query import ContactQuery
from emulator.state.rows import ContactRows, Held
from emulator.state.shapes import CORE, Written, kept_or_new, read_body
from emulator.switches import Switches

_PARTS = ("custom_fields", "phone_numbers", "street_addresses", "list_memberships", "taggings", "notes")
_CONFLICTS = {
    "with_id": "Email already exists for contact {}",
    "validation_with_id": "Validation failed: Email already exists for contact {}",
    "not_unique": "Validation failed: EmailAddress is not unique",
}


class Contacts:
    """The contacts of every account. Every method names the account; a stranger's id is not found."""

    def __init__(self, db: Database, clock: Clock, switches: Switches) -> None:
        self._db = db
        self._clock = clock
        self._switches = switches
        self.rows = ContactRows(db)

    def get(self, account_id: str, contact_id: str) -> JSON:
        """The whole contact, also when it is deleted. Raises 404."""
        return self.held(account_id, contact_id).contact

    def held(self, account_id: str, contact_id: str) -> Held:
        held = self.rows.find(account_id, contact_id)
        if held is None:
            raise not_found()
        return held

    def page(self, query: ContactQuery, *, limit: int, number: int) -> tuple[list[JSON], bool]:
        """Page ``number`` (from 1) and whether another follows."""
        where, values = query.where()
        found = self.rows.page(where, values, limit=limit + 1, offset=limit * (number - 1))
        return found[:limit], len(found) > limit

    def count(self, query: ContactQuery) -> int:
        return self.rows.count(*query.where())

    def counts(self, account_id: str, *, new_subscriber: bool) -> JSON:
        """GET /contacts/counts: contacts that are not deleted, by consent (section 12)."""
        sql = (
            "SELECT permission, count(*) AS found FROM contacts WHERE account_id = ? AND deleted_at IS NULL GROUP BY 1"
        )
        by_permission = {row["permission"]: row["found"] for row in self._db.rows(sql, (account_id,))}
        names = {"pending": "pending_confirmation"}
        counts: JSON = {"total": sum(by_permission.values())}
        for name in ("explicit", "implicit", "pending", "unsubscribed"):
            counts[name] = by_permission.get(names.get(name, name), 0)
        if new_subscriber:
            since = stamp(self._clock.now() - timedelta(days=30))
            where = "account_id = ? AND deleted_at IS NULL AND opt_in_date > ?"
            counts["new_subscriber"] = self.rows.count(where, (account_id, since))
        return counts

    def xrefs(self, account_id: str, sequence_ids: Sequence[int]) -> list[JSON]:
        """V2 numbers and V3 ids, ascending (section 12)."""
        marks = ", ".join("?" * len(sequence_ids))
        sql = f"SELECT number, contact_id FROM contacts WHERE account_id = ? AND number IN ({marks}) ORDER BY number"  # noqa: S608
        rows = self._db.rows(sql, (account_id, *sequence_ids))
        return [{"sequence_id": str(row["number"]), "contact_id": row["contact_id"]} for row in rows]

    def create(self, account_id: str, body: Any) -> JSON:
        """POST /contacts (section 10). Raises 400, or 409 for an address held in any state."""
        written = read_body(body, source="create_source")
        if not (written.email or written.sms or written.core["first_name"] or written.core["last_name"]):
            raise invalid("email_address is missing", not_valid("email_address"))
        now = self._clock.stamp()
        with self._db.transaction():
            self._check_free(account_id, written, but=None)
            self.check_known(account_id, written.parts)
            contact: JSON = {
                "contact_id": new_id(),
                "create_source": written.source,
                "created_at": now,
                "updated_at": now,
                **written.core,
                **self._parts(written, held={}, now=now),
            }
            if written.email:
                contact["email_address"] = consent.new_email(written.email, source=written.source, now=now)
            contact = without_empty(contact)
            self.rows.insert(account_id, contact)
            return self.get(account_id, contact["contact_id"])

    def replace(self, account_id: str, contact_id: str, body: Any) -> JSON:
        """PUT /contacts/{contact_id}: replace, and revive when deleted (section 11). Raises 400, 404, 409."""
        with self._db.transaction():
            held = self.held(account_id, contact_id)
            written = read_body(body, source="update_source")
            if held.contact.get("deleted_at") and written.source == "Contact":
                raise invalid(not_valid("update_source"))  # section 20, question 2
            self._check_free(account_id, written, but=contact_id)
            self.check_known(account_id, written.parts)
            self.rows.update(account_id, held, self._replaced(held.contact, written))
            return self.get(account_id, contact_id)

    def delete(self, account_id: str, contact_id: str) -> None:
        """DELETE: off every list, hidden, address still taken (section 11). Twice is 404 (section 20, question 11)."""
        with self._db.transaction():
            held = self.held(account_id, contact_id)
            if held.contact.get("deleted_at"):
                raise not_found()
            self.rows.update(account_id, held, self.gone(held.contact, at=self._clock.now()))

    def gone(self, contact: JSON, *, at: datetime) -> JSON:
        """The contact after its deletion; whether its tags stay is not documented, so a switch says."""
        gone = contact | {"deleted_at": at.date().isoformat(), "list_memberships": []}
        if self._switches.delete_drops_tags:
            gone["taggings"] = []
        return gone | ({"updated_at": stamp(at)} if self._switches.delete_moves_updated_at else {})

    def unsubscribe(self, account_id: str, contact_id: str, *, source: str = "Contact", reason: str = "") -> None:
        """An opt-out that comes from outside the API: the contact's own ``updated_at`` stays (section 9)."""
        with self._db.transaction():
            held = self.held(account_id, contact_id)
            email = held.contact.get("email_address")
            if email:
                changed = consent.unsubscribed(email, source=source, reason=reason or None, now=self._clock.stamp())
                self.rows.update(account_id, held, held.contact | {"email_address": changed})

    def change(self, account_id: str, contact_id: str, values: JSON) -> None:
        """An edit by somebody else, in GET shape and merged as it is; None removes a property. Moves ``updated_at``."""
        with self._db.transaction():
            held = self.held(account_id, contact_id)
            changed = held.contact | {"updated_at": self._clock.stamp()} | values
            self.rows.update(account_id, held, {name: value for name, value in changed.items() if value is not None})

    def _replaced(self, held: JSON, written: Written) -> JSON:
        now = self._clock.stamp()
        contact = held | written.core | self._parts(written, held=held, now=now)
        contact |= {"update_source": written.source, "updated_at": now}
        contact["email_address"] = self._email(held.get("email_address"), written, now=now)
        if consent.opted_out(contact["email_address"]) and self._switches.lists_on_unsubscribed == "ignored":
            had = held.get("list_memberships") or []
            contact["list_memberships"] = [each for each in contact["list_memberships"] if each in had]
        if held.get("deleted_at"):
            contact = self._revived(held, contact)
        return without_empty(contact)

    def _email(self, held: JSON | None, written: Written, *, now: str) -> JSON | None:
        """Left out: kept when documented (section 20, question 14: but implicit), nulled when strict."""
        if written.email:
            return consent.changed_email(held, written.email, source=written.source, now=now, switches=self._switches)
        if self._switches.put_mode == "strict" or held is None:
            return None
        sent = {"address": held["address"], "permission_to_send": None, "opt_out_reason": held.get("opt_out_reason")}
        return consent.changed_email(held, sent, source=written.source, now=now, switches=self._switches)

    def _revived(self, held: JSON, contact: JSON) -> JSON:
        """Restoring is not consent: the permission stays what it was (section 1, fact 5; section 20, question 1)."""
        if not contact["list_memberships"] and not self._switches.revive_without_lists:
            return contact
        if not self._switches.delete_moves_updated_at:
            contact["updated_at"] = held["updated_at"]
        return contact | {"deleted_at": None}

    def _parts(self, written: Written, *, held: JSON, now: str) -> JSON:
        """Subresources: sent ones replace; left out ones are kept, or nulled when strict (section 11)."""
        strict = self._switches.put_mode == "strict"
        parts: JSON = {name: [] if strict else held.get(name) or [] for name in _PARTS} | written.parts
        if "phone_numbers" in written.parts:
            parts["phone_numbers"] = kept_or_new(
                written.parts["phone_numbers"],
                held.get("phone_numbers") or [],
                id_key="phone_number_id",
                source=written.source,
                now=now,
            )
        if "street_addresses" in written.parts:
            parts["street_addresses"] = kept_or_new(
                written.parts["street_addresses"],
                held.get("street_addresses") or [],
                id_key="street_address_id",
                source=written.source,
                now=now,
            )
        for note in written.parts.get("notes", ()):
            note["created_at"] = note["created_at"] or now
        parts["sms_channel"] = _sms(written, held.get("sms_channel"), now=now, strict=strict)
        return parts

    def _check_free(self, account_id: str, written: Written, *, but: str | None) -> None:
        """409 when another contact has the address or the SMS number, deleted ones included (section 10)."""
        owner = self.rows.find_address(account_id, written.email["address"]) if written.email else None
        if owner is None and written.sms:
            owner = self.rows.find_sms(account_id, written.sms)
        if owner is not None and owner.contact["contact_id"] != but:
            raise conflict(_CONFLICTS[self._switches.conflict_text].format(owner.contact["contact_id"]))

    def check_known(self, account_id: str, parts: JSON) -> None:
        """Unknown or deleted lists, unknown tags and fields are 400 (section 20, question 15)."""
        fields = [each["custom_field_id"] for each in parts.get("custom_fields", ())]
        for name, table, column, ids in (
            ("list_memberships", "lists", "list_id", parts.get("list_memberships")),
            ("taggings", "tags", "tag_id", parts.get("taggings")),
            ("custom_fields", "custom_fields", "custom_field_id", fields),
        ):
            if ids and not self.all_known(account_id, table, column, ids):
                raise invalid(not_valid(name))
        if self._switches.unknown_choice == "refused":
            for each in parts.get("custom_fields", ()):
                self._check_choices(account_id, each)

    def _check_choices(self, account_id: str, sent: JSON) -> None:
        """Whether an id that is no choice of its field is refused is not documented."""
        sql = "SELECT body FROM custom_fields WHERE account_id = ? AND custom_field_id = ?"
        row = self._db.row(sql, (account_id, sent["custom_field_id"]))
        choices = json.loads(row["body"]).get("choices") or [] if row else []
        if set(sent.get("choice_ids", ())) - {str(each["choice_id"]) for each in choices}:
            raise invalid(not_valid("custom_fields"))

    def all_known(self, account_id: str, table: str, column: str, ids: Sequence[str]) -> bool:
        """Whether every id is a row of this account's ``table``; a deleted list is not."""
        alive = " AND deleted_at IS NULL" if table == "lists" else ""
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT count(*) AS found FROM {table} WHERE account_id = ? AND {column} IN ({marks}){alive}"  # noqa: S608
        row = self._db.row(sql, (account_id, *ids))
        return row is not None and row["found"] == len(set(ids))


def _sms(written: Written, held: JSON | None, *, now: str, strict: bool) -> JSON | None:
    """The SMS channel after a write, in answer form (section 8)."""
    if written.sms is None:
        return None if strict else held
    return {
        "sms_channel_id": (held or {}).get("sms_channel_id") or new_id(),
        "create_source": (held or {}).get("create_source") or written.source,
        "update_source": written.source,
        **written.sms,
        "sms_channel_consents": [
            {**each, "created_at": now, "updated_at": now} for each in written.sms["sms_channel_consents"]
        ],
    }


def without_empty(contact: JSON) -> JSON:
    """Empty core properties are left out of answers, subresources are not (section 4)."""
    return {name: value for name, value in contact.items() if value is not None and (value != "" or name not in CORE)}
