"""Which bulk jobs may have done what was seen: likely at most, and unknown whenever something speaks against it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.attribution import MOST, Finished, Seen, items, likely, only_reads

START = datetime(2026, 11, 17, 14, tzinfo=UTC)
END = START + timedelta(minutes=15)
SEVEN = START + timedelta(minutes=7)
moments = st.integers(-10, 25).map(lambda minutes: START + timedelta(minutes=minutes))
activities = st.lists(
    st.builds(Finished, st.text("abc", min_size=1), moments, st.none() | st.integers(0, 600)), max_size=8
)


def seen(number, *, start=START, alone=True):
    return Seen(number, start=start, end=END, alone=alone)


def job(items, at=SEVEN, name="a"):
    return Finished(name, at, items)


def test_jobs_that_ended_inside_and_counted_enough_are_likely_in_the_order_of_their_ends():
    jobs = [job(500, SEVEN + timedelta(seconds=7 * place), str(place)) for place in range(7)]
    assert likely(seen(3012), reversed(jobs)) == tuple(jobs)


def test_jobs_that_counted_fewer_leave_it_unknown():
    assert likely(seen(3012), [job(3011)]) == ()


@pytest.mark.parametrize(("at", "expected"), [(START, False), (START + timedelta(seconds=1), True), (END, True)])
def test_a_job_counts_from_just_after_the_earlier_look_to_the_later_one(at, expected):
    assert bool(likely(seen(3), [job(3, at)])) is expected


def test_nobody_knows_anything_of_a_window_without_a_beginning():
    assert likely(seen(1, start=None), [job(500)]) == ()


def test_a_job_that_does_not_count_is_believed_only_while_nothing_else_happened():
    silent, other = job(None), job(2, name="b")
    assert likely(seen(3), [silent]) == (silent,)
    assert likely(seen(3, alone=False), [silent]) == ()
    assert likely(seen(3), [silent, other]) == ()
    assert likely(seen(3), [silent, job(0, name="c")]) == ()
    assert likely(seen(3), [silent, job(None, name="d")]) == ()


def test_a_job_that_does_not_count_is_left_out_where_others_explain_it():
    assert likely(seen(3), [job(None), job(3, name="b")]) == (job(3, name="b"),)


@given(st.integers(1, 2000), activities, st.booleans())
def test_what_is_called_likely_lies_in_the_window_and_reaches_far_enough(number, finished, alone):
    found = likely(seen(number, alone=alone), finished)
    assert all(START < each.completed_at <= END and each in finished for each in found)
    counts = [each.items for each in found]
    assert not found or (counts == [None] and alone) or sum(counts) >= number


@given(st.integers(1, 2000), activities, st.booleans())
def test_what_ended_outside_the_window_changes_nothing(number, finished, alone):
    inside = [each for each in finished if START < each.completed_at <= END]
    assert likely(seen(number, alone=alone), finished) == likely(seen(number, alone=alone), inside)


@given(st.integers(1, 2000), activities, st.booleans())
def test_fewer_people_or_being_alone_never_make_it_less_likely(number, finished, alone):
    if likely(seen(number, alone=alone), finished):
        assert likely(seen(1, alone=alone), finished)
        assert likely(seen(number), finished)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"items_total_count": 500, "items_completed_count": 498}, 498),
        ({"items_total_count": 41, "person_count": 40, "error_count": 0}, 40),
        ({"items_total_count": 500}, 500),
        ({"list_count": 1}, None),
        ({"items_completed_count": True}, None),
        ({"items_completed_count": "500"}, None),
        ({"items_completed_count": -1}, None),
        ({"items_completed_count": MOST + 1}, None),
        (None, None),
        ([], None),
    ],
)
def test_how_many_contacts_an_activity_says_it_reached(status, expected):
    assert items({"status": status}) == expected


def test_an_export_changes_nobody():
    assert only_reads({"_links": {"self": {}, "results": {"href": "/v3/contact_exports/1"}}})
    assert not any(only_reads(each) for each in ({"_links": {"self": {}}}, {"_links": None}, {}))
