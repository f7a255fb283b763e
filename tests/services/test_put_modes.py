"""Both readings of PUT, ten thousand generated contacts, random wishes: nothing that was not asked for ever changes."""

from random import Random

import pytest

from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused
from contacts.rules.standing import Standing
from contacts.rules.verdict import judge
from emulator import alarms
from emulator.assembly import Options, assemble
from emulator.generator import ACCOUNT, fill

NUMBER = 5_000
ACCOUNT_ID = ACCOUNT["encoded_account_id"]
# What a PUT moves by itself, and what this one asks for.
MOVES = {"updated_at", "update_source", "list_memberships", "deleted_at"}
PART_MOVES = {"created_at", "updated_at", "create_source", "update_source", "phone_number_id", "street_address_id"}


def as_kept(contact):
    """Everything of a contact that must be the same afterwards, without the clocks and ids of its parts."""
    kept = {}
    for name, value in contact.items():
        if name in MOVES or value in (None, [], {}):
            continue
        if isinstance(value, list):
            value = sorted(
                (
                    sorted((k, repr(v)) for k, v in part.items() if k not in PART_MOVES)
                    if isinstance(part, dict)
                    else [part]
                )
                for part in value
            )
        elif isinstance(value, dict):
            value = {k: v for k, v in value.items() if k not in PART_MOVES | {"sms_channel_id"}}
            value.pop("sms_channel_consents", None)
        kept[name] = value
    return kept


@pytest.mark.parametrize("put_mode", ["documented", "strict"])
def test_a_put_changes_the_wish_and_nothing_else(put_mode):
    emulator = assemble(Options(calls_per_second=0, calls_per_day=0, switches={"put_mode": put_mode}))
    fill(emulator.state, NUMBER, seed=20261121)
    contacts = emulator.state.contacts
    with emulator.state.db.transaction() as cursor:
        ids = [row[0] for row in cursor.execute("SELECT contact_id FROM contacts ORDER BY contact_id")]
        lists = [row[0] for row in cursor.execute("SELECT list_id FROM lists ORDER BY list_id")]
    random = Random(put_mode)
    written = 0
    for contact_id in ids:
        before = contacts.get(ACCOUNT_ID, contact_id)
        wish = random.sample(lists, random.randint(1, len(lists)))
        if before.get("deleted_at") and not judge(Standing.of(before)).may_reactivate:
            continue
        if not before.get("deleted_at") and before.get("email_address", {}).get("permission_to_send") == "unsubscribed":
            wish = before["list_memberships"]
        try:
            body = body_for(before, lists=wish)
            guard(before, body, lists=wish, revive=True)
        except Refused:
            continue
        contacts.replace(ACCOUNT_ID, contact_id, body)
        after = contacts.get(ACCOUNT_ID, contact_id)
        assert as_kept(after) == as_kept(before)
        assert sorted(after["list_memberships"]) == sorted(wish)
        assert not after.get("deleted_at")
        assert alarms.of_put(before, body, after) == []
        written += 1
    assert len(ids) == NUMBER
    assert written > NUMBER * 0.8
    emulator.state.db.close()
