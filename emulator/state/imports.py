"""Imports: rows become contacts, or change those that have their address (CC reference, sections 15 and 20).

A new contact is ``implicit`` with ``opt_in_source`` Account; one that is there changes in what is sent, never in its
permission. Who opted out is counted and put on no list.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched

from emulator.clock import stamp
from emulator.database import Database
from emulator.errors import JSON, invalid, not_valid
from emulator.state import consent
from emulator.state.bulk import MOST_LISTS, Outcome, Run
from emulator.state.contacts import Contacts, without_empty
from emulator.state.fields import CustomFields
from emulator.state.ids import new_id
from emulator.state.import_rows import RowProblem, Sent, read_row
from emulator.state.lists import Lists
from emulator.state.rows import Held, fold
from emulator.switches import Switches

KINDS = ("contacts_json_import", "contacts_file_import")
_AT_ONCE = 500
_MOST_FIELDS, _MOST_PHONES, _MOST_STREETS = 25, 3, 3
_SCHEMA = "CREATE TABLE IF NOT EXISTS imports (import_id TEXT PRIMARY KEY, rows TEXT NOT NULL)"


@dataclass
class _Tally:
    """What became of the rows of one import so far; ``seen`` holds the addresses it had."""

    went_in: int = 0
    errors: int = 0
    correctable: int = 0
    opted_out: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


class Imports:
    """Keeps the rows of an import until its time has come, and takes them in. ``doers`` as in ``Bulk``."""

    def __init__(
        self, db: Database, contacts: Contacts, lists: Lists, fields: CustomFields, switches: Switches
    ) -> None:
        db.create(_SCHEMA)
        self._db = db
        self._contacts = contacts
        self._lists = lists
        self._fields = fields
        self._switches = switches
        self.doers = dict.fromkeys(KINDS, self._run)

    def keep(self, account_id: str, order: JSON) -> JSON:
        """The wish of an activity from an order of ``import_orders``. Raises 400 for a list that is not there.

        The rows are kept apart from it: an activity is looked at again and again.
        """
        if not self._contacts.all_known(account_id, "lists", "list_id", order["list_ids"]):
            raise invalid(not_valid("list_ids"))
        rows = order.pop("rows")
        wish = {"import_id": new_id(), "row_count": len(rows), **order}
        self._db.execute("INSERT INTO imports VALUES (?, ?)", (wish["import_id"], json.dumps(rows)))
        return wish

    def opted_out(self, account_id: str, wish: JSON) -> Iterator[JSON]:
        """Who of those it names has opted out: whole contacts."""
        for rows in batched(self._rows(wish), _AT_ONCE):
            addresses = [fold(each.get("email", "")) for each in rows]
            held = self._contacts.rows.held_by_address(account_id, addresses)
            yield from (each.contact for each in self._contacts.rows.opted_out([each.number for each in held.values()]))

    def counted(self, wish: JSON) -> JSON:
        """The counters before it has run. The header counts as a row, also where there was none to send."""
        return _counters(wish["row_count"], _Tally(), persons=0)

    def _rows(self, wish: JSON) -> list[dict[str, str]]:
        row = self._db.row("SELECT rows FROM imports WHERE import_id = ?", (wish["import_id"],))
        rows: list[dict[str, str]] = json.loads(row["rows"]) if row else []
        return rows

    def _run(self, run: Run) -> Outcome:
        """Row after row; when none of its lists is left the import fails."""
        rows, tally = self._rows(run.wish), _Tally()
        alive = [each for each in run.wish["list_ids"] if self._lists.is_alive(run.account_id, each)]
        if not alive:
            gone = [(each, "the list does not exist") for each in run.wish["list_ids"]]
            return Outcome(self.counted(run.wish), gone, failed=True)
        fields = {each["name"]: each for each in self._fields.page(run.account_id, limit=100, number=1)[0]}
        for some in batched(enumerate(rows[: run.most], start=2), _AT_ONCE):
            held = self._contacts.rows.held_by_address(run.account_id, [fold(row.get("email", "")) for _, row in some])
            for number, row in some:
                try:
                    sent = read_row(row, fields, self._switches, sms=run.wish["sms"])
                    self._take(run, sent, held, alive, tally)
                except RowProblem as problem:
                    tally.correctable += problem.correctable
                    tally.errors += not problem.correctable
                    tally.wrong.append((f"row {number}", problem.reason))
        persons = len(rows) if self._switches.import_person_count == "rows" else tally.went_in
        return Outcome(_counters(len(rows), tally, persons=persons), tally.wrong)

    def _take(self, run: Run, sent: Sent, held: dict[str, Held], list_ids: list[str], tally: _Tally) -> None:
        """One row: a new contact, a changed one, or nothing. Raises RowProblem."""
        key = fold(sent.address) or sent.sms
        if key in tally.seen and self._switches.import_duplicates == "first":
            return
        tally.seen.add(key)
        now, found = stamp(run.at), self._held(run.account_id, sent, held)
        if found is None:
            contact = self._filled(_new(sent, now=now), sent, list_ids, now=now, sms=run.wish["sms"])
            self._contacts.rows.insert(run.account_id, without_empty(contact))
        else:
            out = consent.opted_out(found.contact.get("email_address"))
            if not out or self._switches.import_opted_out == "updated":
                self._update(run, found, sent, [] if out else list_ids)
            tally.opted_out += out
        held.pop(key, None)
        tally.went_in += 1

    def _held(self, account_id: str, sent: Sent, held: dict[str, Held]) -> Held | None:
        """Who has the address, or the number where there is no address; freshly read when the import changed it."""
        if sent.address:
            return held.get(fold(sent.address)) or self._contacts.rows.find_address(account_id, sent.address)
        return self._contacts.rows.find_sms(account_id, {"dial_code": "1", "sms_address": sent.sms})

    def _update(self, run: Run, held: Held, sent: Sent, list_ids: list[str]) -> None:
        if held.contact.get("deleted_at") and not self._switches.import_revives:
            raise RowProblem("deleted, not imported")
        now = stamp(run.at)
        before = {name: value for name, value in held.contact.items() if name != "deleted_at"}
        after = without_empty(self._filled(before, sent, list_ids, now=now, sms=run.wish["sms"]))
        if after != held.contact:
            moves = {"updated_at": now} if self._switches.import_moves_updated_at else {}
            self._contacts.rows.update(run.account_id, held, after | moves | {"update_source": "Account"})

    def _filled(self, contact: JSON, sent: Sent, list_ids: list[str], *, now: str, sms: str | None) -> JSON:
        """The contact with what is sent. Raises RowProblem where it would hold more than a contact can."""
        filled = contact | sent.core
        filled["list_memberships"] = list(dict.fromkeys([*(contact.get("list_memberships") or []), *list_ids]))
        filled["custom_fields"] = _with_fields(contact.get("custom_fields") or [], sent)
        filled["phone_numbers"] = _with_phones(contact.get("phone_numbers") or [], sent, now=now)
        filled["street_addresses"] = _with_streets(contact.get("street_addresses") or [], sent, now=now)
        most = {
            "list_memberships": MOST_LISTS,
            "custom_fields": _MOST_FIELDS,
            "phone_numbers": _MOST_PHONES,
            "street_addresses": _MOST_STREETS,
        }
        for name, limit in most.items():
            if len(filled[name]) > limit:
                raise RowProblem(f"more than {limit} {name}")
        return filled | ({"sms_channel": _sms(sent.sms, sms, now=now)} if sent.sms else {})


def _counters(rows: int, tally: _Tally, *, persons: int) -> JSON:
    return {
        "items_total_count": rows + 1,
        "person_count": persons,
        "error_count": tally.errors,
        "correctable_count": tally.correctable,
        "cannot_add_to_list_count": tally.opted_out,
    }


def _new(sent: Sent, *, now: str) -> JSON:
    contact: JSON = {"contact_id": new_id(), "create_source": "Account", "created_at": now, "updated_at": now}
    contact |= {"taggings": [], "notes": []}
    if sent.address:
        email = {"address": sent.address, "permission_to_send": "implicit", "opt_out_reason": None}
        contact["email_address"] = consent.new_email(email, source="Account", now=now)
    return contact


def _with_fields(held: list[JSON], sent: Sent) -> list[JSON]:
    """Custom fields replaced or added by their id; None takes one away."""
    others = [each for each in held if each["custom_field_id"] not in sent.custom_fields]
    return others + [{"custom_field_id": name, **value} for name, value in sent.custom_fields.items() if value]


def _with_phones(held: list[JSON], sent: Sent, *, now: str) -> list[JSON]:
    """One number of each kind that is sent, in place of the one there is."""
    phones = [each for each in held if each.get("kind") not in sent.phones]
    for kind, number in sent.phones.items():
        same = [each for each in held if each.get("kind") == kind and each.get("phone_number") == number]
        if number:
            times = {"created_at": now, "updated_at": now, "create_source": "Account", "update_source": "Account"}
            phones += same[:1] or [{"phone_number_id": new_id(), "phone_number": number, "kind": kind, **times}]
    return phones


def _with_streets(held: list[JSON], sent: Sent, *, now: str) -> list[JSON]:
    """The parts that are sent, put into the address of their kind."""
    by_kind = {each["kind"]: each for each in held}
    for kind, parts in sent.streets.items():
        had = by_kind.get(kind) or {"street_address_id": new_id(), "kind": kind, "created_at": now}
        merged = {name: value for name, value in (had | parts).items() if value}
        by_kind[kind] = merged if merged == had else merged | {"updated_at": now}
    return [each for each in by_kind.values() if set(each) & {"street", "city", "state", "postal_code", "country"}]


def _sms(number: str, permission: str | None, *, now: str) -> JSON:
    """A number in the United States, in answer form (section 8)."""
    given = {"sms_consent_permission": permission or "not_set", "consent_type": "promotional_sms"}
    return {
        "sms_channel_id": new_id(),
        "sms_address": number,
        "dial_code": "1",
        "country_code": "US",
        "create_source": "Account",
        "update_source": "Account",
        "sms_channel_consents": [{**given, "created_at": now, "updated_at": now}],
    }
