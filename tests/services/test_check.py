"""Explaining an address: from our copy in a few queries, and live with one call."""

import uuid

import pytest

from contacts.models import Contact, Membership
from contacts.rules.addresses import parse
from contacts.rules.roles import Role
from contacts.rules.verdict import State
from contacts.services.check import live, look_up
from tests.rows import make_account
from tests.views.check_rig import ALERTS, NEWSLETTER, Desk, emulated

pytestmark = pytest.mark.django_db
MAEVE = "maeve.doyle@example.net"


@pytest.fixture
def emulation(settings):
    with emulated(settings) as running:
        yield running


@pytest.fixture
def desk(emulation):
    return Desk(emulation)


def ask(desk, text, *, role=Role.AGENT):
    return live(desk.account, parse(text)[0], by=desk.access.user, role=role)


def copy(desk, text, *, role=Role.AGENT):
    return look_up(desk.account, text, role=role).cards


def calls(desk):
    return [request["path"] for request in desk.emulation.requests("GET", "/contacts")]


def test_our_copy_answers_without_a_call(desk):
    desk.ghost()
    (card,) = copy(desk, MAEVE.upper())
    assert card.verdict.state == State.DELETED
    assert [each.name for each in card.memory.former] == ["Course alerts", "Newsletter"]
    assert not card.is_live
    assert calls(desk) == []


def test_two_hundred_lines_cost_no_more_queries_than_two(desk, django_assert_num_queries):
    for number in range(5):
        desk.ghost(f"ghost{number}@example.org")
    with django_assert_num_queries(2):
        copy(desk, "ghost0@example.org\nnobody@example.org")
    with django_assert_num_queries(2):
        copy(desk, "\n".join(f"ghost{number}@example.org" for number in range(200)))


def test_a_contact_of_another_account_is_not_found(desk):
    desk.ghost()
    other = make_account()
    (card,) = look_up(other, MAEVE, role=Role.AGENT).cards
    assert card.verdict.state == State.NOT_HERE


def test_what_can_be_fixed_now_comes_first(desk):
    desk.contact("active@example.org", lists=[NEWSLETTER])
    desk.ghost("unknown@example.org", was_on=None)
    desk.ghost("out@example.org", email_address={"permission_to_send": "unsubscribed", "opt_out_source": "Contact"})
    desk.ghost()
    lines = ["active@example.org", "new@example.org", "out@example.org", "unknown@example.org", MAEVE]
    shown = [card.shown for card in copy(desk, "\n".join(lines))]
    assert shown == [MAEVE, "unknown@example.org", "out@example.org", "active@example.org", "new@example.org"]


def test_a_line_that_is_no_address_keeps_its_reason(desk):
    answers = look_up(desk.account, f"{MAEVE}\nnobody@", role=Role.AGENT)
    assert len(answers.cards) == 1
    assert [line.problem for line in answers.unreadable] == ["This is not an email address: nothing after the @."]


def test_a_present_contact_wins_over_a_missing_one_with_the_same_address(desk):
    ghost = desk.ghost()
    active = desk.contact(MAEVE, lists=[NEWSLETTER], held=False)
    Contact.objects.filter(pk=ghost.pk).update(missing_since="2026-11-18T00:00Z")
    (card,) = copy(desk, MAEVE)
    assert card.contact == active


def test_a_live_answer_costs_one_call_by_id_and_our_copy_follows(desk):
    contact = desk.contact(MAEVE, lists=[NEWSLETTER, ALERTS])
    desk.emulation.call("DELETE", f"/contacts/{contact.remote_id}")
    card = ask(desk, MAEVE)
    assert calls(desk) == [f"/v3/contacts/{contact.remote_id}"]
    assert card.is_live
    assert card.verdict.state == State.DELETED
    assert [call.path_template for call in card.live.calls] == ["/contacts/{id}"]
    assert sorted(each.list_id for each in card.memory.former) == [NEWSLETTER, ALERTS]
    assert not Membership.objects.filter(contact=contact, ended_at=None).exists()


def test_an_address_that_only_constant_contact_knows_is_stored_and_judged(desk):
    desk.ghost(copied=False)
    assert copy(desk, MAEVE)[0].verdict.state == State.NOT_HERE
    card = ask(desk, MAEVE)
    assert card.verdict.state == State.DELETED
    assert Contact.objects.filter(account=desk.account, address=MAEVE).exists()


def test_an_address_nobody_knows_is_said_not_to_be_here(desk):
    card = ask(desk, "new@example.org")
    assert card.is_live
    assert card.verdict.state == State.NOT_HERE
    assert calls(desk) == ["/v3/contacts"]


def test_the_id_of_a_refused_sign_up_is_looked_up_by_id(desk):
    desk.ghost(copied=False)
    refused = desk.emulation.call(
        "POST", "/contacts", json={"create_source": "Account", "email_address": {"address": MAEVE}}
    )
    assert refused.status_code == 409
    card = ask(desk, refused.text)
    assert card.verdict.state == State.DELETED
    assert card.shown == MAEVE


