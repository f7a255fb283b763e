"""Letting a person in from the shell."""

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command

from contacts.models import Access, AuditEntry, User
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db


def test_an_invited_person_gets_a_role_and_a_link_to_choose_a_password(settings):
    account = make_account()
    call_command("invite", "anna@example.org", account=account.slug, role="agent", name="Anna Ng")
    access = Access.objects.get()
    assert (access.user.email, access.user.name, access.role) == ("anna@example.org", "Anna Ng", "agent")
    assert not access.user.has_usable_password()
    assert mail.outbox[0].to == ["anna@example.org"]
    assert f"{settings.BASE_URL}/accounts/password/reset/key/" in mail.outbox[0].body


def test_inviting_again_changes_the_role_and_history_has_both():
    account = make_account()
    person = make_access(account, "agent").user
    call_command("invite", person.email.upper(), account=account.slug, role="manager")
    assert Access.objects.get(user=person).role == "manager"
    entry = AuditEntry.objects.get(action="grant")
    before, after = {"role": "agent", "expires_at": None}, {"role": "manager", "expires_at": None}
    assert entry.detail == {"before": before, "after": after}
    assert person.email not in str(entry.detail) + entry.target + entry.reason
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("email", "slug", "words"),
    [("anna", None, "not an email address"), ("anna@example.org", "nowhere", "There are: ")],
)
def test_a_mistake_is_one_sentence(email, slug, words):
    account = make_account()
    with pytest.raises(CommandError, match=words):
        call_command("invite", email, account=slug or account.slug, role="agent")
    assert not User.objects.exists()


def test_somebody_who_was_shut_out_is_not_let_in_again_by_an_invitation():
    account = make_account()
    make_user("gone@example.org", is_active=False)
    with pytest.raises(CommandError, match="may not sign in"):
        call_command("invite", "gone@example.org", account=account.slug, role="agent")


def test_a_mail_that_is_not_taken_is_said_and_the_role_is_given(settings, capsys):
    account = make_account()
    settings.MAILERS = {"default": {"BACKEND": "tests.test_invite.NoServer"}}
    call_command("invite", "anna@example.org", account=account.slug, role="agent")
    assert Access.objects.get().role == "agent"
    assert "did not take the mail" in capsys.readouterr().err


class NoServer(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def send_messages(self, messages):
        raise ConnectionRefusedError
