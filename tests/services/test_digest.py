"""The week in numbers: when it is told, to whom, what it counts, and from when to when."""

import threading
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditEntry, Job, Letter, RequestLog, Reversal, SyncRun, Write
from contacts.selectors.digest import digest
from contacts.services import letters
from contacts.services.digest import make_out
from tests.rows import make_access, make_account, make_remote, make_user

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
#: 07:00 in Dublin on that Monday.
SEVEN = datetime(2026, 11, 16, 7, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture
def account():
    return make_account(name="Harbour Street Cookery", time_zone="Europe/Dublin", linked_at=LONG_AGO)


def words(account, ended=None):
    """The lines of a week; without a date, of the week that we are in."""
    today = timezone.now().date()
    ended = ended or today - timedelta(days=today.weekday() - 7)
    return [line.words for part in digest(account, ended).parts for line in part.lines]


def line(account, begins, ended=None):
    [found] = [each for each in words(account, ended) if each.startswith(begins)]
    return found


def reactivated(account, by, *, outcome="confirmed", evidence=True):
    audit.record(
        "reactivate",
        AuditEntry.Outcome(outcome),
        by=by,
        account=account,
        detail={"evidence": evidence},
        payload={"address": "maeve.doyle@example.net", "name": "Maeve Doyle", "note": "ticket 4812"},
    )


def a_job(account, finished_at, **columns):
    return Job.objects.create(account=account, kind="delete", state="done", finished_at=finished_at, **columns)


def test_managers_get_it_on_monday_at_seven_on_the_account_s_clock(account):
    make_access(account, "manager", user=make_user("manager@example.org"))
    make_access(account, "admin", user=make_user("admin@example.org"))
    make_access(account, "marketer", user=make_user("marketer@example.org"))
    make_out(SEVEN - timedelta(days=7))
    Letter.objects.all().delete()
    make_out(SEVEN - timedelta(seconds=1))
    assert not Letter.objects.exists()
    make_out(SEVEN)
    assert set(Letter.objects.values_list("user__email", "week")) == {
        ("manager@example.org", MONDAY),
        ("admin@example.org", MONDAY),
    }


def test_a_week_is_told_once_however_often_the_clock_asks(account):
    make_access(account, "manager")
    for minutes in (0, 1, 600, 6 * 24 * 60):
        make_out(SEVEN + timedelta(minutes=minutes))
    assert Letter.objects.count() == 1
    make_out(SEVEN + timedelta(days=7))
    assert sorted(Letter.objects.values_list("week", flat=True)) == [MONDAY, MONDAY + timedelta(days=7)]


def test_a_worker_that_was_away_for_weeks_tells_the_last_one_only(account):
    make_access(account, "manager")
    make_out(SEVEN)
    make_out(SEVEN + timedelta(days=23))
    assert sorted(Letter.objects.values_list("week", flat=True)) == [MONDAY, MONDAY + timedelta(days=21)]


def test_an_account_linked_in_the_middle_of_a_week_begins_with_the_next(account):
    make_access(account, "manager")
    type(account).objects.filter(pk=account.pk).update(linked_at=SEVEN + timedelta(days=2))
    make_out(SEVEN + timedelta(days=3))
    assert not Letter.objects.exists()
    make_out(SEVEN + timedelta(days=7))
    assert Letter.objects.get().week == MONDAY + timedelta(days=7)


def test_an_account_that_moves_to_another_time_zone_is_told_a_week_once(account):
    make_access(account, "manager")
    make_out(SEVEN)
    type(account).objects.filter(pk=account.pk).update(time_zone="America/New_York")
    make_out(SEVEN + timedelta(hours=6))
    assert Letter.objects.count() == 1


def test_an_unlinked_account_has_no_weeks(account):
    make_access(account, "manager")
    type(account).objects.filter(pk=account.pk).update(state="unlinked")
    make_out(SEVEN)
    assert not Letter.objects.exists()


def test_who_does_not_want_it_does_not_get_it(account):
    make_access(account, "manager", digest=False)
    make_access(account, "admin", expires_at=SEVEN)
    make_access(account, "marketer", digest=True)
    make_out(SEVEN)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        # Dublin put its clocks back on 25 Oct 2026: the week from 19 to 25 Oct began at 23:00 UTC and has 169 hours.
        (datetime(2026, 10, 18, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 18, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 26, 0, 0, tzinfo=UTC), False),
    ],
)
def test_it_counts_from_monday_to_sunday_where_the_account_is(account, moment, inside):
    a_job(account, moment)
    assert line(account, "Jobs done", date(2026, 10, 26)) == f"Jobs done: {int(inside)}; stopped: 0"


