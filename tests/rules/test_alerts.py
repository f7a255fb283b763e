"""What alerts say, and for whom they are."""

import pytest

from contacts.models import Alert
from contacts.rules.alerts import KINDS, may_see, telling, wanted, wants_digest
from contacts.rules.roles import Role

PERSON = "maeve.doyle@example.net"
DETAILS = {
    "link": {"reason": PERSON},
    "spike": {"spike": 4, "number": 3012, "name": PERSON},
    "reversal": {"number": 2, "entry": PERSON},
    "approval": {"job": 42, "people": 2927, "asked_by": 7, "note": PERSON},
    "verify": {"chain": PERSON, "faults": PERSON, "sequence": 1204},
    "budget": {"used": 9001, "limit": 10000, "until": "2026-11-22T00:00:00+00:00"},
}


def test_every_kind_has_its_words():
    assert set(KINDS) == set(Alert.Kind.values) == set(DETAILS)
    assert {name: kind.name for name, kind in KINDS.items()} == dict(Alert.Kind.choices)


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_what_happened_what_is_still_true_and_what_to_do(kind):
    words = telling(kind, DETAILS[kind])
    for sentence in (words.happened, words.still, words.to_do):
        assert sentence.endswith(".")
        assert "!" not in sentence
    assert PERSON not in f"{words}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [PERSON, None, True, 3.5, [PERSON], {"a": PERSON}])
def test_nothing_but_numbers_of_its_detail_reaches_a_sentence(kind, value):
    assert PERSON not in f"{telling(kind, dict.fromkeys(DETAILS[kind], value))}"
    assert telling(kind, {}).happened


def test_numbers_are_written_with_separators_and_in_the_right_form():
    assert telling("spike", DETAILS["spike"]).happened.startswith("3,012 contacts were deleted at once")
    assert telling("spike", {"number": 1}).happened.startswith("1 contact was deleted at once")
    assert telling("reversal", {"number": 1}).happened.startswith("1 change made here within")
    assert "9,001 of the day’s 10,000 calls" in telling("budget", DETAILS["budget"]).happened
    assert "at 00:00 UTC" in telling("budget", DETAILS["budget"]).still
    assert "number 1,204" in telling("verify", DETAILS["verify"]).happened


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.VIEWER, set()),
        (Role.AGENT, set()),
        (Role.MARKETER, {"link", "spike", "reversal", "budget"}),
        (Role.MANAGER, set(KINDS)),
        (Role.ADMIN, set(KINDS)),
    ],
)
def test_each_role_gets_the_mail_it_can_do_something_about(role, kinds):
    assert wanted(role, None) == kinds


@pytest.mark.parametrize("role", Role)
def test_nobody_chooses_what_their_role_may_not_know(role):
    assert wanted(role, [*KINDS, "gossip"]) == set(may_see(role))
    assert wanted(role, []) == set()


@pytest.mark.parametrize("role", Role)
def test_the_digest_is_for_those_who_may_see_what_everybody_did(role):
    sees_all = role in (Role.MANAGER, Role.ADMIN)
    assert wants_digest(role, None) is sees_all
    assert wants_digest(role, True) is sees_all
    assert wants_digest(role, False) is False
