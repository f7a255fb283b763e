"""Who gets a mail about an alert, what stands in it, and what happens when it cannot be sent."""

import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import alerts
from contacts.models import Access, Alert, Letter, User
from contacts.services import letters
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db

NEVER = threading.Event()
PLANTED = ("maeve.doyle@example.net", "Maeve", "Doyle", "ticket 4812")
Kind = Alert.Kind
WORST = {"reason": PLANTED[0], "name": PLANTED[1], "number": 3, "spike": 1, "job": 2, "people": 9, "note": PLANTED[3]}


def turn(seconds=10.0):
    """What a worker's turn does."""
    letters.make_out()
    letters.send_due(stop=NEVER, seconds=seconds)


def later(**span):
    """So much time has passed for the letters that wait."""
    for letter in Letter.objects.exclude(due_at=None):
        Letter.objects.filter(pk=letter.pk).update(due_at=letter.due_at - timedelta(**span))


def told():
    return sorted(address for each in mail.outbox for address in each.to)


@pytest.fixture
def account():
    return make_account(name="Harbour Street Cookery")


class Breaking(EmailBackend):
    """A server that cannot be reached, or refuses one person, until it is whole again."""

    problem: OSError | ValueError | None = None
    only_for = ""
    asked = 0

    def send_messages(self, messages):
        type(self).asked += 1
        if self.problem and self.only_for in messages[0].to[0]:
            raise self.problem
        return super().send_messages(messages)


@pytest.fixture
def server(settings, monkeypatch):
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Breaking"}}
    monkeypatch.setattr(Breaking, "asked", 0)
    monkeypatch.setattr(Breaking, "only_for", "")
    monkeypatch.setattr(Breaking, "problem", ConnectionRefusedError("mail.example.org said maeve.doyle@example.net"))
    return Breaking


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (Kind.SPIKE, {"marketer", "manager", "admin"}),
        (Kind.REVERSAL, {"marketer", "manager", "admin"}),
        (Kind.BUDGET, {"marketer", "manager", "admin"}),
        (Kind.LINK, {"marketer", "manager", "admin"}),
        (Kind.APPROVAL, {"manager", "admin"}),
        (Kind.VERIFY, {"manager", "admin"}),
    ],
)
def test_each_kind_is_mailed_to_the_roles_it_is_for(account, kind, roles):
    for role in ("viewer", "agent", "marketer", "manager", "admin"):
        make_access(account, role, user=make_user(f"{role}@example.org"))
    make_access(make_account(), "admin", user=make_user("elsewhere@example.org"))
    alerts.notice(account, kind, key="1", **WORST)
    turn()
    assert told() == sorted(f"{role}@example.org" for role in roles)


def test_a_mail_is_for_one_person_and_names_no_other(account):
    for number in range(3):
        make_access(account, "manager", user=make_user(f"boss{number}@example.org", name=f"Boss {number}"))
    alerts.notice(account, Kind.SPIKE, key="1", spike=1, number=3012)
    turn()
    assert [len(each.recipients()) for each in mail.outbox] == [1, 1, 1]
    for each in mail.outbox:
        text = each.message().as_string().replace(each.to[0], "")
        assert "boss" not in text.lower()


@pytest.mark.parametrize("kind", Kind)
def test_no_mail_says_anything_personal_or_holds_a_token(account, kind, caplog):
    make_access(account, "admin")
    alerts.notice(account, kind, key="1", **WORST)
    turn()
    [sent] = mail.outbox
    text = sent.message().as_string() + caplog.text
    assert not [each for each in PLANTED if each in text]
    assert sent.subject == f"Harbour Street Cookery: {kind.label}"
    assert f"http://127.0.0.1:8000/a/{account.slug}/" in sent.body
    assert "?" not in sent.body.replace("e-mail:", "")


def test_a_name_of_two_lines_makes_a_subject_of_one(account):
    type(account).objects.filter(pk=account.pk).update(name="Quay Side\r\nBcc: all@example.com\r\n & Theatre")
    make_access(account, "admin")
    alerts.notice(account, Kind.LINK, key="1")
    turn()
    [sent] = mail.outbox
    assert sent.subject == "Quay Side Bcc: all@example.com & Theatre: Link broken"
    assert "& Theatre" in sent.body


def test_who_may_not_come_in_any_more_gets_nothing(account):
    make_access(account, "admin", expires_at=timezone.now())
    make_access(account, "admin", user=make_user(is_active=False))
    alerts.notice(account, Kind.SPIKE, key="1")
    turn()
    assert mail.outbox == []
    assert not letters.waiting()


@pytest.mark.parametrize("change", ["removed", "expired", "deactivated", "demoted", "unticked", "closed"])
def test_what_changes_before_the_sending_counts(account, change):
    access = make_access(account, "admin")
    alert = alerts.notice(account, Kind.VERIFY, key="1")
    letters.make_out()
    if change == "removed":
        access.delete()
    elif change == "deactivated":
        User.objects.filter(pk=access.user_id).update(is_active=False)
    elif change == "closed":
        alerts.over(account, Kind(alert.kind))
    else:
        columns = {"expired": {"expires_at": timezone.now()}, "demoted": {"role": "agent"}, "unticked": {"mail": []}}
        Access.objects.filter(pk=access.pk).update(**columns[change])
    turn()
    assert mail.outbox == []
    assert not letters.waiting()


