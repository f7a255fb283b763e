"""A member before a door that stays shut: the history keeps it, once a minute, and never at the cost of the answer."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, LinkedAccount
from contacts.services import guarding
from tests.full_disk import refuse_entries
from tests.rows import make_access, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


def knock(client, account, page="contact_raw", method="get", form=None, **parts):
    parts = {"remote_id": "0b9b1f5c-0000-4000-8000-000000000000"} if page == "contact_raw" else parts
    address = reverse(page, kwargs={"account": account.slug, **parts})
    return getattr(client, method)(address, form or {}).status_code


def viewer(client, account):
    user = make_access(account, "viewer").user
    client.force_login(user)
    return user


def test_a_page_that_a_role_does_not_reach_is_an_entry_of_the_account(client, account):
    user = viewer(client, account)
    assert knock(client, account) == 403
    entry = AuditEntry.objects.get()
    assert (entry.account, entry.actor_id, entry.role) == (account, user.pk, "viewer")
    assert (entry.action, entry.outcome, entry.detail) == ("refused_access", "refused", {"page": "contact_raw"})
    assert audit.verify(entry.chain) is None


def test_a_form_that_a_role_may_not_send_is_an_entry_and_what_was_typed_is_not_in_it(client, account):
    viewer(client, account)
    assert knock(client, account, "account_writing", "post", {"reason": "canary"}) == 403
    assert AuditEntry.objects.get().detail == {"page": "account_writing"}
    assert "canary" not in str(AuditEntry.objects.values())


def test_a_refusal_inside_a_page_counts_too(client, account):
    client.force_login(make_access(account, "marketer").user)
    assert knock(client, account, "account_writing", "post", {"writing": "look_only"}) == 403
    assert AuditEntry.objects.get().action == "refused_access"


def test_who_knocks_again_and_again_makes_an_entry_a_minute(client, account, monkeypatch):
    viewer(client, account)
    for _ in range(20):
        knock(client, account)
        knock(client, account, "request_list")
    assert AuditEntry.objects.count() == 2
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr(guarding.timezone, "now", lambda: later)
    knock(client, account)
    assert AuditEntry.objects.count() == 3


def test_two_people_at_one_door_are_two_entries(client, account):
    for _ in range(2):
        viewer(client, account)
        knock(client, account)
    assert AuditEntry.objects.count() == 2


def test_a_stranger_leaves_no_trace_in_the_account(client, account):
    client.force_login(make_access(make_account(), "admin").user)
    assert knock(client, account) == 404
    assert not AuditEntry.objects.exists()


def test_a_history_that_takes_no_entry_keeps_the_door_shut_all_the_same(client, account, caplog):
    viewer(client, account)
    refuse_entries()
    assert knock(client, account) == 403
    assert knock(client, account, "account_writing", "post", {"writing": "paused", "reason": "x"}) == 403
    assert LinkedAccount.objects.get(pk=account.pk).writing == "on"
    assert "could not be written down" in caplog.text
