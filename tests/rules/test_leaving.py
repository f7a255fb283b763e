"""The one other permission that is ever sent: the opt-out that was asked for, and nothing beside it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.rules.consent import Leaving
from contacts.rules.guard import guard
from contacts.rules.leaving import deleting, may_not_unsubscribe, unsubscribing
from contacts.rules.merge import opt_out_body
from contacts.rules.refusal import Refused, WouldChange, WouldWiden
from contacts.rules.standing import Standing
from tests.rules.putting import put
from tests.rules.shapes import AGREED, remotes
from tests.rules.test_guard import LIST, MAEVE, mutations

ASKED = Leaving.THEY_ASKED.opt_out
ACTIVE = MAEVE | {"deleted_at": None, "list_memberships": [LIST]}


def shown(remote):
    """A contact that may be unsubscribed: not deleted, with an address."""
    email = remote["email_address"]
    agreed = email if email["permission_to_send"] in AGREED else email | {"permission_to_send": "implicit"}
    return {name: value for name, value in remote.items() if name != "deleted_at"} | {"email_address": agreed}


@given(remote=remotes().filter(lambda remote: remote.get("email_address")).map(shown), data=st.data())
@settings(max_examples=700, deadline=None)
def test_every_single_mutation_of_an_opt_out_is_refused(remote, data):
    try:
        body = opt_out_body(remote, ASKED)
    except Refused:
        return
    guard(remote, body, lists=None, opt_out=ASKED)
    mutated = mutations(body, data.draw)
    if mutated != body:
        with pytest.raises(Refused):
            guard(remote, mutated, lists=None, opt_out=ASKED)


@pytest.mark.parametrize("strict", [True, False])
def test_after_it_the_contact_is_what_it_was_and_unsubscribed(strict):
    after = put(ACTIVE, opt_out_body(ACTIVE, ASKED), strict=strict)
    assert after["email_address"]["permission_to_send"] == "unsubscribed"
    assert (after["first_name"], after["list_memberships"]) == ("Maeve", [LIST])


def test_an_opt_out_passes_only_where_it_was_asked_for():
    body = opt_out_body(ACTIVE, ASKED)
    with pytest.raises(WouldWiden):
        guard(ACTIVE, body, lists=None)
    with pytest.raises(Refused):
        guard(ACTIVE, body, lists=None, opt_out=Leaving.WE_DECIDED.opt_out)
    with pytest.raises(WouldChange):
        guard(ACTIVE, body, lists=None, opt_out=("Anybody", ASKED.reason))


def test_no_opt_out_brings_a_deleted_contact_back_or_adds_to_a_list():
    with pytest.raises(WouldChange, match="would have brought it back"):
        guard(MAEVE, opt_out_body(ACTIVE, ASKED), lists=None, opt_out=ASKED)
    body = opt_out_body(ACTIVE, ASKED) | {"list_memberships": [LIST, "another"]}
    with pytest.raises(WouldWiden):
        guard(ACTIVE, body, lists=[LIST, "another"], opt_out=ASKED)


def test_whoever_opted_out_is_not_opted_out_again():
    out = ACTIVE | {"email_address": MAEVE["email_address"] | {"permission_to_send": "unsubscribed"}}
    assert may_not_unsubscribe(Standing.of(out)) == "This contact is unsubscribed already."
    with pytest.raises(WouldChange):
        guard(out, opt_out_body(out, ASKED), lists=None, opt_out=ASKED)


def test_a_reason_on_record_stays():
    kept = ACTIVE | {"email_address": MAEVE["email_address"] | {"opt_out_reason": "Too many"}}
    body = opt_out_body(kept, ASKED)
    assert body["email_address"]["opt_out_reason"] == "Too many"
    guard(kept, body, lists=None, opt_out=ASKED)


def test_the_count_moves_for_those_who_count():
    counts = Standing(address="m@example.net", permission="implicit")
    assert "3,390 → 3,389" in " ".join(unsubscribing(counts, lists=["Newsletter"], active=3390))
    held = Standing(address="m@example.net", permission="temp_hold")
    assert "count as active" not in " ".join(deleting(held, lists=[], tags=[], active=3390))
