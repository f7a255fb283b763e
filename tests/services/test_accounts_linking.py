"""Linking: who is behind the tokens decides, and what is refused is refused with words."""

import json

import pytest

from contacts.api.errors import APIError, LinkExpired
from contacts.api.oauth_token import TokenAnswer
from contacts.connect import connect
from contacts.connect.renewal import mark_broken
from contacts.models import Access, Alert, AuditEntry, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.services.accounts import unlink
from contacts.services.linking import Wish, link, may_link
from emulator.people import Role, User
from tests.emulation import ACCOUNT, LOGIN, running_emulator, small_account
from tests.linking import point_at, tokens
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db
CREATOR = "campaigns@harbour.example.com"
ELSEWHERE, OTHER = "b17f2m9dkeg0em", "owner@elsewhere.example.com"


@pytest.fixture
def emulation(settings):
    with running_emulator() as running:
        point_at(settings, running)
        yield running


def add_user(emulation, login, role, *, account_id=ACCOUNT, name="Harbour Street Cookery"):
    emulation.app.oauth.add_user(
        User(login=login, name="Someone", role=role, account_id=account_id, account_name=name, number=7)
    )


def operator():
    return make_user(is_superuser=True)


def link_as(emulation, by, **wish):
    return link(tokens(emulation), by=by, wish=Wish(**wish))


def test_a_new_account_is_described_by_constant_contact_and_its_linker_is_its_admin(emulation):
    by = operator()
    account = link_as(emulation, by)
    assert (account.name, account.slug) == ("Harbour Street Cookery", "harbour-street-cookery")
    assert (account.encoded_account_id, account.time_zone) == (ACCOUNT, "Europe/Dublin")
    assert account.may_write
    assert "contacts:write" in account.cc_privileges
    assert account.next_sync_at is not None
    assert Access.objects.get(account=account).role == "admin"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.actor_id, entry.account) == ("link", "done", by.pk, account)
    assert connect(account).counts()["total"] == 0


def test_look_only_is_kept_when_it_was_chosen_before_the_walk(emulation):
    account = link_as(emulation, operator(), look_only=True)
    assert account.writing == LinkedAccount.Writing.LOOK_ONLY
    assert not account.may_write


def test_a_user_who_may_not_write_gives_a_link_to_look_only(emulation):
    only_reading = json.dumps([{"privilege_id": 40, "privilege_name": "contacts:read"}])
    emulation.fault("raw", path="/account/user/privileges", body=only_reading)
    account = link_as(emulation, operator())
    assert not account.cc_may_write
    assert not account.may_write


def test_a_campaign_creator_is_refused_with_the_way_out(emulation):
    add_user(emulation, CREATOR, Role.CREATOR)
    with pytest.raises(Refused) as caught:
        link(tokens(emulation, login=CREATOR), by=operator(), wish=Wish())
    assert "Ask the Account Owner to connect" in caught.value.advice
    assert not LinkedAccount.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.account) == ("link", "refused", None)


def test_a_link_without_the_scope_to_read_the_account_is_refused(emulation):
    given = emulation.app.oauth.issue(ACCOUNT, LOGIN, ["contact_data", "offline_access"])
    answer = TokenAnswer(given["access_token"], given["refresh_token"], 100, "")
    with pytest.raises(Refused, match="allow everything that is asked for"):
        link(answer, by=operator(), wish=Wish())


def test_a_key_that_cannot_be_renewed_is_refused(emulation):
    given = emulation.app.oauth.issue(ACCOUNT, LOGIN, ["contact_data", "account_read"])
    with pytest.raises(Refused, match="offline_access"):
        link(TokenAnswer(given["access_token"], "", 100, ""), by=operator(), wish=Wish())
    assert not LinkedAccount.objects.exists()


def test_nothing_is_linked_when_constant_contact_does_not_answer(emulation):
    emulation.fault("status", path="/account/summary", status=503)
    with pytest.raises(APIError):
        link_as(emulation, operator())
    assert not LinkedAccount.objects.exists()


