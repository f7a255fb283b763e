"""When a time on a list begins and ends, and which lists a reactivation offers."""

from datetime import UTC, datetime

import pytest

from contacts.rules.membership import Ended, Stay, former, upkeep

BEGAN, LATER = datetime(2023, 3, 1, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC)
BEFORE, DELETED = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 17, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deleted", "unsubscribed", "why"),
    [
        (False, False, Ended.REMOVED),
        (False, True, Ended.UNSUBSCRIBED),
        (True, False, Ended.DELETED),
        (True, True, Ended.DELETED),
    ],
)
def test_a_look_begins_and_ends_what_changed_and_says_why(deleted, unsubscribed, why):
    found = upkeep(["a", "b"], ["b", "c"], deleted=deleted, unsubscribed=unsubscribed)
    assert (found.begin, found.end, found.ended) == ({"c"}, {"a"}, why)


def test_the_lists_that_ended_with_the_deletion_are_offered_the_longest_first():
    stays = [Stay("course", LATER, DELETED, Ended.DELETED), Stay("news", BEGAN, DELETED, Ended.DELETED)]
    assert [stay.list_id for stay in former(stays, deleted_at=DELETED)] == ["news", "course"]


@pytest.mark.parametrize(
    "stay",
    [
        Stay("gala", BEGAN, BEFORE, Ended.REMOVED),
        Stay("gala", BEGAN, DELETED, Ended.REMOVED),
        Stay("gala", BEGAN, DELETED, Ended.UNSUBSCRIBED),
        Stay("gala", BEGAN, BEFORE, Ended.DELETED),
        Stay("gala", BEGAN),
    ],
)
def test_a_list_left_in_another_way_or_at_another_time_is_not_offered(stay):
    assert former([stay], deleted_at=DELETED) == []


def test_nobody_who_is_not_deleted_has_former_lists_to_offer():
    assert former([Stay("news", BEGAN, DELETED, Ended.DELETED)], deleted_at=None) == []


def test_a_list_is_offered_once():
    stays = [Stay("news", each, DELETED, Ended.DELETED) for each in (LATER, BEGAN)]
    assert former(stays, deleted_at=DELETED) == [stays[1]]
