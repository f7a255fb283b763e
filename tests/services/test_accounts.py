"""Unlinking, forgetting, and whether changes may be sent: each is written down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts import connect as gateway
from contacts.api.oauth_token import TokenAnswer
from contacts.connect import NotLinked, connect
from contacts.mirror import store_contact
from contacts.models import AuditEntry, Contact, ContactList, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.services import accounts
from tests.linking import put_credential
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db


def an_account(**fields):
    account = make_account(**fields)
    put_credential(account, access="a", refresh="r", expires_at=9e9)
    return account, make_access(account, "admin").user


def mirrored(account, count=3):
    now = timezone.now()
    for number in range(count):
        store_contact(account, make_remote(f"p{number}@example.org"), fetched_at=now, seen_at=now)
    ContactList.objects.create(account=account, remote_id="00000000-0000-4000-8000-000000000001", name="Gala")


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_unlinking_destroys_the_key_and_keeps_the_copy():
    account, by = an_account(next_sync_at=timezone.now())
    mirrored(account)
    accounts.unlink(account, by=by, erase_copy=False)
    assert (account.state, account.credential, account.next_sync_at) == ("unlinked", "", None)
    assert account.contacts.count() == 3
    assert actions() == ["unlink"]
    with pytest.raises(NotLinked):
        connect(account)


def test_unlinking_with_erasure_leaves_no_contact_and_says_how_many_there_were():
    account, by = an_account(synced_at=timezone.now())
    other, _ = an_account()
    mirrored(account)
    mirrored(other)
    accounts.unlink(account, by=by, erase_copy=True)
    assert (account.contacts.count(), other.contacts.count()) == (0, 3)
    assert not ContactList.objects.filter(account=account).exists()
    assert (account.synced_at, account.watermark, account.counts) == (None, None, {})
    assert actions() == ["unlink", "erase_copy"]
    assert AuditEntry.objects.last().detail == {"contacts": 3}


def test_a_large_copy_is_erased_in_portions(monkeypatch):
    monkeypatch.setattr("contacts.mirror.forgetting.AT_ONCE", 2)
    account, by = an_account()
    mirrored(account, 5)
    accounts.unlink(account, by=by, erase_copy=True)
    assert not Contact.objects.exists()


def test_unlinking_twice_is_refused():
    account, by = an_account()
    accounts.unlink(account, by=by, erase_copy=False)
    with pytest.raises(Refused):
        accounts.unlink(account, by=by, erase_copy=False)
    assert actions() == ["unlink"]


def test_a_renewal_on_its_way_does_not_bring_the_key_back():
    account, by = an_account()
    seen_before = LinkedAccount.objects.get(pk=account.pk)
    accounts.unlink(account, by=by, erase_copy=False)
    with pytest.raises(NotLinked):
        gateway.keep(seen_before, TokenAnswer("late", "late", 100, ""))
    account.refresh_from_db()
    assert (account.state, account.credential) == ("unlinked", "")


def test_the_copy_of_an_unlinked_account_is_forgotten_after_thirty_days_and_not_before():
    old, recent, linked = (an_account()[0] for _ in range(3))
    for account in (old, recent, linked):
        mirrored(account)
    ago = timezone.now() - timedelta(days=31)
    LinkedAccount.objects.filter(pk=old.pk).update(state="unlinked", unlinked_at=ago)
    LinkedAccount.objects.filter(pk=recent.pk).update(state="unlinked", unlinked_at=ago + timedelta(days=2))
    assert accounts.forget_unlinked() == 1
    assert [each.contacts.count() for each in (old, recent, linked)] == [0, 3, 3]
    assert accounts.forget_unlinked() == 0


def test_writing_is_paused_with_a_reason_and_resumed():
    account, by = an_account()
    accounts.pause_writing(account, by=by, reason="  incident 9 ")
    account.refresh_from_db()
    assert (account.writing, account.writing_by, account.writing_reason) == ("paused", str(by), "incident 9")
    assert not account.may_write
    accounts.resume_writing(account, by=by)
    account.refresh_from_db()
    assert account.may_write
    assert account.writing_reason == ""
    assert actions() == ["pause_writing", "resume_writing"]


def test_a_pause_without_a_reason_is_refused():
    account, by = an_account()
    with pytest.raises(Refused, match="Say why"):
        accounts.pause_writing(account, by=by, reason="  ")
    assert actions() == []


def test_looking_only_stops_writing():
    account, by = an_account()
    accounts.look_only(account, by=by)
    account.refresh_from_db()
    assert (account.writing, account.may_write) == ("look_only", False)


def test_writing_cannot_be_resumed_past_what_constant_contact_allows():
    account, by = an_account(cc_may_write=False, writing="look_only")
    with pytest.raises(Refused, match="may not change contacts"):
        accounts.resume_writing(account, by=by)