def test_colleagues_are_named_and_what_lacks_evidence_is_counted(account):
    anna, dermot = make_user(name="Anna Ng"), make_user(name="Dermot")
    for number in range(3):
        reactivated(account, anna, evidence=number > 0)
    reactivated(account, dermot, outcome="applied")
    reactivated(account, dermot, outcome="refused", evidence=False)
    reactivated(make_account(), dermot)
    assert line(account, "Reactivated and verified") == "Reactivated and verified: 4 (Anna Ng 3, Dermot 1)"
    assert line(account, "Reactivated without evidence") == "Reactivated without evidence: 1"


def test_what_was_seen_counts_as_many_people_as_it_was_about(account):
    for action, number in (("seen_deleted", 3000), ("seen_deleted", 12), ("seen_revived", 7)):
        audit.record(
            action, AuditEntry.Outcome.SEEN, by=None, account=account, detail={"number": number}, sure="likely"
        )
    assert line(account, "Deleted in Constant Contact") == "Deleted in Constant Contact: 3,012"
    assert line(account, "Active again") == "Active again, not by us: 7"


def test_what_undid_our_work_and_what_has_no_end_is_counted(account):
    now = timezone.now()
    contact = mirror.store_contact(account, make_remote(), fetched_at=now, seen_at=now)
    write = Write.objects.create(account=account, contact=contact, kind="delete", state="unknown")
    event = contact.events.create(kind="revived", noticed_to=now)
    Reversal.objects.create(account=account, contact=contact, write=write, event=event, kind="came_back")
    assert line(account, "Undid a change of ours") == "Undid a change of ours: 1 (came back 1)"
    assert line(account, "Changes whose end") == "Changes whose end we do not know yet: 1"


def test_calls_and_syncs_of_the_week_and_of_this_account_are_counted(account):
    now = timezone.now()
    for each in (account, make_account()):
        SyncRun.objects.create(account=each, kind="full", state="failed", finished_at=now)
        RequestLog.objects.create(account=each, method="GET", path="/contacts", ms=212)
    RequestLog.objects.create(account=account, method="GET", path="/contacts", ms=212, at=now - timedelta(days=8))
    assert line(account, "Syncs done").startswith("Syncs done: 0; failed: 1;")
    assert line(account, "Calls to") == "Calls to Constant Contact: 1"


def test_a_history_that_was_never_checked_says_so(account):
    assert line(account, "History verified") == "History verified: never"
    assert line(account, "Last signed checkpoint") == "Last signed checkpoint: none yet"


def test_a_digest_takes_the_same_queries_for_a_quiet_week_as_for_a_busy_one(account):
    seen = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            words(account)
        seen.append(len(queries))
        for number in range(30):
            reactivated(account, make_user(name=f"Person {number}"))
            a_job(account, timezone.now())
    assert seen[0] == seen[1] <= 14


def test_the_mail_has_numbers_and_links_and_nothing_about_a_contact(account):
    make_access(account, "manager")
    reactivated(account, make_user(name="Anna Ng"))
    make_out(timezone.now())
    Letter.objects.update(week=timezone.now().date() + timedelta(days=7 - timezone.now().weekday()))
    letters.send_due(stop=threading.Event(), seconds=10)
    [sent] = mail.outbox
    assert sent.subject.startswith("Harbour Street Cookery: the week from ")
    assert "Reactivated and verified: 1 (Anna Ng 1)" in sent.body
    assert f"http://127.0.0.1:8000/a/{account.slug}/audit/?q=action%3Areactivate" in sent.body
    text = sent.message().as_string()
    assert not [each for each in ("maeve", "Doyle", "ticket 4812") if each in text]


def test_the_command_shows_a_week_and_sends_nothing(account):
    out = StringIO()
    call_command("digest", f"--account={account.slug}", "--week=2026-11-11", stdout=out)
    assert "9 Nov 2026 to 15 Nov 2026" in out.getvalue()
    assert (mail.outbox, Letter.objects.count()) == ([], 0)
    with pytest.raises(CommandError, match="No account has this name"):
        call_command("digest", account="nobody")
