"""The contact's own doors: the sign-up form and the one resubscribe mail (CC reference, section 12)."""

import json
from collections.abc import Iterable
from typing import Any

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import JSON, conflict, invalid, not_found, not_valid
from emulator.state import consent
from emulator.state.checks import Check
from emulator.state.contacts import Contacts, without_empty
from emulator.state.ids import new_id
from emulator.state.rows import Held
from emulator.state.shapes import read_consent, read_core, read_custom_field, read_street


class SignUp:
    """Writes that claim the contact's own act. ``updated_at`` moves; a deleted contact is restored."""

    def __init__(self, db: Database, clock: Clock, contacts: Contacts) -> None:
        self._db = db
        self._clock = clock
        self._contacts = contacts

    def find(self, account_id: str, body: Any) -> Held | None:
        """The contact that a sign-up with this body would update."""
        address = body.get("email_address") if isinstance(body, dict) else None
        return self._contacts.rows.find_address(account_id, address) if isinstance(address, str) else None

    def sign_up(self, account_id: str, body: Any) -> tuple[str, bool]:
        """Create or update by address; the contact's id and whether it is new. Raises 400."""
        sent = _read_form(body)
        with self._db.transaction():
            self._contacts.check_known(account_id, sent)
            held = self.find(account_id, body)
            owner = self._contacts.rows.find_sms(account_id, sent["sms_channel"]) if sent["sms_channel"] else None
            if held and owner and held.number != owner.number:
                raise conflict("The address and the SMS number belong to two contacts")
            held = held or owner
            if held is not None:
                self._update(account_id, held, sent)
                return held.contact["contact_id"], False
            return self._create(account_id, sent), True

    def send_mail(self, account_id: str, contact_id: str, body: Any) -> JSON:
        """PUT /contacts/resubscribe: one mail, ever; the contact stays unsubscribed until it confirms.

        A second mail is 409 (section 20, question 6). The 200 body is unknown: the contact as it is. A contact that is
        deleted or not unsubscribed has nothing to confirm: 404 and 400 are assumed.
        """
        check = Check(body)
        list_ids = check.ids("list_ids", 50, required=True) or []
        check.done()
        with self._db.transaction() as cursor:
            held = self._contacts.held(account_id, contact_id)
            if held.contact.get("deleted_at"):
                raise not_found()
            if not consent.opted_out(held.contact.get("email_address")):
                raise invalid(not_valid("contact_id"))
            if not self._contacts.all_known(account_id, "lists", "list_id", list_ids):
                raise invalid(not_valid("list_ids"))
            if self._db.row("SELECT 1 FROM resubscribe_mails WHERE contact = ?", (held.number,)):
                raise conflict("A resubscribe email was already sent to this contact")
            values = (held.number, self._clock.stamp(), json.dumps(list_ids))
            cursor.execute("INSERT INTO resubscribe_mails VALUES (?, ?, ?)", values)
            return held.contact

    def confirm(self, account_id: str, contact_id: str) -> None:
        """The contact presses the button in that mail: explicit again, and on the lists. Raises 404 without a mail."""
        with self._db.transaction():
            held = self._contacts.held(account_id, contact_id)
            mail = self._db.row("SELECT list_ids FROM resubscribe_mails WHERE contact = ?", (held.number,))
            if mail is None:
                raise not_found()
            now = self._clock.stamp()
            email = consent.opted_in(
                held.contact["email_address"], permission="explicit", source="Contact", now=now
            ) | {"confirm_status": "confirmed"}
            lists = list(dict.fromkeys([*held.contact["list_memberships"], *json.loads(mail["list_ids"])]))
            changed = {"email_address": email, "list_memberships": lists, "update_source": "Contact", "updated_at": now}
            self._contacts.rows.update(account_id, held, held.contact | changed)

    def _create(self, account_id: str, sent: JSON) -> str:
        """A new contact is explicit, or awaits its confirmation where the account asks for that."""
        now = self._clock.stamp()
        account = self._db.row("SELECT confirmed_opt_in FROM accounts WHERE account_id = ?", (account_id,))
        permission = "pending_confirmation" if account and account["confirmed_opt_in"] else "explicit"
        contact = _merged({"contact_id": new_id(), "create_source": "Contact", "created_at": now}, sent, now=now)
        if sent["address"]:
            contact["email_address"] = _signed_up(sent["address"], permission, now=now)
        self._contacts.rows.insert(account_id, contact | {"updated_at": now})
        contact_id: str = contact["contact_id"]
        return contact_id

    def _update(self, account_id: str, held: Held, sent: JSON) -> None:
        """Only what is sent changes; the permission becomes explicit, also for who opted out or was deleted."""
        now = self._clock.stamp()
        contact = _merged(held.contact, sent, now=now)
        if contact.get("email_address"):
            email = contact["email_address"]
            contact["email_address"] = consent.opted_in(email, permission="explicit", source="Contact", now=now)
        elif sent["address"]:
            contact["email_address"] = _signed_up(sent["address"], "explicit", now=now)
        contact |= {"updated_at": now, "update_source": "Contact", "deleted_at": None}
        self._contacts.rows.update(account_id, held, without_empty(contact))


