"""Who belongs to an account: what an admin may decide about a person, and what nobody may."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from contacts import audit
from contacts.models import Access, AuditEntry, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role
from contacts.services import inviting, people
from tests.full_disk import refuse_entries
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db
SOON = timedelta(days=3)


class Office:
    """An account with two admins, Ada and Abe, and an agent who has been here."""

    def __init__(self):
        self.account = make_account(name="Harbour Street Cookery")
        self.ada = self.admin()
        self.abe = self.admin()
        self.agent = self.member("agent")

    def admin(self):
        return self.member("admin")

    def member(self, role, **fields):
        return make_access(self.account, role, user=make_user(last_login=timezone.now() + SOON), **fields)

    def entries(self):
        return list(AuditEntry.objects.filter(account=self.account).order_by("sequence"))


@pytest.fixture
def office():
    return Office()


def refused(act, *args, match=None, **kwargs):
    before = list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match=match) as problem:
        act(*args, **kwargs)
    assert (list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())) == before
    assert AuditEntry.objects.count() == entries
    return problem.value.advice


def test_a_role_is_changed_and_the_history_has_before_and_after_without_an_address(office):
    until = timezone.now() + SOON
    people.change(office.agent, role=Role.MARKETER, expires_at=until, by=office.ada.user)
    office.agent.refresh_from_db()
    assert (office.agent.role, office.agent.expires_at) == ("marketer", until)
    [entry] = office.entries()
    assert (entry.action, entry.target) == ("people_change", f"user-{office.agent.user_id}")
    assert entry.detail["before"] == {"role": "agent", "expires_at": None}
    assert entry.detail["after"] == {"role": "marketer", "expires_at": until.isoformat()}
    assert entry.told() == {"address": office.agent.user.email}
    assert office.agent.user.email not in str(AuditEntry.objects.values())
    assert audit.verify(entry.chain) is None


def test_a_change_that_changes_nothing_is_no_entry(office):
    people.change(office.agent, role=Role.AGENT, expires_at=None, by=office.ada.user)
    assert office.entries() == []


def test_somebody_removed_keeps_other_accounts_and_their_history(office):
    elsewhere = make_access(make_account(), "agent", user=office.agent.user)
    people.remove(office.agent, by=office.ada.user)
    assert list(office.agent.user.accesses.all()) == [elsewhere]
    assert office.entries()[0].detail == {"before": {"role": "agent", "expires_at": None}}


def test_shutting_out_ends_sessions_and_is_in_the_history_of_each_account(office):
    second = make_account()
    make_access(second, "admin", user=office.ada.user)
    make_access(second, "viewer", user=office.agent.user)
    make_access(make_account(), "viewer", user=office.agent.user, expires_at=timezone.now())
    people.deactivate(office.agent, by=office.ada.user)
    shut = User.objects.get(pk=office.agent.user_id)
    assert (shut.is_active, shut.sessions) == (False, 1)
    told = AuditEntry.objects.filter(action="people_deactivate").values_list("account", flat=True)
    assert sorted(told) == sorted([office.account.pk, second.pk])
    people.reactivate(office.agent, by=office.ada.user)
    back = User.objects.get(pk=office.agent.user_id)
    assert (back.is_active, back.sessions) == (True, 1)


def test_signing_out_everywhere_counts_the_sessions_up(office):
    people.sign_out(office.agent, by=office.ada.user)
    people.sign_out(office.ada, by=office.ada.user)
    assert User.objects.get(pk=office.agent.user_id).sessions == 1
    assert [entry.action for entry in office.entries()] == ["people_sign_out"] * 2


ENDS = {
    "removed": people.remove,
    "demoted": lambda access, by: people.change(access, role=Role.MANAGER, expires_at=None, by=by),
    "given a last day": lambda access, by: people.change(
        access, role=Role.ADMIN, expires_at=timezone.now() + SOON, by=by
    ),
    "shut out": people.deactivate,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_last_lasting_admin_stays(office, end):
    people.change(office.abe, role=Role.ADMIN, expires_at=timezone.now() + SOON, by=office.ada.user)
    by = office.abe.user if end == "shut out" else office.ada.user
    advice = refused(ENDS[end], office.ada, by=by)
    assert "without a lasting admin" in advice


@pytest.mark.parametrize("end", ENDS)
def test_one_of_two_admins_may_go(office, end):
    ENDS[end](office.abe, by=office.ada.user)
    assert office.entries()[0].target == f"user-{office.abe.user_id}"


def test_an_admin_who_never_chose_a_password_is_no_other_admin(office):
    people.remove(office.abe, by=office.ada.user)
    inviting.invite("later@example.org", account=office.account, role=Role.ADMIN, by=office.ada.user)
    refused(people.remove, office.ada, by=office.ada.user, match="without a lasting admin")


def test_a_shut_out_admin_is_no_other_admin(office):
    people.deactivate(office.abe, by=office.ada.user)
    refused(people.remove, office.ada, by=office.ada.user, match="without a lasting admin")


def test_the_operator_too_leaves_every_account_an_admin(office):
    """Shutting out counts on every account of the person, not on the one where it was asked."""
    alone = make_account(name="Quay Side Theatre")
    make_access(alone, "admin", user=office.abe.user)
    operator = office.member("admin").user
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    operator.refresh_from_db()
    advice = refused(people.deactivate, office.abe, by=operator)
    assert "Quay Side Theatre" in advice


def test_nobody_gives_themselves_more(office):
    people.change(office.ada, role=Role.ADMIN, expires_at=timezone.now() + SOON, by=office.abe.user)
    refused(people.change, office.ada, role=Role.ADMIN, expires_at=None, by=office.ada.user, match="Nobody gives")
    later = timezone.now() + 2 * SOON
    refused(people.change, office.ada, role=Role.ADMIN, expires_at=later, by=office.ada.user, match="Nobody gives")


def test_an_admin_may_step_down(office):
    people.change(office.ada, role=Role.VIEWER, expires_at=None, by=office.ada.user)
    office.ada.refresh_from_db()
    assert office.ada.role == "viewer"


ACTS = {
    "change": lambda access, by: people.change(access, role=Role.VIEWER, expires_at=None, by=by),
    "remove": people.remove,
    "deactivate": people.deactivate,
    "reactivate": people.reactivate,
    "sign_out": people.sign_out,
    "invite_again": inviting.invite_again,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["manager", "stranger", "expired", "shut out"])
def test_only_an_admin_of_this_account_decides(office, act, who):
    """The rows are read anew: a right that went meanwhile counts no more."""
    by = {
        "manager": lambda: office.member("manager").user,
        "stranger": lambda: make_access(make_account(), "admin").user,
        "expired": lambda: office.member("admin", expires_at=timezone.now()).user,
        "shut out": lambda: make_access(office.account, "admin", user=make_user(is_active=False)).user,
    }[who]()
    refused(ACTS[act], office.agent, by=by, match="Only an admin of this account")


WHOLE = {name: ACTS[name] for name in ("deactivate", "reactivate", "sign_out")}


@pytest.mark.parametrize("act", WHOLE)
def test_the_sign_in_of_somebody_with_other_accounts_is_not_one_admin_s_to_decide(office, act):
    make_access(make_account(), "viewer", user=office.agent.user)
    assert not people.may_end(office.agent, by=office.ada.user)
    refused(WHOLE[act], office.agent, by=office.ada.user, match="this person has more")


@pytest.mark.parametrize("act", WHOLE)
def test_the_sign_in_of_an_operator_is_not_an_admin_s_to_decide(office, act):
    User.objects.filter(pk=office.agent.user_id).update(is_superuser=True)
    office.agent.refresh_from_db()
    refused(WHOLE[act], office.agent, by=office.ada.user, match="this person has more")


@pytest.mark.parametrize("act", WHOLE)
def test_whoever_was_invited_and_never_came_can_only_be_removed(office, act):
    """Else anybody could be invited, and shut out of what they had before."""
    victim = make_access(make_account(), "viewer", expires_at=timezone.now()).user
    User.objects.filter(pk=victim.pk).update(last_login=timezone.now() - SOON)
    access = inviting.invite(victim.email, account=office.account, role=Role.VIEWER, by=office.ada.user)
    refused(WHOLE[act], access, by=office.ada.user, match="has not come yet")
    people.remove(access, by=office.ada.user)
    assert not office.account.accesses.filter(user=victim).exists()


def test_nobody_shuts_themselves_out(office):
    refused(people.deactivate, office.ada, by=office.ada.user, match="yourself")


@pytest.mark.parametrize("known", ["new", "elsewhere", "shut out"])
def test_an_invitation_answers_the_same_whoever_it_is(office, known):
    address = "dermot@example.org"
    if known != "new":
        make_access(make_account(), "manager", user=make_user(address, name="Dermot", is_active=known != "shut out"))
    access = inviting.invite(address, name="D", account=office.account, role=Role.AGENT, by=office.ada.user)
    assert (access.role, access.user.email) == ("agent", address)
    assert not people.has_come(access)
    assert inviting.send_invitation(access, by=office.ada.user)
    assert mail.outbox[0].subject == "Invitation to Harbour Street Cookery in ccadmin"
    [entry] = office.entries()
    assert (entry.action, entry.detail["before"]) == ("grant", None)
    assert address not in str(AuditEntry.objects.values())


def test_a_member_is_not_invited_again_but_somebody_whose_role_ran_out_is(office):
    refused(
        inviting.invite,
        office.agent.user.email.upper(),
        account=office.account,
        role=Role.ADMIN,
        by=office.ada.user,
        match="on this account already",
    )
    Access.objects.filter(pk=office.agent.pk).update(expires_at=timezone.now())
    again = inviting.invite(office.agent.user.email, account=office.account, role=Role.VIEWER, by=office.ada.user)
    assert (again.pk, again.role, again.expires_at) == (office.agent.pk, "viewer", None)


def test_the_mail_has_a_link_to_choose_a_password_or_to_sign_in(office, settings):
    new = inviting.invite("new@example.org", account=office.account, role=Role.AGENT, by=office.ada.user)
    inviting.send_invitation(new, by=office.ada.user)
    inviting.send_invitation(office.agent, by=office.ada.user)
    assert f"{settings.BASE_URL}/accounts/password/reset/key/" in mail.outbox[0].body
    assert f"{settings.BASE_URL}/accounts/login/" in mail.outbox[1].body
    assert "as agent" in mail.outbox[0].body


def test_the_mail_says_the_last_day_of_the_role(office):
    until = datetime(2027, 4, 1, tzinfo=ZoneInfo(office.account.time_zone))
    access = inviting.invite(
        "new@example.org", account=office.account, role=Role.VIEWER, by=office.ada.user, expires_at=until
    )
    inviting.send_invitation(access, by=office.ada.user)
    assert "as viewer, until 31 Mar 2027." in mail.outbox[0].body


def test_the_mail_holds_a_name_of_several_lines_and_markup_as_text(office):
    office.account.name = "Harbour\r\nBcc: x@example.org <b>&"
    inviting.send_invitation(office.agent, by=office.ada.user)
    assert mail.outbox[0].subject == "Invitation to Harbour Bcc: x@example.org <b>& in ccadmin"
    assert "<b>&" in mail.outbox[0].body
    assert mail.outbox[0].to == [office.agent.user.email]


def test_an_invitation_goes_out_again_only_to_who_never_came(office):
    new = inviting.invite("new@example.org", account=office.account, role=Role.AGENT, by=office.ada.user)
    inviting.invite_again(new, by=office.ada.user)
    assert [entry.action for entry in office.entries()] == ["grant", "people_invite_again"]
    refused(inviting.invite_again, office.agent, by=office.ada.user, match="signed in already")


@pytest.mark.parametrize("act", ["change", "remove", "deactivate", "sign_out"])
def test_without_an_entry_nothing_is_done(office, act):
    """The entry is written first, in the same transaction: what cannot be told does not happen."""
    before = list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())
    refuse_entries()
    with pytest.raises(DatabaseError), transaction.atomic():
        ACTS[act](office.agent, by=office.ada.user)
    assert (list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())) == before
