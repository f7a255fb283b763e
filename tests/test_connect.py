"""The one gateway: sealed tokens, renewal, and what a dead link does. The wire is real."""

import logging
import pkgutil
from datetime import timedelta

import pytest
import responses
from cryptography.fernet import Fernet
from django.db import transaction
from django.utils import timezone

from contacts import connect as gateway
from contacts.api.errors import GrantRefused, LinkExpired, NoAnswer, Unavailable
from contacts.connect import CannotOpen, NotLinked, connect
from contacts.connect.credential import Credential, rotate_all, seal, unseal
from contacts.connect.renewal import Renewing, access_token
from contacts.models import Alert, AuditEntry, LinkedAccount, RequestLog
from tests.emulation import running_emulator
from tests.linking import link, point_at, put_credential, tokens
from tests.rows import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def emulation(settings):
    with running_emulator() as running:
        point_at(settings, running)
        yield running


def token_calls(emulation):
    return [call for call in emulation.requests("POST", "/token") if "refresh" in call["body"]]


def make_stale(account):
    held = unseal(account)
    put_credential(account, access=held.access, refresh=held.refresh)
    return held


def test_a_call_goes_out_with_the_account_s_token_and_is_written_down(emulation):
    account, person = link(emulation), make_user()
    assert connect(account, by=person).account_summary()["encoded_account_id"] == emulation.account_id
    entry = RequestLog.objects.get()
    assert (entry.account, entry.by, entry.method, entry.path) == (account, person, "GET", "/account/summary")
    assert (entry.status, entry.error) == (200, "")
    assert entry.request_id


def test_a_token_that_has_run_out_is_renewed_before_the_call(emulation):
    account = link(emulation)
    old = make_stale(account)
    connect(account).counts()
    account.refresh_from_db()
    assert unseal(account).access != old.access
    assert unseal(account).refresh != old.refresh
    assert account.token_renewed_at is not None
    assert (account.lease_owner, account.lease_until) == ("", None)


def test_a_token_refused_by_constant_contact_is_renewed_once(emulation):
    account = link(emulation)
    put_credential(account, access="revoked", refresh=unseal(account).refresh, expires_at=9e9)
    connect(account).counts()
    assert list(RequestLog.objects.order_by("pk").values_list("status", flat=True)) == [401, 200]


def test_an_answer_without_a_refresh_token_keeps_the_old_one(settings):
    settings.CC_TOKEN_URL = "https://login.example.com/token"
    account = make_account()
    put_credential(account, access="a", refresh="long-lived")
    with responses.RequestsMock() as cc:
        cc.post(settings.CC_TOKEN_URL, json={"access_token": "b", "expires_in": 100})
        assert access_token(account.pk, patience=1) == "b"
    account.refresh_from_db()
    assert unseal(account).refresh == "long-lived"


def test_a_dead_grant_breaks_the_link_and_says_so_once(emulation):
    account = link(emulation)
    put_credential(account, access="x", refresh="unknown")
    for _ in range(2):
        with pytest.raises(LinkExpired if account.state == "broken" else GrantRefused):
            access_token(account.pk, patience=1)
        account.refresh_from_db()
    assert account.state == LinkedAccount.State.BROKEN
    assert "has ended" in account.broken_reason
    entry = AuditEntry.objects.get(action="link_broken")
    assert (entry.account, entry.outcome) == (account, AuditEntry.Outcome.FAILED)
    assert Alert.objects.get(kind="link").detail == {"reason": "GrantRefused"}
    with pytest.raises(LinkExpired):
        connect(account)


@pytest.mark.parametrize(
    ("moment", "calls"), [("contacts.connect.budget.wait_for_token_call", 0), ("contacts.api.oauth_token.refresh", 1)]
)
def test_what_somebody_linked_again_meanwhile_is_taken_and_the_link_stays(emulation, monkeypatch, moment, calls):
    account = link(emulation)
    put_credential(account, access="x", refresh="rotated elsewhere")
    newer, then = tokens(emulation), pkgutil.resolve_name(moment)

    def somebody_links_again_before(*args, **kwargs):
        gateway.keep(LinkedAccount.objects.get(pk=account.pk), newer)
        return then(*args, **kwargs)

    monkeypatch.setattr(moment, somebody_links_again_before)
    assert access_token(account.pk, patience=1) == newer.access
    assert len(token_calls(emulation)) == calls
    account.refresh_from_db()
    assert account.state == LinkedAccount.State.LINKED


def test_an_access_token_refused_right_after_its_renewal_breaks_the_link(emulation):
    account = link(emulation)
    emulation.fault("unauthorized", path="/contacts/counts", times=2)
    with pytest.raises(LinkExpired):
        connect(account).counts()
    account.refresh_from_db()
    assert account.state == LinkedAccount.State.BROKEN


def test_a_fault_of_the_token_endpoint_changes_nothing_and_frees_the_lease(emulation):
    account = link(emulation)
    held = make_stale(account)
    emulation.fault("status", path="/token", status=503)
    with pytest.raises(Unavailable):
        access_token(account.pk, patience=1)
    account.refresh_from_db()
    assert (account.state, account.lease_owner) == (LinkedAccount.State.LINKED, "")
    assert unseal(account) == Credential(held.access, held.refresh, 0)