def _signed_up(address: str, permission: str, *, now: str) -> JSON:
    """The address of somebody who signed up just now."""
    email = {"address": address, "permission_to_send": permission, "opt_out_reason": None}
    return consent.new_email(email, source="Contact", now=now)


def _read_form(body: Any) -> JSON:
    """The checked form; unknown keys are ignored."""
    check = Check(body)
    address = check.address("email_address", 50, required="sms_channel" not in check.body)
    sent: JSON = {"list_memberships": check.ids("list_memberships", 50, required=True), "address": address}
    sent["core"] = {name: value for name, value in read_core(check).items() if value is not None}
    sent["phone_number"] = check.text("phone_number", 25)
    sent["custom_fields"] = [read_custom_field(each) for each in check.array("custom_fields", 50) or []]
    sent["street_address"] = read_street(body["street_address"]) if body.get("street_address") is not None else None
    sent["sms_channel"] = _read_sms(body["sms_channel"]) if body.get("sms_channel") is not None else None
    check.done()
    return sent


def _read_sms(body: Any) -> JSON:
    check = Check(body, within="sms_channel")
    sms: JSON = {
        "sms_channel_id": new_id(),
        "sms_address": check.text("sms_address", 25, required=True),
        "dial_code": check.text("dial_code", 4, required=True),
        "country_code": check.text("country_code", 2, required=True),
        "create_source": "Contact",
        "update_source": "Contact",
    }
    consents = check.array("sms_channel_consents", 10, required=True) or []
    check.done()
    return sms | {"sms_channel_consents": [read_consent(each) for each in consents]}


def _merged(held: JSON, sent: JSON, *, now: str) -> JSON:
    """Core values replaced where sent; lists and custom fields added to the existing ones."""
    contact = held | sent["core"]
    lists = [*(held.get("list_memberships") or []), *sent["list_memberships"]]
    contact["list_memberships"] = _at_most(50, "list_memberships", dict.fromkeys(lists))
    values = {each["custom_field_id"]: each for each in [*(held.get("custom_fields") or []), *sent["custom_fields"]]}
    contact["custom_fields"] = _at_most(25, "custom_fields", values.values())
    contact["phone_numbers"] = _with_phone(held.get("phone_numbers") or [], sent["phone_number"], now=now)
    contact["street_addresses"] = _with_street(held.get("street_addresses") or [], sent["street_address"], now=now)
    if sent["sms_channel"]:
        contact["sms_channel"] = sent["sms_channel"]
    return {"taggings": [], "notes": []} | contact


def _with_phone(held: list[JSON], number: str | None, *, now: str) -> list[JSON]:
    """One number more, unless it is there already; three at most."""
    if not number or number in [each["phone_number"] for each in held]:
        return held
    phone = {"phone_number_id": new_id(), "phone_number": number, "kind": "other", "created_at": now, "updated_at": now}
    return [*held, phone | {"create_source": "Contact", "update_source": "Contact"}][:3]


def _with_street(held: list[JSON], street: JSON | None, *, now: str) -> list[JSON]:
    """The address in place of the one of its kind; three at most."""
    if not street:
        return held
    others = [each for each in held if each.get("kind") != street["kind"]]
    return [*others, {"street_address_id": new_id(), **street, "created_at": now, "updated_at": now}][:3]


def _at_most(most: int, name: str, items: Iterable[Any]) -> list[Any]:
    """What a contact can hold (section 8). Raises 400."""
    held = list(items)
    if len(held) > most:
        raise invalid(not_valid(name))
    return held