def test_linking_a_known_account_again_keeps_its_history_people_and_writing_state(emulation):
    by = operator()
    first = link_as(emulation, by)
    colleague = make_access(first, "agent")
    LinkedAccount.objects.update(state="broken", broken_reason="x", writing="paused", writing_reason="incident 9")
    again = link_as(emulation, by)
    assert again.pk == first.pk
    assert (again.state, again.broken_reason) == ("linked", "")
    assert (again.writing, again.writing_reason) == ("paused", "incident 9")
    assert Access.objects.filter(pk=colleague.pk).exists()
    assert AuditEntry.objects.filter(action="reconnect", outcome="done", account=first).count() == 1
    assert connect(again).counts()["total"] == 0


def test_a_link_that_breaks_after_it_was_mended_is_told_again(emulation):
    by = operator()
    account = link_as(emulation, by)
    for broken in (1, 2):
        mark_broken(account, LinkExpired())
        mark_broken(account, LinkExpired())
        told = Alert.objects.filter(account=account, kind="link")
        assert (told.count(), told.filter(closed_at=None).count()) == (broken, 1)
        account = link_as(emulation, by)
        assert not told.filter(closed_at=None).exists()


def test_an_unlinked_account_can_be_linked_again(emulation):
    by = operator()
    account = link_as(emulation, by)
    unlink(account, by=by, erase_copy=False)
    again = link_as(emulation, by)
    assert (again.pk, again.state, again.unlinked_at) == (account.pk, "linked", None)


def test_an_account_linked_by_strangers_does_not_move(emulation):
    owner = operator()
    account = link_as(emulation, owner)
    before = LinkedAccount.objects.get().credential
    stranger = make_access(make_account(), "admin").user
    for by in (stranger, operator()):
        with pytest.raises(Refused, match="already linked here"):
            link_as(emulation, by)
    assert LinkedAccount.objects.get(pk=account.pk).credential == before
    assert list(Access.objects.filter(account=account).values_list("user", flat=True)) == [owner.pk]


def test_a_member_who_is_no_admin_cannot_connect_it_again(emulation):
    account = link_as(emulation, operator())
    with pytest.raises(Refused, match="Only an admin of Harbour Street Cookery"):
        link_as(emulation, make_access(account, "manager").user)


def test_someone_whose_last_admin_role_went_during_the_walk_links_nothing(emulation):
    with pytest.raises(Refused, match="Only an admin may link an account"):
        link_as(emulation, make_user())
    assert not LinkedAccount.objects.exists()


def test_reconnecting_with_another_account_s_user_changes_neither(emulation):
    by = operator()
    account = link_as(emulation, by)
    emulation.state.load(accounts=[small_account(ELSEWHERE, "Elsewhere Bakery")])
    add_user(emulation, OTHER, Role.OWNER, account_id=ELSEWHERE, name="Elsewhere Bakery")
    with pytest.raises(Refused, match="You signed in to Elsewhere Bakery"):
        link(tokens(emulation, login=OTHER, account_id=ELSEWHERE), by=by, wish=Wish(reconnect=account))
    assert LinkedAccount.objects.count() == 1
    assert AuditEntry.objects.filter(action="link", outcome="refused", account=account).exists()


def test_two_accounts_of_one_name_get_two_addresses(emulation):
    by = operator()
    link_as(emulation, by)
    emulation.state.load(accounts=[small_account(ELSEWHERE)])
    add_user(emulation, OTHER, Role.OWNER, account_id=ELSEWHERE)
    second = link(tokens(emulation, login=OTHER, account_id=ELSEWHERE), by=by, wish=Wish())
    assert second.slug == "harbour-street-cookery-2"


def test_admins_and_operators_may_link_and_nobody_else():
    account = make_account()
    assert may_link(operator())
    assert may_link(make_access(account, "admin").user)
    assert not may_link(make_access(account, "manager").user)
    assert not may_link(make_user())
    assert not may_link(make_user(is_superuser=True, is_active=False))
