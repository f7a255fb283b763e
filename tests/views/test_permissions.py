"""Who may open what: every address, every method, every role, a stranger, a visitor, a superuser, a forged form."""

import uuid

import pytest
from django.urls import get_resolver, reverse

from contacts import urls
from contacts.models import Write
from contacts.rules.roles import Right, Role, may
from tests.rows import make_access, make_account
from tests.views.permissions import (
    ANYBODY,
    LINKERS,
    METHODS,
    PAGES,
    PARTS,
    SITE,
    STEP_UP,
    House,
    ask,
    crowd,
    rows_of,
    signed_in,
)

pytestmark = pytest.mark.django_db
# What a page answers to whoever may open it: itself, another page, or a sentence about what is missing.
OPEN = {200, 204, 302, 303, 400, 404, 422, 503, "prove it"}
MAY_LINK = {"admin", "another account's admin", "superuser without access"}
OWN_ONLY = ("audit_detail", "audit_people", "audit_view")


def every_pattern(patterns):
    for each in patterns:
        yield from every_pattern(each.url_patterns) if hasattr(each, "url_patterns") else [each]


OTHERS = [each for each in every_pattern(get_resolver().url_patterns) if each not in urls.of_account]


def test_every_address_of_the_site_is_in_the_table():
    assert {pattern.name for pattern in urls.of_account} == set(PAGES)
    assert {pattern.name for pattern in OTHERS} == set(SITE)
    assert set(PAGES) >= STEP_UP


@pytest.mark.parametrize("pattern", urls.of_account, ids=lambda pattern: pattern.name)
def test_every_role_gets_its_answer_to_every_method(pattern):
    house = House()
    url = house.url(pattern)
    methods, right = PAGES[pattern.name]
    for who, client in crowd(house.account).items():
        for method in METHODS:
            answer = ask(client, method, url)
            if who == "anonymous":
                assert answer == "sign in", method
            elif method not in methods.split():
                assert answer == 405, (who, method)
            elif who not in Role:
                assert answer == 404, (who, method)
            elif not may(Role(who), right):
                assert answer == 403, (who, method)
            else:
                own_only = pattern.name in OWN_ONLY and not may(Role(who), Right.AUDIT_ALL)
                assert answer in {200, 302, 303} or (own_only and answer == 404), (who, method, answer)


@pytest.mark.parametrize("pattern", OTHERS, ids=lambda pattern: pattern.name)
def test_every_person_gets_their_answer_outside_of_an_account(pattern, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    url = reverse(pattern.name, kwargs=PARTS.get(pattern.name))
    methods, whom = SITE[pattern.name]
    for who, client in crowd(make_account()).items():
        for method in METHODS:
            answer = ask(client, method, url)
            if who == "anonymous" and whom != ANYBODY:
                assert answer in ("sign in", 405), method
            elif method not in methods.split():
                # allauth may lead elsewhere before it looks at the method; nothing is done either way.
                assert answer in (302, 405), (who, method)
            elif whom == LINKERS and who not in MAY_LINK:
                assert answer == 403, (who, method)
            else:
                assert answer in OPEN, (who, method, answer)


@pytest.mark.parametrize("pattern", urls.of_account, ids=lambda pattern: pattern.name)
def test_what_is_guarded_asks_an_admin_who_it_is_and_takes_no_forged_form(pattern):
    house = House()
    url = house.url(pattern)
    methods, right = PAGES[pattern.name]
    admin = make_access(house.account, "admin").user
    old, forger = signed_in(admin, fresh=False), signed_in(admin, enforce_csrf_checks=True)
    stranger = signed_in(make_access(make_account(), "admin").user, fresh=False)
    below = [signed_in(make_access(house.account, role).user, fresh=False) for role in Role if not may(role, right)]
    for method in methods.split():
        assert (ask(old, method, url) == "prove it") is (pattern.name in STEP_UP), method
        assert ask(stranger, method, url) == 404
        assert {ask(each, method, url) for each in below} <= {403}
        assert method == "GET" or ask(forger, method, url, q="x") == 403


@pytest.mark.parametrize("nonsense", ["x", "\0", "'; DROP TABLE contacts_contact; --", "é" * 5000, "<script>"])
def test_nonsense_in_a_form_is_answered_and_changes_nothing(nonsense):
    house = House()
    client = signed_in(make_access(house.account, "admin").user)
    for pattern in urls.of_account:
        if "POST" in PAGES[pattern.name][0] and pattern.name != "sync_now":
            fields = ("q", "text", "lists", "basis", "token", "seen", "note", "writing", "reason", "confirm", "after")
            answer = client.post(house.url(pattern), dict.fromkeys(fields, nonsense))
            assert answer.status_code < 500, pattern.name
    assert Write.objects.count() == 1


NUMBERED = [
    each for each in urls.of_account if {"pk", "token", "remote_id", "list_id", "view"} & each.pattern.converters.keys()
]


@pytest.mark.parametrize("pattern", NUMBERED, ids=lambda pattern: pattern.name)
def test_an_id_of_another_account_is_not_found_under_ours(pattern):
    """Whoever belongs to both accounts does not find it either: a link never opens the wrong account."""
    ours, theirs = House(), House()
    member = make_access(ours.account, "admin").user
    both = make_access(ours.account, "admin").user
    make_access(theirs.account, "admin", user=both)
    before = rows_of(theirs)
    for user in (member, both):
        for method in PAGES[pattern.name][0].lower().split():
            answer = getattr(signed_in(user), method)(theirs.url(pattern, under=ours.account), {"order": "stop"})
            assert answer.status_code == 404
            assert "3012" not in answer.content.decode()
    assert rows_of(theirs) == before


@pytest.mark.parametrize("pattern", NUMBERED, ids=lambda pattern: pattern.name)
def test_an_id_that_nothing_can_have_is_not_found(pattern):
    house = House()
    client = signed_in(make_access(house.account, "admin").user)
    for number in ("0", "9" * 19, "9" * 30, "9" * 5000):
        nobody = {
            "pk": number,
            "view": number,
            "token": uuid.uuid4(),
            "remote_id": uuid.uuid4(),
            "list_id": uuid.uuid4(),
        }
        url = house.url(pattern, **{name: str(each) for name, each in nobody.items()})
        for method in PAGES[pattern.name][0].lower().split():
            assert getattr(client, method)(url).status_code == 404
