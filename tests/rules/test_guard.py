"""The last look before sending: a bug anywhere before it is caught, whatever it does to the body."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.rules import guard as guard_module
from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import Refused, WouldChange, WouldLose, WouldWiden
from tests.rules.shapes import PERMISSIONS, remotes, wishes

JSON = dict[str, Any]
LIST = "3fa85f64-5717-4562-b3fc-000000000001"
MAEVE = {
    "contact_id": LIST,
    "email_address": {"address": "maeve@example.net", "permission_to_send": "implicit"},
    "first_name": "Maeve",
    "deleted_at": "2026-11-17",
    "list_memberships": [],
    "phone_numbers": [{"phone_number": "1", "kind": "home", "phone_number_id": LIST}],
}
READ_ONLY = ("contact_id", "created_at", "updated_at", "deleted_at", "create_source", "opt_in_date", "x")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a body, the objects and lists themselves included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def objects(body: JSON) -> list[tuple[Any, ...]]:
    return [(), *(path for path in places(body) if isinstance(at(body, path), dict))]


def at(body: JSON, path: tuple[Any, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


def other(value: Any) -> Any:
    """A value that is surely another one."""
    if isinstance(value, str):
        return value + "x"
    return value + 1 if isinstance(value, int) else "x"


def mutations(body: JSON, draw: st.DrawFn) -> JSON:
    """The body with exactly one thing dropped, changed, emptied, doubled, added or turned into another type."""
    changed = deepcopy(body)
    path = draw(st.sampled_from(list(places(body))))
    holder, key = at(changed, path[:-1]), path[-1]
    match draw(st.sampled_from(("drop", "change", "empty", "null", "retype", "add", "double"))):
        case "drop":
            del holder[key]
        case "change":
            holder[key] = other(holder[key])
        case "empty":
            holder[key] = type(holder[key])()
        case "null":
            holder[key] = None
        case "retype":
            holder[key] = [holder[key]]
        case "double" if isinstance(holder, list):
            holder.append(holder[key])
        case _:
            target = at(changed, draw(st.sampled_from(objects(body))))
            target[draw(st.sampled_from(READ_ONLY))] = draw(st.sampled_from(("2026-01-01", "", None, 0)))
    return changed


@given(remote=remotes(), lists=wishes, data=st.data())
@settings(max_examples=1500, deadline=None)
def test_every_single_mutation_of_a_body_is_refused(remote, lists, data):
    body = body_for(remote, lists=lists)
    mutated = mutations(body, data.draw)
    if mutated == body:
        # Emptying what was empty, or a note that may name its own date: nothing was mutated.
        return
    with pytest.raises(Refused):
        guard(remote, mutated, lists=lists, revive=True)


@given(remote=remotes(), lists=wishes)
@settings(max_examples=300, deadline=None)
def test_a_sound_body_passes_in_any_order(remote, lists):
    body = body_for(remote, lists=lists)
    guard(remote, {**dict(reversed(body.items())), "list_memberships": lists[::-1]}, lists=lists, revive=True)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("claimed", [*PERMISSIONS, None, ""])
def test_no_permission_other_than_the_one_read_passes(permission, claimed):
    remote = MAEVE | {"email_address": {"address": "maeve@example.net", "permission_to_send": permission}}
    remote = remote | {"deleted_at": None, "list_memberships": [LIST]}
    body = body_for(remote, lists=None)
    body["email_address"] |= {"permission_to_send": claimed}
    if claimed == permission:
        guard(remote, body, lists=None)
    else:
        with pytest.raises(WouldWiden):
            guard(remote, body, lists=None)


@pytest.mark.parametrize("permission", ["unsubscribed", "temp_hold", "pending_confirmation", "brand_new"])
def test_nobody_is_brought_back_who_did_not_agree_even_if_the_verdict_said_so(permission):
    remote = MAEVE | {"email_address": {"address": "maeve@example.net", "permission_to_send": permission}}
    with pytest.raises(WouldWiden):
        guard(remote, body_for(remote, lists=[LIST]), lists=[LIST], revive=True)


@pytest.mark.parametrize("trace", ["opt_out_source", "opt_out_date", "opt_out_reason"])
def test_a_trace_of_an_opt_out_is_enough_to_stop(trace):
    remote = MAEVE | {"email_address": MAEVE["email_address"] | {trace: "Contact"}}
    with pytest.raises(WouldWiden):
        guard(remote, body_for(remote, lists=[LIST]), lists=[LIST], revive=True)


def test_a_deleted_contact_passes_for_a_reactivation_alone():
    with pytest.raises(WouldChange, match="would have brought it back"):
        guard(MAEVE, body_for(MAEVE, lists=[LIST]), lists=[LIST])


@pytest.mark.parametrize(
    "email",
    [
        {"permission_to_send": "unsubscribed"},
        {"permission_to_send": "pending_confirmation"},
        {"permission_to_send": "temp_hold"},
        {"permission_to_send": "implicit", "opt_out_date": "2026-09-02T10:00:00Z"},
    ],
)
def test_nobody_is_added_to_a_list_who_did_not_agree_even_if_the_rules_said_so(email):
    remote = MAEVE | {"deleted_at": None, "email_address": MAEVE["email_address"] | email, "list_memberships": ["a"]}
    with pytest.raises(WouldWiden):
        guard(remote, body_for(remote, lists=["a", LIST]), lists=["a", LIST])
    guard(remote, body_for(remote, lists=[]), lists=[])


def test_a_property_merge_has_never_heard_of_is_missed():
    with pytest.raises(WouldLose, match="loyalty_tier"):
        guard(MAEVE | {"loyalty_tier": "gold"}, body_for(MAEVE, lists=[LIST]), lists=[LIST], revive=True)


@pytest.mark.parametrize("source", ["Contact", None, ["Account"]])
def test_no_change_claims_to_be_the_contacts_own(source):
    with pytest.raises(WouldChange):
        guard(MAEVE, body_for(MAEVE, lists=[LIST]) | {"update_source": source}, lists=[LIST], revive=True)


def test_lists_other_than_the_wish_are_refused():
    with pytest.raises(WouldChange, match="list_memberships"):
        guard(MAEVE, body_for(MAEVE, lists=[LIST]), lists=["another"], revive=True)


@pytest.mark.parametrize("deleted", [None, "2026-11-17"])
def test_a_body_that_leaves_the_lists_out_is_refused_even_when_none_are_wished(deleted):
    remote = MAEVE | {"deleted_at": deleted}
    body = body_for(MAEVE, lists=[LIST])
    del body["list_memberships"]
    with pytest.raises(WouldChange, match="list_memberships"):
        guard(remote, body, lists=[], revive=True)


def test_a_deleted_contact_is_not_brought_back_to_no_list():
    with pytest.raises(WouldChange, match="list_memberships"):
        guard(MAEVE, body_for(MAEVE, lists=[LIST]) | {"list_memberships": []}, lists=[], revive=True)


def test_more_phones_than_put_takes_are_refused_before_one_is_cut_off():
    remote = MAEVE | {"phone_numbers": [{"phone_number": str(each)} for each in range(4)]}
    body = body_for(MAEVE, lists=[LIST]) | {"phone_numbers": remote["phone_numbers"]}
    with pytest.raises(WouldLose, match="phone_numbers"):
        guard(remote, body, lists=[LIST], revive=True)


def test_the_guard_shares_no_code_with_what_it_guards_against():
    used = {each.__module__ for each in vars(guard_module).values() if hasattr(each, "__module__")}
    assert {name for name in used if name.startswith("contacts.")} == {"contacts.rules.guard", "contacts.rules.refusal"}


def test_a_refusal_says_that_nothing_was_sent_and_whose_fault_it_is():
    body = {"update_source": "Account", "list_memberships": [LIST], "email_address": MAEVE["email_address"]}
    with pytest.raises(WouldLose) as refused:
        guard(MAEVE, body, lists=[LIST], revive=True)
    assert "Nothing was sent" in refused.value.advice
    assert "first_name, phone_numbers" in refused.value.advice