def test_what_is_over_before_anybody_was_told_is_told_to_nobody(account):
    make_access(account, "admin")
    alerts.notice(account, Kind.LINK, key="1")
    alerts.over(account, Kind.LINK)
    turn()
    assert mail.outbox == []
    assert not letters.waiting()


def test_nobody_is_told_that_they_asked_for_an_approval(account):
    asker = make_access(account, "manager", user=make_user("asker@example.org"))
    make_access(account, "manager", user=make_user("other@example.org"))
    alerts.notice(account, Kind.APPROVAL, key="1", job=4, people=900, asked_by=asker.user_id)
    turn()
    assert told() == ["other@example.org"]


def test_a_choice_of_one_s_own_goes_before_the_role_but_not_beyond_it(account):
    make_access(account, "agent", user=make_user("agent@example.org"), mail=["spike", "verify"])
    make_access(account, "manager", user=make_user("manager@example.org"), mail=["budget"])
    for kind in (Kind.SPIKE, Kind.VERIFY):
        alerts.notice(account, kind, key="1", spike=1)
    turn()
    assert told() == ["agent@example.org"]
    assert "Many deleted at once" in mail.outbox[0].subject


def test_many_of_one_kind_are_one_mail(account):
    make_access(account, "manager")
    for number in range(12):
        alerts.notice(account, Kind.REVERSAL, key=str(number), number=number + 2)
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    turn()
    assert sorted(each.subject.partition(": ")[2] for each in mail.outbox) == [
        "Many deleted at once",
        "Our change was undone (12)",
    ]
    assert max(each.body.count("undone outside ccadmin") for each in mail.outbox) == 12


def test_what_may_come_with_every_sync_is_gathered_for_hours(account):
    make_access(account, "manager")
    for number in range(4):
        alerts.notice(account, Kind.REVERSAL, key=str(number), number=1)
        turn()
    assert [each.subject.partition(": ")[2] for each in mail.outbox] == ["Our change was undone"]
    later(hours=7)
    turn()
    assert mail.outbox[1].subject.endswith("Our change was undone (3)")
    assert len(mail.outbox) == 2


def test_a_second_question_for_approval_waits_for_nothing(account):
    make_access(account, "manager")
    for number in range(2):
        alerts.notice(account, Kind.APPROVAL, key=str(number), job=number, people=900)
        turn()
    assert len(mail.outbox) == 2


def test_everything_is_sent_once_however_many_turns_there_are(account):
    make_access(account, "manager")
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    for _ in range(3):
        turn()
        later(days=1)
    assert len(mail.outbox) == 1
    assert not letters.waiting()


def test_a_quiet_turn_looks_twice(account, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert not letters.waiting()


def test_making_out_takes_the_same_queries_for_one_member_as_for_ten(account):
    seen = []
    for number in range(2):
        for _ in range(1 + 9 * number):
            make_access(account, "manager")
        alerts.notice(account, Kind.SPIKE, key=str(number), spike=1)
        with CaptureQueriesContext(connection) as queries:
            letters.make_out()
        seen.append(len(queries))
    assert seen[0] == seen[1]


def test_a_server_that_is_away_is_asked_again_later_and_nobody_is_told_twice(account, server, caplog):
    for number in range(3):
        make_access(account, "manager", user=make_user(f"boss{number}@example.org"))
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    turn()
    turn()
    assert server.asked == 1, "one look in a turn, and none before the time has come"
    assert Letter.objects.exclude(trouble="").get().trouble == "ConnectionRefusedError"
    assert "maeve" not in caplog.text
    server.problem = None
    later(minutes=3)
    turn()
    later(days=1)
    turn()
    assert told() == [f"boss{number}@example.org" for number in range(3)]
    assert not Letter.objects.exclude(trouble="").exists()


def test_an_address_that_is_refused_keeps_nobody_else_waiting(account, server):
    for name in ("away", "here"):
        make_access(account, "manager", user=make_user(f"{name}@example.org"))
    server.only_for, server.problem = "away", smtplib.SMTPRecipientsRefused({})
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    turn()
    assert told() == ["here@example.org"]
    assert Letter.objects.exclude(trouble="").get().user.email == "away@example.org"


def test_each_wait_is_longer_than_the_last_and_after_days_it_is_given_up(account, server):
    make_access(account, "manager")
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    letters.make_out()
    waits = []
    while (letter := Letter.objects.get()).due_at:
        Letter.objects.update(due_at=timezone.now())
        turn()
        letter.refresh_from_db()
        waits.append(letter.due_at and (letter.due_at - timezone.now()))
    assert waits[0] < timedelta(minutes=2) < waits[1]
    assert max(waits[:-1]) <= timedelta(hours=6)
    assert len(waits) == server.asked == 20
    assert letter.trouble == "ConnectionRefusedError"
    assert letter.sent_at is None


def test_a_worker_that_dies_after_the_sending_sends_it_again_under_the_same_name(account, monkeypatch):
    make_access(account, "manager")
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    with monkeypatch.context() as dying:
        dying.setattr(letters, "_mark", lambda told, **columns: None)
        turn()
    turn()
    assert len(mail.outbox) == 1, "not before its time"
    later(minutes=3)
    turn()
    assert len(mail.outbox) == 2
    assert len({each.message()["Message-ID"] for each in mail.outbox}) == 1


def test_a_turn_that_is_over_leaves_the_rest_for_the_next(account):
    make_access(account, "manager")
    alerts.notice(account, Kind.SPIKE, key="1", spike=1)
    turn(seconds=-1)
    assert mail.outbox == []
    turn()
    assert len(mail.outbox) == 1
