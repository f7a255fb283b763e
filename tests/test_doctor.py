"""``manage.py doctor``: what it finds is true, says what to do, and names nobody."""

import io
import json
import socket
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ccadmin import env
from contacts import audit, mirror, tasks
from contacts.models import AuditCheckpoint, AuditEntry, CallBudget, LinkedAccount, SyncRun, Worker, Write
from contacts.services.doctor import database, examine, outside
from tests.emulation import running_emulator
from tests.linking import point_at, put_credential
from tests.rows import make_account, make_remote
from tests.tampering import sql, without_triggers

pytestmark = pytest.mark.django_db
OK, WARNING, BROKEN = range(3)


@pytest.fixture(autouse=True)
def well(settings, tmp_path):
    """An installation that is as it should be."""
    settings.BASE_URL, settings.SECURE_SITE, settings.BEHIND_PROXY = "https://cc.example.org", True, True
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.ALLOW_LOOPBACK, settings.ALLOWED_HOSTS = False, ["cc.example.org"]
    settings.AUDIT_KEY, settings.CHECKPOINT_DIR = bytes(range(32)), str(tmp_path)
    settings.CC_API_BASE = "https://api.cc.email/v3"
    Worker.objects.create(name="one")
    if connection.vendor == "postgresql":
        # The server of the tests waits for no disk.
        sql("SET synchronous_commit = on")


def found(about="", **options):
    """Level and words of what is not well, of what it is about."""
    given = {"offline": True, "mail": False} | options
    return [(each.level, each.words) for each in examine(**given) if each.level and about in each.about]


def worst(about, **options):
    [(level, words)] = found(about, **options)
    assert words.endswith(".") and (":" in words or "manage.py" in words), "it says what to do"
    return level, words


