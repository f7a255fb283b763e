"""The one place that judges: who may come back, and that every state can be explained."""

from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.rules.standing import Standing
from contacts.rules.state import State, state_of
from contacts.rules.texts import REACTIVATED_REPLY, TEXTS, reply_with
from contacts.rules.verdict import Act, FormerList, Memory, judge

OPTED_OUT = datetime(2026, 9, 2, 10, tzinfo=UTC)
DELETED = date(2026, 11, 17)
PERMISSIONS = ("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed", "", "brand_new")
ALL = [
    Standing(
        address=address,
        permission=permission,
        confirm_status=confirm,
        opt_out_source=source,
        opt_out_date=opted,
        opt_out_reason=reason,
        deleted_on=deleted,
        list_ids=lists,
        once_opted_out=once,
        odd=odd,
    )
    for address, permission, confirm, source, opted, reason, deleted, lists, once, odd in product(
        ("maeve@example.net", ""),
        PERMISSIONS,
        ("off", "pending", "confirmed", ""),
        ("", "Contact", "Account", "Elsewhere"),
        (None, OPTED_OUT),
        ("", "Too many emails"),
        (None, DELETED),
        ((), ("a",)),
        (None, date(2026, 9, 2)),
        ((), ("deleted_at",)),
    )
]
UNWANTED = ("!", "oops", "please", "ghost", "zombie", "restore", "{date}", "{odd}", "{label}", " he ", " she ", "  ")

EXAMPLES = {
    State.ACTIVE: Standing(address="m@example.net", permission="explicit", list_ids=("a", "b")),
    State.ON_NO_LIST: Standing(address="m@example.net", permission="implicit"),
    State.UNSUBSCRIBED: Standing(address="m@example.net", permission="unsubscribed", opt_out_date=OPTED_OUT),
    State.UNSUBSCRIBED_BY_ACCOUNT: Standing(
        address="m@example.net", permission="unsubscribed", opt_out_source="Account"
    ),
    State.AWAITING: Standing(address="m@example.net", permission="pending_confirmation"),
    State.NO_PERMISSION: Standing(address="m@example.net", permission="not_set"),
    State.HOLD: Standing(address="m@example.net", permission="temp_hold"),
    State.DELETED: Standing(address="m@example.net", permission="implicit", deleted_on=DELETED),
    State.DELETED_OPTED_OUT: Standing(
        address="m@example.net", permission="unsubscribed", opt_out_source="Contact", deleted_on=DELETED
    ),
    State.DELETED_BY_ACCOUNT_OPTOUT: Standing(
        address="m@example.net", permission="unsubscribed", opt_out_source="Account", deleted_on=DELETED
    ),
    State.DELETED_AWAITING: Standing(address="m@example.net", permission="pending_confirmation", deleted_on=DELETED),
    State.DELETED_HOLD: Standing(address="m@example.net", permission="temp_hold", deleted_on=DELETED),
    State.NO_ADDRESS: Standing(name="Maeve"),
    State.NOT_UNDERSTOOD: Standing(address="m@example.net", permission="brand_new"),
}


def test_only_a_deleted_contact_that_agreed_and_never_opted_out_may_come_back():
    for standing in ALL:
        clean = not (standing.opt_out_source or standing.opt_out_date or standing.opt_out_reason)
        allowed = (
            standing.address != ""
            and standing.deleted_on is not None
            and standing.permission in ("explicit", "implicit", "not_set")
            and standing.confirm_status != "pending"
            and clean
            and standing.once_opted_out is None
            and not standing.odd
        )
        verdict = judge(standing)
        assert verdict.may_reactivate == allowed
        assert (verdict.act == Act.REACTIVATE) == allowed
        assert (verdict.refusal == "") == allowed


