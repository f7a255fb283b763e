"""Both readings of PUT, ten thousand generated contacts, random wishes: nothing that was not asked for ever changes."""

from contextlib import contextmanager
from random import Random
from types import SimpleNamespace

import pytest

from contacts.models import Contact, Write
from contacts.rules.editing import Thing, edited
from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused
from contacts.rules.standing import Standing
from contacts.rules.verdict import judge
from contacts.services.acts import ACTS, Edit
from emulator import alarms
from emulator.assembly import Options, assemble
from emulator.generator import ACCOUNT, fill

NUMBER = 5_000
FEWER = 2_000
ACCOUNT_ID = ACCOUNT["encoded_account_id"]
# What a PUT moves by itself, and what this one asks for.
MOVES = {"updated_at", "update_source", "list_memberships", "deleted_at"}
PART_MOVES = {"created_at", "updated_at", "create_source", "update_source", "phone_number_id", "street_address_id"}


def as_kept(contact, moves=MOVES):
    """Everything of a contact that must be the same afterwards, without the clocks and ids of its parts."""
    kept = {}
    for name, value in contact.items():
        if name in moves or value in (None, [], {}):
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


@contextmanager
def generated(put_mode, number):
    """An emulator with so many contacts, their ids, and the ids of its lists and tags."""
    emulator = assemble(Options(calls_per_second=0, calls_per_day=0, switches={"put_mode": put_mode}))
    fill(emulator.state, number, seed=20261121)
    with emulator.state.db.transaction() as cursor:
        ids, lists, tags = (
            [row[0] for row in cursor.execute(f"SELECT {name}_id FROM {name}s ORDER BY {name}_id")]
            for name in ("contact", "list", "tag")
        )
    assert len(ids) == number
    yield emulator.state.contacts, ids, lists, tags
    emulator.state.db.close()


@pytest.mark.parametrize("put_mode", ["documented", "strict"])
def test_a_put_changes_the_wish_and_nothing_else(put_mode):
    with generated(put_mode, NUMBER) as (contacts, ids, lists, _):
        written = put_everybody(contacts, ids, lists, Random(put_mode))
    assert written > NUMBER * 0.8


def put_everybody(contacts, ids, lists, random):
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
    return written


@pytest.mark.parametrize("put_mode", ["documented", "strict"])
def test_an_edit_of_anybody_changes_the_wish_and_nothing_else(put_mode):
    with generated(put_mode, FEWER) as (contacts, ids, lists, tags):
        written = edit_everybody(contacts, ids, lists, tags, Random(put_mode))
    assert written > FEWER / 5


def edit_everybody(contacts, ids, lists, tags, random):
    """Random edits of everybody; those that are refused leave no trace, the others exactly theirs."""
    living, written = SimpleNamespace(lists=frozenset(lists), tags=frozenset(tags)), 0
    for contact_id in ids:
        before = contacts.get(ACCOUNT_ID, contact_id)
        kind = random.choice([each for each, act in ACTS.items() if isinstance(act, Edit)])
        act = ACTS[kind]
        wish = random.sample(lists if act.thing == Thing.LISTS else tags, random.randint(0, 3))
        write = Write(contact=Contact(), lists=wish, tags=wish)
        try:
            body = act.body(write, before, living)
        except Refused:
            continue
        contacts.replace(ACCOUNT_ID, contact_id, body)
        after = contacts.get(ACCOUNT_ID, contact_id)
        field = str(act.thing)
        assert as_kept(after, {"updated_at", "update_source", field}) == as_kept(
            before, {"updated_at", "update_source", field}
        )
        wanted = edited(before.get(field, []), wish, act.way).after
        assert sorted(after.get(field, [])) == sorted(wanted)
        assert act.missing(before, body, after) == []
        assert alarms.of_put(before, body, after) == []
        assert not before.get("deleted_at")
        written += 1
    return written
