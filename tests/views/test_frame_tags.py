"""The tags every page uses: badges, addresses, ages and moments."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from contacts.models import Contact, LinkedAccount
from contacts.rules.state import State
from contacts.templatetags.ccadmin import LOOKS, ago, span

NOTICED = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)


def shown(markup, zone="UTC", **values):
    request = RequestFactory().get("/")
    request.account = LinkedAccount(time_zone=zone)
    return Template("{% load ccadmin %}" + markup).render(Context({"request": request, **values}))


def test_every_status_has_a_badge_of_its_own():
    known = {*State, *Contact.Status.values} - {"unknown", "not_understood"}
    assert known - LOOKS.keys() == set()


@pytest.mark.parametrize("state", Contact.Status.values)
def test_every_status_of_a_contact_has_a_word_and_a_shape(state):
    html = shown("{% status state %}", state=state)
    assert "<use href=" in html
    assert f"<span>{dict(Contact.Status.choices)[state]}</span>" in html


def test_an_opted_out_deletion_carries_both_marks():
    html = shown("{% status 'deleted_opted_out' %}")
    assert "#trash" in html
    assert "#circle-minus" in html


def test_no_two_statuses_are_told_apart_by_colour_alone():
    looks = {(look.word, look.icons) for look in LOOKS.values()}
    # Both kinds of "Unsubscribed" read the same; the verdict beside them says who decided.
    assert len(looks) == len(LOOKS) - 1


def test_an_unknown_status_says_that_it_is_not_understood():
    assert "Not understood" in shown("{% status 'quantum' %}")


def test_a_deleted_address_is_struck_through_and_said():
    html = shown("{% address 'maeve.doyle@example.net' deleted=True %}")
    assert "<s " in html
    assert "(deleted)" in html


def test_an_address_is_shown_as_typed():
    assert "<b>" not in shown("{% address text %}", text='"<b>"@example.org')


def test_a_contact_without_an_address_says_so():
    assert "no address" in shown("{% address '' %}")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=8), "8 s ago"),
        (timedelta(minutes=4, seconds=59), "4 min ago"),
        (timedelta(hours=2, minutes=10), "2 h 10 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=24), ""),
    ],
)
def test_an_age_under_a_day_is_said_in_words(passed, words):
    assert ago(passed) == words


@pytest.mark.parametrize(("hours", "words"), [(24, "1 day"), (47, "1 day"), (48, "2 days"), (240, "10 days")])
def test_a_long_span_is_counted_in_days(hours, words):
    assert span(timedelta(hours=hours)) == words


def test_an_age_carries_the_moment_for_those_who_hover():
    when = timezone.now() - timedelta(minutes=4)
    html = shown("{% age when %}", when=when)
    assert "4 min ago" in html
    assert when.isoformat() in html


def test_what_never_happened_has_no_age():
    assert shown("{% age when %}", when=None) == "never"


def test_a_moment_is_in_the_accounts_own_zone_and_names_it():
    html = shown("{% moment when %}", zone="US/Eastern", when=NOTICED)
    assert ">17 Nov 2026 09:00<" in html
    assert "EST" in html


def test_a_zone_this_machine_does_not_know_falls_back_to_the_installations():
    assert "17 Nov 2026 14:00" in shown("{% moment when %}", zone="Mars/../Olympus", when=NOTICED)


def test_a_window_names_its_day_once():
    until = NOTICED + timedelta(minutes=15)
    assert ">17 Nov 2026 14:00 to 14:15<" in shown("{% window a b %}", a=NOTICED, b=until)


def test_a_window_over_midnight_names_both_days():
    until = NOTICED + timedelta(hours=12)
    assert "14:00 to 18 Nov 2026 02:00" in shown("{% window a b %}", a=NOTICED, b=until)


def test_a_window_with_one_end_is_that_moment():
    assert ">17 Nov 2026 14:00<" in shown("{% window a b %}", a=None, b=NOTICED)


def test_a_date_has_no_clock():
    assert shown("{{ when|day }}", when=date(2026, 11, 7)) == "7 Nov 2026"