def told(*args):
    """The exit code of the command and what it printed."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--offline", *args, stdout=out)
    return ended.value.code, out.getvalue()


def test_where_all_is_well_every_line_is_short_and_the_code_is_0():
    code, printed = told()
    assert (code, found()) == (0, [])
    assert all(line.startswith("ok ") and len(line) < 160 for line in printed.splitlines())


def test_the_worst_finding_is_the_exit_code_and_json_has_them_all():
    Worker.objects.all().delete()
    code, printed = told("--json")
    assert code == 2
    assert {"level": "broken", "about": "workers"}.items() <= next(
        each for each in json.loads(printed) if each["about"] == "workers"
    ).items()
    Worker.objects.create(name="one")
    make_account(slug="maeve-doyle", name="Maeve Doyle", state="linked", credential="x")
    assert told()[0] == 2


def test_nobody_is_named_unless_it_is_asked_for():
    account = make_account(slug="maeve-doyle", name="Maeve Doyle", state="broken", broken_reason="maeve@example.net")
    for way in ((), ("--json",)):
        assert "maeve" not in told(*way)[1].lower()
    assert f"account {account.pk} is maeve-doyle" in told("--names")[1]


@pytest.mark.parametrize(
    ("about", "changed", "level", "says"),
    [
        ("settings", {"DEBUG": True}, BROKEN, "CCADMIN_DEBUG"),
        ("settings", {"ALLOW_LOOPBACK": True}, BROKEN, "CCADMIN_ALLOW_LOOPBACK"),
        ("settings", {"CC_CLIENT_SECRET": ""}, BROKEN, "CC_CLIENT_SECRET"),
        ("settings", {"SECRET_KEY": "short"}, WARNING, "security.W009"),
        (
            "address",
            {"BASE_URL": "http://x.example.org", "SECURE_SITE": False, "BEHIND_PROXY": False},
            BROKEN,
            "https",
        ),
        ("address", {"BEHIND_PROXY": False}, WARNING, "CCADMIN_BEHIND_PROXY"),
        ("address", {"SECURE_SITE": False, "BASE_URL": "http://127.0.0.1"}, WARNING, "CCADMIN_BEHIND_PROXY"),
        ("address", {"ALLOWED_HOSTS": ["*"]}, BROKEN, "CCADMIN_EXTRA_HOSTS"),
        ("audit key", {"AUDIT_KEY": b""}, WARNING, "CCADMIN_AUDIT_KEY"),
        ("keys", {"ENCRYPTION_KEYS": []}, BROKEN, "CCADMIN_ENCRYPTION_KEYS"),
        ("checkpoints", {"CHECKPOINT_DIR": ""}, WARNING, "CCADMIN_CHECKPOINT_DIR"),
        ("mail", {"MAILERS": {"default": {"BACKEND": "x.console.EmailBackend"}}}, WARNING, "CCADMIN_EMAIL_HOST"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(settings, about, changed, level, says):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert [(each, says in words) for each, words in found(about) if says in words] == [(level, True)]


def test_a_key_that_is_lost_or_another_accounts_is_told_by_the_accounts_number(settings):
    good, bad = make_account(), make_account()
    for account in (good, bad):
        put_credential(account, access="a", refresh="r")
    bad.refresh_from_db()
    LinkedAccount.objects.filter(pk=good.pk).update(credential=bad.credential, synced_at=timezone.now())
    level, words = worst("keys")
    assert (level, f"account {good.pk} " in words) == (BROKEN, True)


def test_a_checkpoint_of_another_key_is_told(settings):
    account = make_account()
    audit.record("link", AuditEntry.Outcome.DONE, by=None, account=account)
    chain = AuditEntry.objects.get().chain
    AuditCheckpoint.objects.create(chain=chain, sequence=1, hash="x", public_key="ab" * 32, signature="x")
    assert worst("audit key")[0] == BROKEN


def test_a_database_that_is_behind_ends_the_look_at_it():
    MigrationRecorder.Migration.objects.filter(app="contacts").latest("name").delete()
    assert worst("database") == (BROKEN, "It is not up to date: run “manage.py migrate”.")
    assert not found("workers")


def test_a_database_that_is_away_is_one_sentence():
    def refuse(*_):
        raise OperationalError("server closed the connection of maeve.doyle@example.net")

    with connection.execute_wrapper(refuse):
        assert found("database") == [(BROKEN, "The database cannot be reached. An administrator can start it again.")]


def test_a_history_that_can_be_changed_is_told():
    audit.record("link", AuditEntry.Outcome.DONE, by=None, account=make_account(state="unlinked"))
    assert not found("history")
    without_triggers()
    level, words = worst("history")
    assert level == BROKEN and "verify_audit" in words
    assert all(name in words for name in database.TRIGGERS[connection.vendor])


def test_a_trigger_that_does_nothing_is_told_too(monkeypatch):
    audit.record("link", AuditEntry.Outcome.DONE, by=None, account=make_account(state="unlinked"))
    without_triggers()
    monkeypatch.setitem(database.TRIGGERS, connection.vendor, set())
    assert worst("history")[0] == BROKEN
    assert AuditEntry.objects.get().action == "link"


def test_contacts_that_cannot_be_found_are_counted(monkeypatch):
    now, account = timezone.now(), make_account(state="unlinked")
    for number in range(3):
        remote = make_remote(f"person{number}@example.net")
        mirror.store_contact(account, remote, fetched_at=now, seen_at=now)
    assert not found("search")
    monkeypatch.setattr(database, "_is_found", lambda contact: False)
    assert worst("search") == (BROKEN, "3 of 3 contacts are not found by their own address: make the index anew.")


def test_work_that_stands_still_is_told():
    now, account = timezone.now(), make_account(state="unlinked")
    contact = mirror.store_contact(account, make_remote(), fetched_at=now, seen_at=now)
    assert not found()
    for _ in range(2):
        tasks.settle.enqueue()
    first, second = DBTaskResult.objects.all()
    DBTaskResult.objects.filter(pk=first.pk).update(enqueued_at=now - timedelta(minutes=6))
    DBTaskResult.objects.filter(pk=second.pk).update(status="FAILED", finished_at=now)
    SyncRun.objects.create(account=account, kind="full", state="held")
    Write.objects.create(
        account=account, contact=contact, kind="delete", state="unknown", began_at=now - timedelta(hours=2)
    )
    CallBudget.objects.create(key="x", day=now.date(), used=9_500)
    abouts = [each.about for each in examine(offline=True, mail=False) if each.level == WARNING]
    assert abouts == ["queue", "queue", "sync", "changes", "calls"]


def test_a_queue_that_does_not_answer_is_told_without_its_address(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.TASKS = {"default": env.queue(f"redis://someone:secret@127.0.0.1:{port}/0")}
    told = [each for each in examine(offline=True, mail=False) if each.about == "queue"]
    assert [each.level for each in told] == [BROKEN, OK]
    assert "Redis does not answer (ConnectionError)." in told[0].words
    assert "secret" not in told[0].words


@pytest.mark.parametrize(
    ("columns", "level", "says"),
    [
        ({"state": "broken"}, BROKEN, "reconnects"),
        ({"synced_at": None}, WARNING, "never read"),
        ({"synced_at": timedelta(hours=30)}, WARNING, "30.0 hours old"),
        ({"watermark": timedelta(days=3)}, WARNING, "full sweep"),
    ],
)
def test_a_link_is_judged_by_its_state_and_the_age_of_the_copy(columns, level, says):
    account, now = make_account(), timezone.now()
    put_credential(account, access="a", refresh="r")
    ago = {name: now - each for name, each in columns.items() if isinstance(each, timedelta)}
    LinkedAccount.objects.filter(pk=account.pk).update(**({"synced_at": now, "watermark": now} | columns | ago))
    [(told_level, words)] = found(f"account {account.pk}")
    assert (told_level, says in words) == (level, True)


def test_clocks_that_are_apart_are_told_and_the_question_counts_nowhere(settings, monkeypatch):
    with running_emulator() as emulation:
        point_at(settings, emulation)
        assert not found("clock", offline=False) and not found("Constant Contact", offline=False)
        ahead = timezone.now() + timedelta(minutes=2)
        monkeypatch.setattr(outside.timezone, "now", lambda: ahead)
        assert [level for level, _ in outside_findings()] == [WARNING]
        monkeypatch.setattr(outside.timezone, "now", lambda: ahead + timedelta(minutes=9))
        assert [level for level, _ in outside_findings()] == [BROKEN]
        assert {each["status"] for each in emulation.requests()} == {401}
    assert not CallBudget.objects.exists()


def outside_findings():
    return [(each.level, each.words) for each in outside.of_clock() if each.level]


def test_a_constant_contact_that_cannot_be_reached_is_told(settings):
    settings.CC_API_BASE, settings.ALLOW_LOOPBACK = "http://127.0.0.1:9/v3", True
    assert outside_findings()[0][0] == BROKEN


def test_the_mail_server_is_called_only_when_asked(settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 2},
        }
    }
    assert not found("mail")
    assert found("mail", mail=True)[0][0] == BROKEN


def test_a_database_that_may_lose_or_lay_open_what_it_stored_is_told():
    if connection.vendor == "postgresql":
        sql("SET synchronous_commit = off")
        assert worst("durability")[0] == BROKEN
        return
    sql("PRAGMA recursive_triggers = OFF")
    try:
        assert "recursive_triggers is 0, not 1" in worst("database")[1]
    finally:
        sql("PRAGMA recursive_triggers = ON")