@pytest.mark.parametrize("state", list(EXAMPLES))
def test_every_state_is_recognised_and_has_all_its_words(state):
    standing = EXAMPLES[state]
    assert state_of(standing) == state
    verdict = judge(standing)
    for words in (verdict.label, verdict.headline, verdict.sentence, verdict.may, verdict.reply, verdict.why):
        assert words
    assert bool(verdict.act_label) == (verdict.act != Act.NONE)


def test_no_state_is_without_an_example_or_a_text():
    assert {*EXAMPLES, State.NOT_HERE} == set(State) == set(TEXTS)


def test_the_words_are_those_of_the_house():
    for standing, once in product([*EXAMPLES.values(), None], (None, date(2026, 9, 2))):
        seen = standing and Standing(**{**vars(standing), "once_opted_out": once})
        verdict = judge(seen, memory=Memory(asked_on=DELETED), query="m@example.net", today=DELETED)
        told = "\n".join((verdict.headline, verdict.sentence, verdict.refusal, verdict.reply, verdict.why))
        assert not [word for word in UNWANTED if word in told.casefold()], told
        assert verdict.sentence.endswith(".")


def test_an_opt_out_reason_alone_is_a_trace():
    standing = Standing(address="m@example.net", permission="explicit", deleted_on=DELETED, opt_out_reason="x")
    assert state_of(standing) == State.DELETED_OPTED_OUT


def test_an_address_that_is_not_known_is_not_here_and_can_sign_up():
    verdict = judge(None, query="maeve@example.net")
    assert verdict.state == State.NOT_HERE
    assert verdict.sentence == (
        "maeve@example.net is not in this account. Constant Contact has no record, so a sign-up will work."
    )
    assert not verdict.may_reactivate


def test_the_sentence_of_a_deleted_contact_tells_all_we_know():
    standing = Standing(
        address="maeve.doyle@example.net", name="Maeve Doyle", permission="implicit", deleted_on=DELETED
    )
    memory = Memory(
        former=(FormerList("Newsletter", date(2023, 3, 1)), FormerList("Course alerts", date(2026, 1, 9))),
        noticed_from=datetime(2026, 11, 17, 14, 0),
        noticed_to=datetime(2026, 11, 17, 14, 15),
        known_since=datetime(2026, 1, 6, 9, 0),
        lists_known=True,
    )
    verdict = judge(standing, memory=memory)
    assert verdict.sentence == (
        "Maeve Doyle was deleted on 17 Nov 2026 (we noticed between 14:00 and 14:15). They were on 2 lists: "
        "Newsletter (since Mar 2023), Course alerts (since Jan 2026). They never opted out. You may reactivate them."
    )
    assert verdict.may == "yes"


def deleted(**memory: object) -> str:
    standing = Standing(address="m@example.net", permission="implicit", deleted_on=DELETED)
    return judge(standing, memory=Memory(**memory)).sentence


def test_a_contact_deleted_before_linking_is_told_as_not_known():
    linked = datetime(2026, 12, 6, 9, 0)
    assert deleted(noticed_to=linked, known_since=linked) == (
        "m@example.net was deleted on 17 Nov 2026 (already so when we first saw them on 6 Dec 2026). Which lists they "
        "were on is not known: they were deleted before we first looked on 6 Dec 2026. We know of no opt-out. "
        "You may reactivate them, and choose the lists."
    )


def test_a_contact_that_came_and_went_between_two_looks_is_told_so():
    seen, linked = datetime(2026, 11, 17, 14, 15), datetime(2026, 1, 6, 9, 0)
    told = deleted(noticed_to=seen, known_since=linked)
    assert "(already so when we first saw them on 17 Nov 2026)" in told
    assert "Which lists they were on is not known: we never saw them active." in told


def test_a_list_it_was_on_from_the_start_or_that_is_gone_is_told_so():
    former = (FormerList("Newsletter"), FormerList("Summer 2024", date(2024, 6, 1), alive=False))
    told = deleted(former=former, lists_known=True, known_since=datetime(2026, 1, 6))
    assert "Newsletter (on it when we linked on 6 Jan 2026)" in told
    assert "Summer 2024 (since Jun 2024; this list no longer exists)" in told