def test_an_id_that_is_not_in_the_account_is_not_here(desk):
    card = ask(desk, str(uuid.uuid4()))
    assert card.verdict.state == State.NOT_HERE
    assert card.contact is None


def test_an_address_that_moved_to_another_contact_is_asked_for_by_address(desk):
    first = desk.contact("old@example.org", lists=[NEWSLETTER])
    remote = desk.emulation.get(f"/contacts/{first.remote_id}").json()
    desk.emulation.call(
        "PUT",
        f"/contacts/{first.remote_id}",
        json={
            "update_source": "Account",
            "email_address": {"address": "renamed@example.org", "permission_to_send": "implicit"},
            "first_name": remote["first_name"],
        },
    )
    card = ask(desk, "old@example.org")
    assert card.verdict.state == State.NOT_HERE
    assert len(card.live.calls) == 2


def test_a_contact_of_our_copy_that_constant_contact_lost_is_marked_missing(desk):
    contact = desk.contact("gone@example.org", lists=[NEWSLETTER], held=False)
    card = ask(desk, "gone@example.org")
    contact.refresh_from_db()
    assert card.verdict.state == State.NOT_HERE
    assert contact.missing_since is not None


FAULTS = [
    ("status", {"status": 503}, "fault of its own (503)"),
    ("status", {"status": 403, "body": {}}, "refused"),
    ("quota_exceeded", {}, "used up"),
    ("unauthorized", {}, "no longer accepts our key"),
    ("drop", {}, "connection"),
    ("html", {}, "unreadable answer"),
    ("cut_json", {}, "unreadable answer"),
]


@pytest.mark.parametrize(("kind", "options", "words"), FAULTS)
def test_when_constant_contact_does_not_answer_the_card_is_ours_and_says_why(desk, kind, options, words):
    desk.ghost()
    desk.emulation.fault(kind, path="/contacts", times=0, **options)
    card = ask(desk, MAEVE)
    assert not card.is_live
    assert words in card.live.problem
    assert card.verdict.state == State.DELETED


def test_a_broken_link_is_told_without_a_call(desk):
    desk.ghost()
    desk.account.state = desk.account.State.BROKEN
    card = ask(desk, MAEVE)
    assert "Reconnect" in card.live.problem
    assert card.live.calls == ()


def test_near_matches_are_one_letter_or_some_dots_away(desk):
    for address in ("maeve.doyle@example.net", "maevedoyle@example.net", "m.doyle@example.net", "maeve@example.net"):
        desk.ghost(address)
    card = ask(desk, "maeve.doyl@example.net")
    assert [each.address for each in card.near] == ["maeve.doyle@example.net"]
    dotted = ask(desk, "ma.eve.doyle@example.net")
    assert [each.address for each in dotted.near] == ["maeve.doyle@example.net", "maevedoyle@example.net"]


def test_near_matches_stay_in_the_account_and_are_at_most_five(desk):
    for letter in "abcdefgh":
        desk.ghost(f"maeve{letter}@example.net")
    assert len(ask(desk, "maeve@example.net").near) == 5
    assert look_up(make_account(), "maeve@example.net", role=Role.AGENT).cards[0].near == []


def test_a_viewer_sees_neither_names_nor_near_matches_nor_addresses_they_did_not_type(desk):
    contact = desk.ghost()
    by_id = ask(desk, str(contact.remote_id), role=Role.VIEWER)
    assert by_id.shown == "m…@example.net"
    assert "Maeve" not in by_id.verdict.sentence
    assert MAEVE not in by_id.verdict.sentence
    assert "Maeve" not in ask(desk, MAEVE, role=Role.VIEWER).verdict.sentence
    assert ask(desk, "maeve.doyl@example.net", role=Role.VIEWER).near == ()


def test_lists_of_someone_deleted_before_we_looked_are_unknown_and_not_none(desk):
    desk.ghost(was_on=None)
    (card,) = copy(desk, MAEVE)
    assert not card.memory.lists_known
    assert "not known" in card.verdict.sentence


def test_the_reply_has_the_sign_up_link_of_the_account_or_words(desk):
    desk.contact(MAEVE, email_address={"permission_to_send": "unsubscribed", "opt_out_source": "Contact"})
    assert "sign-up form on our website" in copy(desk, MAEVE)[0].reply
    desk.account.sign_up_link = "https://harbour.example.com/join"
    assert "https://harbour.example.com/join" in copy(desk, MAEVE)[0].reply


def test_the_day_of_the_confirmation_email_is_told_in_the_account_s_zone(desk):
    desk.account.time_zone = "Australia/Sydney"
    pending = {"permission_to_send": "pending_confirmation", "updated_at": "2026-10-10T20:00:00Z"}
    desk.contact(MAEVE, email_address=pending)
    assert "on 11 Oct 2026" in copy(desk, MAEVE)[0].verdict.sentence
