"""The figures of /metrics: to whom they are shown, whether Prometheus can read them, and whether they are true."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ccadmin import env
from contacts import audit, mirror, tasks
from contacts.models import (
    Alert,
    AuditChain,
    AuditCheckpoint,
    AuditEntry,
    CallBudget,
    Erasure,
    Job,
    JobItem,
    Letter,
    RequestLog,
    SyncRun,
    Verification,
    Worker,
    Write,
)
from contacts.rules.exposition import Family, Kind, text
from contacts.selectors import metrics
from contacts.services import readiness
from tests.rows import make_access, make_account, make_remote, make_user
from tests.views.permissions import METHODS, crowd

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-some-monitor"
# The grammar of the format: prometheus.io/docs/instrumenting/exposition_formats, read 2026-11-21.
NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


def understood(told):
    """Name and labels to value, read as Prometheus does; whatever it would refuse fails here."""
    assert told.endswith("\n")
    values, kinds, current = {}, {}, ""
    for line in told.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ")[2]
            assert current not in kinds and len(line.split(" ", 3)[3]) > 10
        elif line.startswith("# TYPE "):
            _, _, name, kinds[current] = line.split(" ")
            assert name == current and kinds[name] in ("counter", "gauge")
        else:
            name, labels, *_, value = SAMPLE.fullmatch(line).groups()
            pairs = re.findall(LABEL, labels or "")
            assert name == current, "the lines of a figure stand together, below its type"
            assert name.endswith("_total") == (kinds[name] == "counter")
            key = (name.removeprefix("ccadmin_"), *(each for _, each in pairs))
            assert key not in values
            values[key] = float(value)
    return values


@pytest.fixture(autouse=True)
def _token(settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(readiness, "ANSWER_SECONDS", 0.0)


def ask(token=TOKEN, method="get", client=None, **headers):
    return getattr(client or Client(), method)("/metrics", headers={"Authorization": f"Bearer {token}", **headers})


def told(name, *labels):
    return understood(ask().text)[(name, *labels)]


def test_whoever_has_the_token_gets_the_text_format():
    answer = ask()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store, private"
    assert understood(answer.text)


@pytest.mark.parametrize("token", ["", "A-token-of-some-monitor", TOKEN[:-1], TOKEN + "x", "é" * 20, "None", "\0"])
def test_to_everybody_else_there_is_nothing_here(token):
    for client in (Client(), *crowd(make_account()).values()):
        nothing, answer = client.get("/nowhere-at-all"), ask(token, client=client)
        said = [each.text.replace(each["X-Request-ID"], "") for each in (nothing, answer)]
        del nothing["X-Request-ID"], answer["X-Request-ID"]
        assert answer.status_code == 404
        assert answer.headers == nothing.headers
        assert said[0] == said[1]


def test_no_method_gives_away_that_there_is_something():
    client = Client(enforce_csrf_checks=True)
    for method in [*METHODS, "OPTIONS", "HEAD", "TRACE"]:
        answer, nothing = client.generic(method, "/metrics"), client.generic(method, "/nowhere-at-all")
        assert (answer.status_code, answer.headers.keys()) == (404, nothing.headers.keys()), method
    assert ask(method="post").status_code == 404
    assert ask(method="head").status_code == 200


@pytest.mark.parametrize("authorization", [TOKEN, f"Basic {TOKEN}", f"bearer{TOKEN}", "Bearer ", f"Bearer  {TOKEN}"])
def test_the_token_is_taken_as_a_bearer_only(authorization):
    assert Client().get("/metrics", headers={"Authorization": authorization}).status_code == 404


def test_without_a_token_in_the_settings_there_is_no_such_page(settings):
    settings.METRICS_TOKEN = ""
    for token in ("", TOKEN, "None"):
        assert ask(token).status_code == 404
    assert Client().get("/metrics").status_code == 404


def test_a_token_that_could_be_guessed_is_refused_and_never_repeated(monkeypatch):
    monkeypatch.setenv("CCADMIN_METRICS_TOKEN", "hunter2hunter2")
    with pytest.raises(ImproperlyConfigured) as problem:
        env.secret("CCADMIN_METRICS_TOKEN")
    assert "CCADMIN_METRICS_TOKEN" in str(problem.value) and "hunter2" not in str(problem.value)


def test_what_stands_in_a_label_or_a_meaning_cannot_leave_it():
    odd = 'a"b\\c\nccadmin_ready 1'
    lines = text([Family("ccadmin_x", Kind.GAUGE, "One\\two\nthree", [({"name": odd}, 2.5)])])
    assert lines == (
        "# HELP ccadmin_x One\\\\two\\nthree\n# TYPE ccadmin_x gauge\n"
        'ccadmin_x{name="a\\"b\\\\c\\nccadmin_ready 1"} 2.5\n'
    )
    assert understood(lines) == {("x", 'a\\"b\\\\c\\nccadmin_ready 1'): 2.5}


def test_an_account_is_its_number_unless_its_name_is_asked_for(settings):
    account = make_account(name='Maeve "Doyle" \\ Cookery', slug="maeve-doyle")
    assert "maeve" not in ask().text.lower()
    settings.METRICS_NAMES = True
    assert told("account_info", str(account.pk), "maeve-doyle", 'Maeve \\"Doyle\\" \\\\ Cookery') == 1


def test_an_unlinked_account_is_watched_no_more():
    account = make_account(state="unlinked", counts={"active": 5})
    values = understood(ask().text)
    assert values["accounts", "unlinked"] == 1
    assert not [key for key in values if key[0] in ("contacts", "account_linked") and key[1] == str(account.pk)]


def number_of_queries():
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len([each for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_the_queries_are_few_and_no_more_for_many_accounts():
    make_account()
    one = number_of_queries()
    for _ in range(20):
        account = make_account(counts={"active": 5, "deleted": 1})
        audit.record("link", AuditEntry.Outcome.DONE, by=None, account=account)
        RequestLog.objects.create(account=account, method="GET", path="/contacts", status=200, ms=1)
        SyncRun.objects.create(account=account, kind="full", step="account")
    assert number_of_queries() == one <= 30


# What the figures say


def test_workers_and_tasks():
    now = timezone.now()
    assert told("workers") == 0 and told("ready") == 0
    Worker.objects.create(name="dead", seen_at=now - timedelta(hours=1), started_at=now - timedelta(days=9))
    Worker.objects.create(name="one", started_at=now - timedelta(hours=2))
    tasks.tidy.enqueue()
    DBTaskResult.objects.update(enqueued_at=now - timedelta(minutes=5))
    values = understood(ask().text)
    assert values["workers",] == values["ready",] == values["tasks", "ready"] == 1
    assert values["tasks", "failed"] == values["migrations_pending",] == 0
    assert now.timestamp() - values["worker_started_timestamp_seconds", "oldest"] == pytest.approx(7200, abs=2)
    assert values["task_oldest_age_seconds",] == pytest.approx(300, abs=5)


def test_accounts_their_last_good_sync_and_their_contacts():
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    good = make_account(synced_at=at, counts={"active": 8800, "deleted": 2932})
    broken = make_account(state="broken")
    make_account(writing="paused")
    values = understood(ask().text)
    assert (values["accounts", "linked"], values["accounts", "broken"], values["accounts", "unlinked"]) == (2, 1, 0)
    assert (values["accounts_writing", "on"], values["accounts_writing", "paused"]) == (1, 1)
    assert (values["account_linked", str(good.pk)], values["account_linked", str(broken.pk)]) == (1, 0)
    assert values["account_synced_timestamp_seconds", str(good.pk)] == at.timestamp()
    assert values["account_synced_timestamp_seconds", str(broken.pk)] == 0
    assert values["contacts", str(good.pk), "deleted"] == 2932


def test_calls_of_today_by_answer_and_by_account(settings):
    settings.CC_CALLS_PER_DAY = 20_000
    now = timezone.now().astimezone(UTC)
    one, other = make_account(), make_account()
    CallBudget.objects.create(key="k", day=now.date(), used=4321, spent_until=now + timedelta(hours=1))
    for account, status in ((one, 200), (one, 200), (one, 404), (other, 503), (other, None), (None, 429)):
        RequestLog.objects.create(account=account, method="GET", path="/contacts", status=status, ms=1)
    RequestLog.objects.create(account=one, at=now - timedelta(days=1), method="GET", path="/x", status=200, ms=1)
    values = understood(ask().text)
    assert (values["api_calls_used",], values["api_calls_limit",], values["api_quota_spent",]) == (4321, 20_000, 1)
    assert [values["api_answers_today", kind] for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "none")] == [
        *(0, 2, 0, 2, 1, 1)
    ]
    assert values["account_api_calls_today", str(one.pk)] == 3
    assert values["account_api_calls_today", str(other.pk)] == 2


def test_the_budget_of_another_day_is_not_todays():
    CallBudget.objects.create(key="k", day=timezone.now().date() - timedelta(days=1), used=9999)
    assert told("api_calls_used") == 0


def test_syncs_by_state():
    now = timezone.now()
    for state, columns in (
        ("running", {}),
        ("running", {"not_before": now + timedelta(hours=1)}),
        ("held", {}),
        ("done", {"finished_at": now}),
        ("failed", {"finished_at": now}),
        ("failed", {"finished_at": now - timedelta(hours=2)}),
    ):
        SyncRun.objects.create(account=make_account(), kind="full", state=state, **columns)
    values = understood(ask().text)
    assert [values["sync_runs", state] for state in ("running", "waiting", "held")] == [1, 1, 1]
    assert [values["sync_runs_ended", state] for state in ("done", "failed")] == [1, 1]


def test_jobs_what_they_still_have_to_do_and_changes_without_an_end(monkeypatch):
    account, now = make_account(), timezone.now()
    running = Job.objects.create(account=account, kind="delete", state="running")
    planned = Job.objects.create(account=account, kind="delete")
    remotes = [make_remote(f"person{number}@example.net", contact_id=str(uuid.uuid4())) for number in range(4)]
    contacts = [mirror.store_contact(account, each, fetched_at=now, seen_at=now) for each in remotes]
    for job in (running, planned):
        JobItem.objects.bulk_create(JobItem(job=job, contact=each) for each in contacts)
    began = {"account": account, "kind": "delete", "began_at": now - timedelta(hours=1)}
    ended = Write.objects.create(contact=contacts[0], state="confirmed", ended_at=now, **began)
    JobItem.objects.filter(job=running, contact=contacts[0]).update(write=ended)
    Write.objects.create(contact=contacts[1], state="unknown", **began)
    values = understood(ask().text)
    assert (values["jobs", "running"], values["jobs", "planned"], values["jobs", "done"]) == (1, 1, 0)
    assert values["job_items_waiting",] == 3
    assert (values["changes_open", "contact", "unknown"], values["changes_open", "contact", "intended"]) == (1, 0)
    assert values["changes_open", "list", "unknown"] == values["changes_open", "bulk", "running"] == 0
    assert values["change_oldest_age_seconds",] == pytest.approx(3600, abs=5)
    monkeypatch.setattr(metrics, "MOST", 2)
    assert told("job_items_waiting") == 2


def test_alerts_letters_and_erasures():
    account, now = make_account(), timezone.now()
    user = make_access(account, "admin").user
    alert = Alert.objects.create(account=account, kind="spike", key="1")
    Alert.objects.create(account=account, kind="spike", key="2", closed_at=now)
    Letter.objects.create(account=account, user=user, alert=alert)
    Letter.objects.create(account=account, user=make_user(), alert=alert, due_at=None, trouble="SMTPRecipientsRefused")
    Letter.objects.create(account=account, user=make_user(), alert=alert, due_at=None, sent_at=now)
    for state in ("erasing", "done"):
        Erasure.objects.create(account=account, remote_id=uuid.uuid4(), state=state)
    values = understood(ask().text)
    assert (values["alerts", "spike"], values["alerts", "verify"]) == (1, 0)
    assert (values["letters_waiting",], values["letters_given_up",], values["erasures_under_way",]) == (1, 1, 1)


def test_the_history_and_its_proofs():
    accounts, at = [make_account() for _ in range(3)], datetime(2026, 11, 20, 12, tzinfo=UTC)
    for account in accounts:
        audit.record("link", AuditEntry.Outcome.DONE, by=None, account=account)
    first, second, _ = AuditChain.objects.filter(sequence__gt=0).order_by("pk")
    for chain, days in ((first, 3), (first, 1), (second, 2)):
        ended = at - timedelta(days=days)
        Verification.objects.create(chain=chain, until=1, state="whole", ended_at=ended)
    signed = {"hash": "x", "public_key": "x", "signature": "x"}
    AuditCheckpoint.objects.create(chain=first, sequence=1, exported_at=at, **signed)
    AuditCheckpoint.objects.create(chain=second, sequence=1, **signed)
    values = understood(ask().text)
    assert values["audit_entries_total",] == 3
    assert values["audit_chains_never_verified",] == 1
    assert values["audit_verified_timestamp_seconds",] == (at - timedelta(days=2)).timestamp()
    assert values["audit_checkpoint_outside_timestamp_seconds",] == at.timestamp()
    assert values["audit_checkpoints_not_outside",] == 1
    assert values["database_size_bytes",] >= 0


def test_without_a_database_it_says_at_least_that():
    def refuse(*_):
        raise OperationalError("server closed the connection of maeve.doyle@example.net")

    with connection.execute_wrapper(refuse):
        answer = ask()
    assert answer.status_code == 200
    assert understood(answer.text) == {("ready",): 0, ("migrations_pending",): 0}
