"""Who gets what, who is left alone, and which way is cheaper."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from contacts.rules.plan import Cost, Place, Reason, Subject, Wish, cost, minutes, place
from contacts.rules.standing import Standing

ACTIVE = Standing(address="maeve.doyle@example.net", permission="implicit", list_ids=("a",))
DELETED = replace(ACTIVE, deleted_on=date(2026, 11, 17), list_ids=())
OPTED_OUT = {
    "permission": "unsubscribed",
    "opt_out_source": "Contact",
    "opt_out_date": datetime(2026, 9, 2, tzinfo=UTC),
}


def ids(*names):
    return frozenset(names)


def subject(standing=DELETED, **facts):
    return Subject(standing, **facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"former": ids("a", "b")}, Place(ids("a", "b"))),
        ({"former": ids("a"), "gone": 1}, Place(ids("a"), fewer=True)),
        ({"gone": 2}, Place(reason=Reason.LISTS_GONE)),
        ({"lists_known": False}, Place(reason=Reason.UNKNOWN_LISTS)),
        ({}, Place(reason=Reason.NO_LISTS)),
        ({"former": ids("a"), "missing": True}, Place(reason=Reason.MISSING)),
        ({"former": ids("a"), "busy": True}, Place(reason=Reason.BUSY)),
        ({"former": ids(*map(str, range(51)))}, Place(reason=Reason.FULL)),
    ],
)
def test_a_deleted_person_goes_to_the_former_lists_that_exist_or_is_left_alone(facts, expected):
    assert place("reactivate", subject(**facts), Wish()) == expected


def test_a_choice_of_lists_is_only_for_those_whose_former_lists_are_not_known_or_gone():
    wish = Wish(lists=ids("g"))
    assert place("reactivate", subject(former=ids("a")), wish).lists == ids("a")
    for facts in ({"lists_known": False}, {"gone": 1}, {}):
        assert place("reactivate", subject(**facts), wish).lists == ids("g")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (OPTED_OUT, Reason.OPTED_OUT),
        (OPTED_OUT | {"opt_out_source": "Account"}, Reason.BY_ACCOUNT),
        ({"once_opted_out": date(2026, 9, 2)}, Reason.OPTED_OUT),
        ({"permission": "pending_confirmation"}, Reason.AWAITING),
        ({"confirm_status": "pending"}, Reason.AWAITING),
        ({"permission": "temp_hold"}, Reason.HOLD),
        ({"permission": "something new"}, Reason.ODD),
        ({"odd": ("permission_to_send",)}, Reason.ODD),
        ({"address": ""}, Reason.NO_ADDRESS),
        ({"deleted_on": None}, Reason.NOT_DELETED),
    ],
)
def test_who_did_not_agree_is_never_in_a_reactivation_whatever_is_known_of_their_lists(parts, reason):
    person = subject(replace(DELETED, **parts), former=ids("a"))
    assert place("reactivate", person, Wish(lists=ids("g"))) == Place(reason=reason)


@pytest.mark.parametrize(
    ("kind", "standing", "expected"),
    [
        ("add_lists", ACTIVE, Place(ids("b"))),
        ("add_lists", DELETED, Place(reason=Reason.DELETED)),
        ("add_lists", replace(ACTIVE, **OPTED_OUT), Place(reason=Reason.OPTED_OUT)),
        ("add_lists", replace(ACTIVE, permission="pending_confirmation"), Place(reason=Reason.AWAITING)),
        ("remove_lists", ACTIVE, Place(ids("a"))),
        ("remove_lists", replace(ACTIVE, **OPTED_OUT), Place(ids("a"))),
        ("remove_lists", DELETED, Place(reason=Reason.DELETED)),
        ("add_tags", ACTIVE, Place(tags=ids("y"))),
        ("remove_tags", ACTIVE, Place(tags=ids("x"))),
        ("add_tags", DELETED, Place(reason=Reason.DELETED)),
        ("remove_tags", DELETED, Place(reason=Reason.DELETED)),
        ("delete", ACTIVE, Place()),
        ("delete", DELETED, Place(reason=Reason.NOTHING)),
    ],
)
def test_an_edit_changes_only_what_is_not_so_yet_and_never_touches_a_deleted_person(kind, standing, expected):
    person = subject(standing, lists=ids("a"), tags=ids("x"))
    assert place(kind, person, Wish(lists=ids("a", "b"), tags=ids("x", "y"))) == expected


@pytest.mark.parametrize("kind", ["add_lists", "remove_lists", "add_tags", "remove_tags"])
def test_a_person_who_is_as_wished_already_is_left_alone(kind):
    held = ids("a") if kind.startswith("add") else frozenset()
    person = subject(ACTIVE, lists=held, tags=held)
    assert place(kind, person, Wish(lists=ids("a"), tags=ids("a"))).reason == Reason.NOTHING


def test_nobody_is_put_on_more_than_fifty_lists_or_given_more_than_fifty_tags():
    fifty = frozenset(map(str, range(50)))
    wish = Wish(lists=ids("new"), tags=ids("new"))
    for kind in ("add_lists", "add_tags"):
        assert place(kind, subject(ACTIVE, lists=fifty, tags=fifty), wish).reason == Reason.FULL


def test_the_big_plan_of_the_story_costs_at_most_120_calls_in_bulk():
    groups = [1604, 877, 212, *[22] * 10, 19]
    told = cost("reactivate", groups, pool=3130)
    assert sum(groups) == 2932 and told.put == 5864
    assert told.activity <= 120 and told.way == "activity"


def test_a_few_people_are_changed_one_by_one_and_more_by_the_cheaper_way():
    assert cost("add_lists", [5], pool=7000).way == "put"
    assert cost("add_lists", [200], pool=7000).way == "activity"
    assert cost("reactivate", [1] * 100, pool=1_000_000).way == "put"
    assert cost("delete", [30], pool=100).put == 90
    assert cost("delete", [], pool=100) == Cost(0, 0)


def test_the_time_is_told_in_whole_minutes():
    assert [minutes(calls, per_second=3) for calls in (1, 180, 181)] == [1, 1, 2]
