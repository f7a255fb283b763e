"""What every page shows around itself."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django.urls import ResolverMatch, reverse
from django.utils import timezone

from contacts import backends
from contacts.models import CallBudget, Job, LinkedAccount, SyncRun
from contacts.rules.roles import Role
from contacts.urls import of_account
from contacts.views.frame import Frame
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db


def request_on(account=None, user=None):
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.resolver_match = None
    if account:
        request.account = account
    return request


def page(account=None, user=None, text='{% extends "base.html" %}'):
    return engines["django"].from_string(text).render({}, request_on(account, user))


def frame_of(account):
    return Frame(request_on(account))


def switcher(client, slug):
    html = client.get(reverse("check", args=[slug])).content.decode()
    return re.findall(r'<li><a href="/a/(\w+)/"', html[: html.index("All accounts")])


def minutes_ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def test_a_page_takes_two_queries_for_its_frame(django_assert_num_queries):
    account = make_account(synced_at=minutes_ago(4))
    user = make_access(account).user
    with django_assert_num_queries(2):
        page(account, user)


def test_a_page_of_an_account_takes_three_queries_before_it_does_anything(client, django_assert_num_queries):
    account = make_account(second_factor_from="admin", synced_at=minutes_ago(4))
    client.force_login(make_access(account).user)
    SyncRun.objects.create(account=account, kind=SyncRun.Kind.FULL, seen=1500, state="done")
    CallBudget.objects.create(key="key", day=timezone.now().date(), used=7)
    # The session, the person with all accesses, what the frame shows. The page has no query of its own.
    with django_assert_num_queries(3):
        assert client.get(reverse("check", args=[account.slug])).status_code == 200


def test_the_switcher_of_a_person_with_many_accounts_has_the_entered_one_in_its_place(client, monkeypatch):
    monkeypatch.setattr(backends, "MOST_ACCOUNTS", 3)
    user = make_user()
    for name in ("Zinc", "Ash", "Birch", "Cedar"):
        make_access(make_account(name=name, slug=name.lower()), user=user)
    client.force_login(user)
    assert switcher(client, "zinc") == ["ash", "birch", "zinc"]


def test_the_menu_is_in_the_order_of_the_names(client):
    user = make_user()
    for name in ("beech", "Zinc", "Ash"):
        make_access(make_account(name=name, slug=name.lower()), user=user)
    client.force_login(user)
    by_name = list(LinkedAccount.objects.order_by("name").values_list("slug", flat=True))
    for slug in by_name:
        assert switcher(client, slug) == by_name


def test_a_fragment_takes_no_query_for_the_frame(django_assert_num_queries):
    account, user = make_account(), make_user()
    with django_assert_num_queries(0):
        page(account, user, text="{% load ccadmin %}{% status 'deleted' %}")


def test_the_switcher_offers_the_accounts_of_the_person_and_no_others():
    mine, other = make_account(name="Quay Side Theatre"), make_account(name="Somebody Else")
    access = make_access(mine)
    html = page(mine, access.user)
    assert "Quay Side Theatre" in html
    assert other.name not in html


def test_a_role_that_has_run_out_offers_no_account():
    account = make_account(name="Quay Side Theatre")
    access = make_access(account, expires_at=minutes_ago(1))
    assert "Quay Side Theatre" not in page(user=access.user)


def test_numbers_in_the_navigation_lead_to_the_rows_they_count():
    account = make_account(counts={"active": 3390, "deleted": 3130})
    html = page(account, make_access(account).user)
    assert f"/a/{account.slug}/contacts/?status=active" in html
    assert "3,390" in html
    assert "3,130" in html


def test_an_account_that_was_never_counted_shows_no_number():
    assert {room.count for room in frame_of(make_account()).rooms} == {None}


@pytest.mark.parametrize("address", of_account, ids=lambda each: each.name)
def test_every_page_of_an_account_stands_in_one_room_or_in_the_settings(address):
    request = request_on(make_account())
    request.resolver_match = ResolverMatch(address.callback, (), {}, route=f"a/<slug:account>/{address.pattern}")
    frame = Frame(request)
    assert [room.here for room in frame.rooms].count(True) + frame.in_settings == 1


@pytest.mark.parametrize(
    ("address", "room"),
    [
        ("v2_list", "Check addresses"),
        ("check_file", "Check addresses"),
        ("contact_sign_up", "Contacts"),
        ("outside_list", "Home"),
        ("request_list", "Sync"),
        ("seed_new", "Settings"),
    ],
)
def test_a_page_marks_the_room_it_is_reached_from(client, address, room):
    account = make_account()
    client.force_login(make_access(account, "admin").user)
    html = client.get(reverse(address, args=[account.slug])).content.decode()
    marked = re.findall(r'<li[^>]*><a [^>]*aria-current="\w+"[^>]*>.*?<span>(.*?)</span>', html)
    assert marked == [room]


def test_the_navigation_counts_the_jobs_that_run():
    account = make_account()
    for state in ("running", "planned"):
        Job.objects.create(account=account, kind="delete", state=state)
    assert {room.name: room.count for room in frame_of(account).rooms}["Jobs"] == 1


@pytest.mark.parametrize(
    ("state", "synced", "words"),
    [
        ("linked", 0, "Synced just now"),
        ("linked", 4, "Synced 4 min ago"),
        ("linked", 30, "Synced 30 min ago"),
        ("linked", 130, "Behind: 2 h 10 min"),
        ("linked", None, "Not read yet"),
        ("broken", 4, "Stopped: the link is broken"),
        ("unlinked", 4, "Unlinked: our copy stands still"),
    ],
)
def test_freshness_is_said_in_words(state, synced, words):
    account = make_account(state=state, synced_at=None if synced is None else minutes_ago(synced))
    assert frame_of(account).freshness.words == words


def test_the_first_reading_says_how_far_it_came():
    account = make_account()
    SyncRun.objects.create(account=account, kind=SyncRun.Kind.FULL, seen=1500, expected=7184)
    assert frame_of(account).freshness.words == "Reading: 1,500 of about 7,184"


def test_a_run_that_is_held_is_said_before_any_age():
    account = make_account(synced_at=minutes_ago(4))
    SyncRun.objects.create(account=account, kind=SyncRun.Kind.FULL, state=SyncRun.State.HELD)
    assert frame_of(account).freshness.words == "Held: too much vanished at once"
    assert "held for a person" in page(account, make_access(account).user)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Writing on"),
        ({"writing": LinkedAccount.Writing.PAUSED}, "Writing paused"),
        ({"writing": LinkedAccount.Writing.LOOK_ONLY}, "Looking only"),
        ({"cc_may_write": False}, "Looking only"),
        ({"state": LinkedAccount.State.BROKEN}, "Writing stopped"),
    ],
)
def test_the_lock_says_in_words_whether_changes_can_be_sent(fields, words):
    assert frame_of(make_account(**fields)).writing.words == words


def test_a_pause_names_who_and_why_on_every_page():
    account = make_account(writing=LinkedAccount.Writing.PAUSED, writing_by="Dermot", writing_reason="incident 9")
    html = page(account, make_access(account).user)
    assert "Writing is paused by Dermot" in html
    assert "incident 9" in html


def test_todays_calls_are_counted_and_yesterdays_are_not():
    today = timezone.now().date()
    CallBudget.objects.create(key="old", day=today - timedelta(days=1), used=9000)
    CallBudget.objects.create(key="key", day=today, used=1204)
    assert frame_of(make_account()).calls.used == 1204


def test_a_day_that_constant_contact_calls_spent_is_spent_whatever_we_counted():
    until = timezone.now() + timedelta(hours=1)
    CallBudget.objects.create(key="key", day=timezone.now().date(), used=7, spent_until=until)
    account = make_account()
    assert frame_of(account).calls.spent
    assert "calls are used up" in page(account, make_access(account).user)


def test_names_and_reasons_are_shown_as_typed():
    nasty = '<img src=x onerror=alert(1)><b hx-get="/x">'
    account = make_account(name=nasty, writing=LinkedAccount.Writing.PAUSED, writing_reason=nasty, writing_by=nasty)
    html = page(account, make_access(account, user=make_user(name=nasty)).user)
    assert "<img src=x" not in html
    assert "<b hx-get" not in html
    assert "&lt;img src=x" in html


def test_the_search_needs_no_script_and_puts_no_address_into_a_url():
    account = make_account()
    html = page(account, make_access(account).user)
    assert f'<form action="/a/{account.slug}/check/" method="post">' in html


def test_signing_out_is_a_post():
    html = page(user=make_user())
    assert '<form action="/accounts/logout/" method="post">' in html
    assert 'href="/accounts/logout/"' not in html


@pytest.mark.parametrize(
    ("role", "settings"), [(Role.ADMIN, "settings/"), (Role.MARKETER, "settings/"), (Role.VIEWER, "settings/alerts/")]
)
def test_the_settings_of_an_account_are_one_click_away(role, settings):
    request = request_on(make_account(), make_user())
    request.role = role
    html = engines["django"].from_string('{% extends "base.html" %}').render({}, request)
    assert f'<a href="/a/{request.account.slug}/{settings}">' in html
