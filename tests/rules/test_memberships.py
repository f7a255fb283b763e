"""What a change of lists means, in words before it and after it."""

import pytest

from contacts.rules.editing import Edited
from contacts.rules.ended import made_of_it
from contacts.rules.memberships import Listing, button, consequences
from contacts.rules.standing import Standing

ACTIVE = Standing(address="maeve@example.net", permission="implicit", list_ids=("a",))
LISTS = {"a": Listing("Newsletter", False), "b": Listing("Course alerts", True), "c": Listing("Gala 2026")}


def told(standing=ACTIVE, *, kept=(), added=(), removed=()):
    return consequences(standing, Edited(tuple(kept), tuple(added), tuple(removed)), LISTS)


@pytest.mark.parametrize(
    ("added", "removed", "words"),
    [
        (["Gala 2026"], [], "Add to Gala 2026"),
        ([], ["Newsletter"], "Remove from Newsletter"),
        ([], ["a", "b"], "Remove from 2 lists"),
        (["a"], ["b", "c"], "Add to 1 list, remove from 2 lists"),
        (["eBay buyers"], [], "Add to eBay buyers"),
        ([], [], ""),
    ],
)
def test_the_button_names_verb_and_place(added, removed, words):
    assert button(added, removed) == words


def test_no_change_means_nothing():
    assert told(kept=["a"]) == []


@pytest.mark.parametrize(("removed", "these"), [("a", "This is the last list:"), ("ab", "These are the last lists:")])
def test_off_the_last_list_somebody_stays_active_and_counts(removed, these):
    assert told(removed=removed) == [f"{these} they stay active on no list, and still count."]


def test_off_the_last_list_somebody_who_opted_out_stays_what_they_are():
    out = Standing(address="m@example.net", permission="unsubscribed", list_ids=("a",))
    assert told(out, removed="a") == [
        "This is the last list: they will be on no list, and stay as they are (Unsubscribed)."
    ]


def test_off_one_of_several_lists_is_no_opt_out():
    assert told(kept="b", removed="a") == ["Coming off a list is not an opt-out: their other lists still reach them."]


def test_an_automation_is_promised_only_where_somebody_knows():
    assert told(kept="a", added="b") == ["Being added to Course alerts starts an automation, which may email them."]
    assert "Gala 2026 starts an automation is not known" in told(kept="a", added="c")[0]
    assert told(added="a") == []
    assert len(told(added="bc")) == 2


def test_a_list_gives_no_permission():
    not_set = Standing(address="m@example.net", permission="not_set")
    assert "does not mean that they can be emailed" in told(not_set, added="a")[0]


@pytest.mark.parametrize(
    ("kind", "undone", "words"),
    [
        ("reactivate", "", "Active, on News, Gala. Nothing else changed."),
        ("lists", "", "On News and Gala now. Nothing else changed."),
        ("remove_lists", "", "On News and Gala now. Nothing else changed."),
        ("add_tags", "", "Tags now: vip. Nothing else changed."),
        ("delete", "", "The contact is hidden in Constant Contact and off every list. It can be reactivated."),
        ("undo", "reactivate", "The contact is hidden in Constant Contact again."),
        ("undo", "add_lists", "On News and Gala now, as before."),
        ("undo", "remove_tags", "Tags now: vip, as before."),
        ("undo", "delete", "Active again, on News and Gala."),
    ],
)
def test_a_proved_change_is_told_in_one_sentence(kind, undone, words):
    assert made_of_it(kind, undone=undone, lists=["News", "Gala"], tags=["vip"]) == words


def test_none_is_a_word_too():
    assert made_of_it("lists", lists=[], tags=[]) == "On no list now. Nothing else changed."
    assert made_of_it("remove_tags", lists=[], tags=[]) == "No tags now. Nothing else changed."