def test_a_renewal_whose_answer_was_lost_ends_in_a_broken_link_and_not_in_a_loop(emulation):
    account = link(emulation)
    make_stale(account)
    emulation.fault("answer_lost", path="/token")
    with pytest.raises(NoAnswer):
        access_token(account.pk, patience=1)
    with pytest.raises(GrantRefused):
        access_token(account.pk, patience=1)
    with pytest.raises(LinkExpired):
        access_token(account.pk, patience=1)
    account.refresh_from_db()
    assert account.state == LinkedAccount.State.BROKEN
    assert len(token_calls(emulation)) == 2


def test_while_another_process_renews_nobody_else_does(emulation):
    account = link(emulation)
    make_stale(account)
    LinkedAccount.objects.update(lease_owner="another", lease_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(Renewing):
        access_token(account.pk, patience=0)
    assert token_calls(emulation) == []


def test_a_lease_that_ran_out_is_taken_over(emulation):
    account = link(emulation)
    make_stale(account)
    LinkedAccount.objects.update(lease_owner="dead", lease_until=timezone.now() - timedelta(seconds=1))
    assert access_token(account.pk, patience=0)


def test_a_lease_from_a_clock_that_was_put_back_holds_nobody_up(emulation):
    account = link(emulation)
    make_stale(account)
    LinkedAccount.objects.update(lease_owner="ahead", lease_until=timezone.now() + timedelta(hours=1))
    assert access_token(account.pk, patience=0)


def test_who_lost_the_lease_while_waiting_for_a_turn_sends_nothing(emulation, monkeypatch):
    account = link(emulation)
    make_stale(account)

    def somebody_else_takes_it():
        LinkedAccount.objects.update(lease_owner="another", lease_until=timezone.now() + timedelta(minutes=1))

    monkeypatch.setattr("contacts.connect.budget.wait_for_token_call", somebody_else_takes_it)
    with pytest.raises(Renewing):
        access_token(account.pk, patience=0)
    assert token_calls(emulation) == []


def test_an_unlinked_account_has_no_client_and_an_open_one_stops_at_once(emulation):
    account = link(emulation)
    client = connect(account)
    LinkedAccount.objects.update(state=LinkedAccount.State.UNLINKED, credential="")
    with pytest.raises(NotLinked):
        client.counts()
    account.refresh_from_db()
    with pytest.raises(NotLinked):
        connect(account)


def test_a_credential_copied_to_another_account_does_not_open():
    owner, other = make_account(), make_account()
    put_credential(owner, access="a", refresh="r", expires_at=9e9)
    LinkedAccount.objects.filter(pk=other.pk).update(credential=owner.credential)
    other.refresh_from_db()
    with pytest.raises(CannotOpen) as caught:
        unseal(other)
    assert "CCADMIN_ENCRYPTION_KEYS" in caught.value.advice


@pytest.mark.parametrize("keys", [[], ["no key"], [Fernet.generate_key().decode()]])
def test_without_its_key_a_credential_does_not_open_and_the_link_is_not_given_up(settings, keys):
    account = make_account()
    put_credential(account, access="a", refresh="r", expires_at=9e9)
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(CannotOpen):
        connect(account).counts()
    account.refresh_from_db()
    assert account.state == LinkedAccount.State.LINKED


def test_keys_are_rotated_while_the_old_one_still_reads(settings):
    account = make_account()
    put_credential(account, access="a", refresh="r", expires_at=9e9)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert unseal(account).access == "a"
    assert rotate_all() == 1
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    account.refresh_from_db()
    assert unseal(account) == Credential("a", "r", 9e9)


def test_no_call_leaves_while_a_transaction_is_open(emulation):
    account = link(emulation)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        connect(account).counts()
    assert emulation.requests("GET", "counts") == []


def test_no_token_is_found_anywhere_but_sealed(emulation, caplog):
    caplog.set_level(logging.DEBUG)
    account = link(emulation)
    held = make_stale(account)
    client = connect(account)
    client.counts()
    emulation.fault("unauthorized", path="/contacts", times=2)
    with pytest.raises(LinkExpired) as caught:
        client.find_contacts("canary@example.org")
    account.refresh_from_db()
    new = unseal(account)
    secret = [held.access, held.refresh, new.access, new.refresh, emulation.client_secret]
    seen = [repr(client), repr(account), str(account.__dict__), repr(new), caplog.text, repr(caught.value)]
    seen += [str(row) for model in (RequestLog, AuditEntry) for row in model.objects.values()]
    assert not any(each in text for each in [*secret, "canary@"] for text in seen)
    assert seal(new, account) != seal(new, account)


def test_a_log_that_cannot_be_written_does_not_hide_the_answer(emulation, monkeypatch):
    from django.db import DatabaseError

    account = link(emulation)

    def refuse(**fields):
        raise DatabaseError("disk full")

    monkeypatch.setattr(RequestLog.objects, "create", refuse)
    assert connect(account).counts()["total"] == 0
