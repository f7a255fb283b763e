"""What Constant Contact's dates tell of the days before anybody counted, and what they do not."""

import json
from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from contacts.rules import past
from contacts.rules.past import Dates

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)
DAYS = some.none() | some.dates(date(2026, 10, 20), LAST)


def told(*people):
    found = Counter()
    for contact in people:
        for day, status, number in past.turns(contact, first=FIRST):
            found[day, status] += number
    return dict(past.days(found, first=FIRST, last=LAST))


def contact(status="active", *, before="active", made=date(2026, 11, 5), opted_out=None, deleted=None):
    return Dates(status, before, made, opted_out, deleted)


def test_a_contact_is_there_from_the_day_it_was_made():
    days = told(contact())
    assert days[date(2026, 11, 4)] == {}
    assert days[date(2026, 11, 5)] == {"active": 1}


def test_a_contact_without_a_date_was_always_there():
    assert told(contact(made=None))[FIRST] == {"active": 1}


def test_somebody_who_opted_out_was_active_until_then():
    days = told(contact("unsubscribed", opted_out=date(2026, 11, 9)))
    assert days[date(2026, 11, 8)] == {"active": 1}
    assert days[date(2026, 11, 9)] == {"unsubscribed": 1}


def test_a_deleted_contact_was_what_its_permission_still_says():
    person = contact("deleted", before="unsubscribed", opted_out=date(2026, 11, 7), deleted=date(2026, 11, 9))
    days = told(person)
    assert [days[date(2026, 11, number)] for number in (6, 7, 9)] == [
        {"active": 1},
        {"unsubscribed": 1},
        {"deleted": 1},
    ]


def test_an_opt_out_after_the_deletion_changes_nothing_that_is_shown():
    person = contact("deleted", before="unsubscribed", opted_out=date(2026, 11, 12), deleted=date(2026, 11, 9))
    days = told(person)
    assert days[date(2026, 11, 8)] == {"active": 1}
    assert days[LAST] == {"deleted": 1}


def test_a_status_that_has_no_date_counts_as_it_is_now():
    assert told(contact("awaiting"))[date(2026, 11, 5)] == {"awaiting": 1}


PEOPLE = some.builds(
    Dates,
    status=some.sampled_from(["active", "unsubscribed", "awaiting", "deleted", "hold"]),
    before=some.sampled_from(["active", "unsubscribed", "awaiting"]),
    made=DAYS,
    opted_out=DAYS,
    deleted=DAYS,
)


@settings(max_examples=200)
@given(some.lists(PEOPLE, max_size=8))
def test_nobody_is_counted_twice_and_nobody_vanishes(people):
    days = told(*people)
    totals = [sum(days[day].values()) for day in sorted(days)]
    assert totals == sorted(totals)
    assert all(number > 0 for counts in days.values() for number in counts.values())
    assert totals[-1] == len(people)


@settings(max_examples=200)
@given(some.lists(PEOPLE, max_size=8))
def test_the_last_day_agrees_with_how_everybody_is_now(people):
    known = [each for each in people if each.deleted or each.status != "deleted"]
    now = Counter(each.status for each in known)
    assert told(*known)[LAST] == dict(now)


@settings(max_examples=100)
@given(some.lists(PEOPLE, max_size=8))
def test_what_is_kept_between_two_turns_comes_back_the_same(people):
    found = Counter()
    for each in people:
        for day, status, number in past.turns(each, first=FIRST):
            found[day, status] += number
    kept = json.loads(json.dumps(past.packed(found)))
    assert past.unpacked(kept) == found


def test_the_days_have_no_hole():
    assert sorted(told(contact())) == [FIRST + timedelta(days=number) for number in range(20)]
