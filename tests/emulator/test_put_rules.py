"""Any PUT at all against the table of CC reference, section 11, written down here a second time.

Works on the state itself, without HTTP: the oracle shares nothing with the code but the words of the reference.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import ApiError
from emulator.state import State
from emulator.switches import Switches

ACCOUNT = "one"
LISTS = [f"{place}0000000-0000-11f1-8000-fa163e000000" for place in range(1, 5)]
CORE = ("first_name", "last_name", "job_title", "company_name")
PERMISSIONS = ("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
FIXED = ("contact_id", "create_source", "created_at")

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)
phones = st.lists(st.fixed_dictionaries({"phone_number": st.text("0123456789 ", min_size=1), "kind": st.just("home")}))
bodies = st.fixed_dictionaries(
    {"update_source": st.sampled_from(["Account", "Account", "Contact"])},
    optional={
        **dict.fromkeys(CORE, words),
        "email_address": st.fixed_dictionaries(
            {"address": st.sampled_from(["a@example.org", "A@example.org", "taken@example.org"])},
            optional={"permission_to_send": st.sampled_from(PERMISSIONS), "opt_out_reason": words},
        ),
        "list_memberships": st.lists(st.sampled_from(LISTS), unique=True),
        "phone_numbers": phones,
        "notes": st.lists(st.fixed_dictionaries({"content": words}), max_size=3),
        "unknown": st.integers(),
    },
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["address", "kind", "x"]), inner),
    max_leaves=6,
)
broken = st.dictionaries(
    st.sampled_from([*CORE, "update_source", "email_address", "list_memberships", "phone_numbers", "sms_channel"]), junk
)


def account(mode, *, permission, deleted):
    switches = Switches()
    switches.set("put_mode", mode)
    state = State(Database(), Clock(), switches)
    state.load(
        accounts=[{"encoded_account_id": ACCOUNT, "organization_name": "One"}],
        lists=[{"account": ACCOUNT, "list_id": each, "name": each} for each in LISTS],
    )
    body = {"create_source": "Account", "first_name": "Ann", "last_name": "Lee", "list_memberships": LISTS[:2]}
    extra = {"phone_numbers": [{"phone_number": "1", "kind": "home"}], "notes": [{"content": "n"}]}
    state.contacts.create(ACCOUNT, {"create_source": "Account", "email_address": {"address": "taken@example.org"}})
    email = {"address": "a@example.org", "permission_to_send": "implicit" if permission == "out" else permission}
    made = state.contacts.create(ACCOUNT, body | extra | {"email_address": email})
    if permission == "out":
        state.contacts.unsubscribe(ACCOUNT, made["contact_id"])
    if deleted:
        state.contacts.delete(ACCOUNT, made["contact_id"])
    return state, made["contact_id"]


def expected_permission(before, body, mode):
    """The permission after a PUT; None where the address is gone."""
    held = before["email_address"]
    if "email_address" not in body and mode == "strict":
        return None
    asked = body.get("email_address", {}).get("permission_to_send", "implicit")
    return "unsubscribed" if held.get("opt_out_source") == "Contact" else asked


def expected_lists(before, body, permission, mode):
    wanted = body.get("list_memberships", [] if mode == "strict" else before["list_memberships"])
    return [each for each in wanted if permission != "unsubscribed" or each in before["list_memberships"]]


@pytest.mark.parametrize("mode", ["documented", "strict"])
@given(body=bodies, permission=st.sampled_from([*PERMISSIONS[:5], "out"]), deleted=st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_put_does_what_the_table_says(mode, body, permission, deleted):
    state, contact_id = account(mode, permission=permission, deleted=deleted)
    before = state.contacts.get(ACCOUNT, contact_id)
    try:
        after = state.contacts.replace(ACCOUNT, contact_id, body)
    except ApiError as refusal:
        taken = body.get("email_address", {}).get("address") == "taken@example.org"
        by_contact = deleted and body["update_source"] == "Contact"
        too_many = len(body.get("phone_numbers", [])) > 3 or any(
            len(each["phone_number"]) > 25 for each in body.get("phone_numbers", [])
        )
        assert refusal.status == (400 if by_contact or too_many else 409)
        assert taken or by_contact or too_many
        assert state.contacts.get(ACCOUNT, contact_id) == before
        return

    assert {name: after.get(name) for name in FIXED} == {name: before.get(name) for name in FIXED}
    assert {name: after.get(name) for name in CORE} == {name: body.get(name) for name in CORE}
    got = after.get("email_address", {}).get("permission_to_send")
    assert got == expected_permission(before, body, mode)
    assert after["list_memberships"] == expected_lists(before, body, got, mode)
    kept = [] if mode == "strict" else before["phone_numbers"]
    sent = body.get("phone_numbers", [{name: each[name] for name in ("phone_number", "kind")} for each in kept])
    assert [(each["phone_number"], each["kind"]) for each in after["phone_numbers"]] == [
        (each["phone_number"], each["kind"]) for each in sent
    ]
    assert "deleted_at" not in after
    assert "unknown" not in after


@given(body=broken)
@settings(max_examples=300, deadline=None)
def test_a_broken_body_is_a_400_or_harmless_and_never_a_crash(body):
    state, contact_id = _SHARED
    try:
        after = state.contacts.replace(ACCOUNT, contact_id, body)
    except ApiError as refusal:
        assert refusal.status in (400, 409)
        return
    assert after["contact_id"] == contact_id


_SHARED = account("documented", permission="explicit", deleted=False)