def test_without_a_living_former_list_somebody_has_to_choose():
    gone = deleted(former=(FormerList("Summer 2024", alive=False),), lists_known=True)
    none = deleted(lists_known=True)
    assert gone.endswith("You may reactivate them, and choose the lists.")
    assert "They were on no list." in none


def test_an_opt_out_constant_contact_forgot_is_remembered_and_stops():
    standing = Standing(
        address="m@example.net", permission="implicit", deleted_on=DELETED, once_opted_out=date(2026, 9, 2)
    )
    verdict = judge(standing)
    assert verdict.state == State.DELETED_OPTED_OUT
    assert "opted out on 2 Sep 2026: Constant Contact no longer shows it, but we saw it." in verdict.sentence
    assert "on 2 Sep 2026" in verdict.refusal
    assert "on 2 Sep 2026" in verdict.reply


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Contact", "opted out on 2 Sep 2026, by the contact."),
        ("", "opted out on 2 Sep 2026, and Constant Contact does not say by whom."),
    ],
)
def test_an_opt_out_says_who_did_it_or_that_nobody_knows(source, told):
    standing = Standing(
        address="m@example.net", permission="unsubscribed", opt_out_source=source, opt_out_date=OPTED_OUT
    )
    assert told in judge(standing).sentence
    assert judge(standing).sentence.endswith("Only they can come back.")


def test_a_confirmation_that_is_awaited_says_for_how_long():
    memory = Memory(asked_on=date(2026, 10, 11))
    verdict = judge(EXAMPLES[State.AWAITING], memory=memory, today=date(2026, 11, 21))
    assert "on 11 Oct 2026" in verdict.sentence
    assert "for 41 days" in verdict.sentence
    assert "on 11 Oct 2026" in verdict.reply


def test_an_unknown_permission_is_named_and_never_guessed_at():
    verdict = judge(Standing(address="m@example.net", permission="brand_new", deleted_on=DELETED))
    assert verdict.state == State.NOT_UNDERSTOOD
    assert "permission_to_send: brand_new" in verdict.sentence
    assert not verdict.may_reactivate


def test_an_active_contact_shows_what_kind_of_permission_it_has():
    assert judge(EXAMPLES[State.ACTIVE]).suffix == "(express)"
    assert "on 2 lists" in judge(EXAMPLES[State.ACTIVE]).sentence
    assert judge(EXAMPLES[State.HOLD]).suffix == ""


def test_a_reply_names_the_form_when_its_link_is_not_known():
    reply = judge(EXAMPLES[State.UNSUBSCRIBED]).reply
    assert "https://example.org/join" in reply_with(reply, form_link="https://example.org/join")
    assert "sign-up form on our website" in reply_with(reply, form_link="")
    assert "{" not in reply_with(REACTIVATED_REPLY, form_link="")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
odd_emails = st.dictionaries(
    st.sampled_from(("address", "permission_to_send", "opt_out_date", "opt_out_source", "confirm_status")), json_values
)
odd_contacts = st.dictionaries(
    st.sampled_from(("first_name", "last_name", "deleted_at", "list_memberships", "x")), json_values
)


@given(raw=odd_contacts, email=odd_emails | json_values)
@settings(max_examples=500, deadline=None)
def test_whatever_constant_contact_sends_is_judged_and_never_written_when_odd(raw, email):
    standing = Standing.of(raw | {"email_address": email})
    verdict = judge(standing)
    assert verdict.sentence
    assert not (verdict.may_reactivate and standing.odd)


def test_a_reader_whose_role_does_not_act_is_not_told_that_they_may():
    standing = Standing(address="m@example.net", permission="implicit", deleted_on=DELETED)
    verdict = judge(standing, memory=Memory(lists_known=True), reader_acts=False)
    assert "You may" not in verdict.sentence
    assert "An agent may reactivate them" in verdict.sentence
