"""Is it alive, is it ready, and what is said and done when the database takes no more: in real processes."""

import secrets
import time as clock
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Worker
from contacts.rules.storage import Storage
from contacts.services import readiness
from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.rows import make_remote
from tests.sync_rig import fill
from tests.test_sync_killed import LINK
from tests.test_worker import ONCE, RUNS

pytestmark = pytest.mark.django_db
NEWSLETTER = "0a1b2c3d-0000-11ee-8000-000000000001"
SQLITE = connection.vendor == "sqlite"
# On PostgreSQL a full disk cannot be made without a disk; that it may only be read ends in the same places.
NO_ROOM = "PRAGMA max_page_count = 1" if SQLITE else "SET default_transaction_read_only = on"
ROOM = "PRAGMA max_page_count = 1000000" if SQLITE else "SET default_transaction_read_only = off"
TOLD = "The disk of the database is full." if SQLITE else "The database can only be read."

READ = """
from contacts import sync
from contacts.models import SyncRun
from tests.rows import make_access
make_access(account, "agent")
account.refresh_from_db()
sync.carry_on(sync.start(account, SyncRun.Kind.FULL))
"""
BROWSER = """
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
from contacts.models import Contact, LinkedAccount, User, Write
from contacts.services import readiness
setup_test_environment()
readiness.LOOK_EVERY_SECONDS = 0.0
account, contact = LinkedAccount.objects.get(), Contact.objects.get()
client = Client(raise_request_exception=False)
client.force_login(User.objects.get())

def url(name, **parts):
    return reverse(name, kwargs={"account": account.slug, **parts})

def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)

def filled():
    preview = client.get(url("contact_reactivate", remote_id=contact.remote_id)).context["offer"].preview
    return {"lists": [sys.argv[-1]], "basis": "our_mistake", "token": str(preview.token), "seen": preview.seen}

def told(answer):
    return [answer.status_code, answer.content.decode()]
"""
NO_MORE_ROOM = """
form = filled()
run("CREATE TABLE ballast (weight TEXT)")
run(sys.argv[1])
for size in (10_000, 500, 10):
    try:
        while connection.vendor == "sqlite":
            run(f"INSERT INTO ballast VALUES ('{'x' * size}')")
    except OperationalError:
        continue
posted = told(client.post(url("contact_reactivate", remote_id=contact.remote_id), form, follow=True))
read = [told(client.get(url(name))) for name in ("home", "contact_list", "deleted_list", "audit_list", "sync_status")]
ready, alive = told(client.get("/readyz")), told(client.get("/healthz"))
run(sys.argv[2])
after = told(client.get(url("home")))
from contacts.services.settling import settle_due
from django.utils import timezone
Write.objects.update(recheck_at=timezone.now())
settle_due()
states = list(Write.objects.values_list("state", flat=True))
print(json.dumps({"posted": posted, "read": read, "ready": ready, "alive": alive, "after": after, "states": states}))
"""
LOCKED = """
connection.close()
sqlite = connection.vendor == "sqlite"
connection.settings_dict["OPTIONS"].update({"timeout": 0.5} if sqlite else {"options": "-c lock_timeout=500"})
other = connection.copy()
with other.cursor() as cursor:
    cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
    if not sqlite:
        cursor.execute("LOCK TABLE contacts_syncrun IN EXCLUSIVE MODE")
posted, read = told(client.post(url("sync_now"))), told(client.get(url("home")))
other.close()
again = client.post(url("sync_now")).status_code
print(json.dumps({"posted": posted, "read": read, "again": again}))
"""
LIMITED = """
from django.db.backends.signals import connection_created
statement = sys.argv.pop(1)
def limit(connection, **_):
    with connection.cursor() as cursor:
        cursor.execute(statement)
connection_created.connect(limit)
"""


@pytest.fixture(autouse=True)
def _no_answer_of_before():
    readiness.answer.forget()


def ready():
    answer = Client().get(reverse("readyz"))
    return answer.status_code, answer.text.strip()


def test_an_installation_with_a_worker_is_ready():
    Worker.objects.create(name="one")
    assert ready() == (200, "ok")


def test_without_a_worker_it_is_alive_but_not_ready():
    Worker.objects.create(name="one", seen_at=timezone.now() - timezone.timedelta(seconds=61))
    status, told = ready()
    assert (status, told.split(":")[0]) == (503, "No worker is running")
    assert Client().get(reverse("healthz")).status_code == 200


def test_with_an_older_database_it_is_not_ready():
    Worker.objects.create(name="one")
    MigrationRecorder.Migration.objects.filter(app="contacts").latest("name").delete()
    assert ready() == (503, "The database is not up to date: run “manage.py migrate”.")


def test_without_a_database_it_is_not_ready():
    def refuse(*_):
        raise OperationalError("server closed the connection of maeve.doyle@example.net")

    with connection.execute_wrapper(refuse):
        assert ready() == (503, "The database cannot be reached. An administrator can start it again.")


def test_looking_whether_it_is_ready_leaves_nothing_behind(django_assert_max_num_queries):
    from django.contrib.sessions.models import Session

    Worker.objects.create(name="one")
    with django_assert_max_num_queries(12):
        ready()
    assert not Session.objects.exists()


def writes_of(number):
    """How many statements that write came of so many looks at /readyz."""
    with CaptureQueriesContext(connection) as captured:
        for _ in range(number):
            ready()
    return len([each for each in captured if each["sql"].startswith(("INSERT", "DELETE", "UPDATE"))])


def test_asking_often_writes_no_more_and_the_truth_is_told_a_few_seconds_later(monkeypatch):
    Worker.objects.create(name="one")
    assert writes_of(1) == 2
    assert writes_of(20) == 0
    Worker.objects.all().delete()
    assert ready() == (200, "ok")
    later = SimpleNamespace(monotonic=lambda: clock.monotonic() + readiness.ANSWER_SECONDS)
    monkeypatch.setattr(readiness, "time", later)
    assert ready()[0] == 503


def test_what_this_process_meets_meanwhile_ends_an_answer_at_once():
    Worker.objects.create(name="one")
    assert ready() == (200, "ok")
    readiness.doubt.met(Storage.FULL)
    assert writes_of(1) == 2, "it looked again"
    readiness.doubt.met(None)


def test_many_who_ask_at_once_look_once_together(monkeypatch):
    """While somebody looks, who asks gets the last answer, or waits for the first one."""
    looks, begun, may_end = [], Event(), Event()

    def slow():
        looks.append(1)
        begun.set()
        assert may_end.wait(60)
        return "" if len(looks) > 1 else "No."

    monkeypatch.setattr(readiness, "why_not_ready", slow)
    answer = readiness.Answer()
    with ThreadPoolExecutor(5) as pool:
        first = [pool.submit(answer) for _ in range(5)]
        assert begun.wait(60)
        may_end.set()
        assert [each.result(60) for each in first] == ["No."] * 5
        assert len(looks) == 1
        answer.forget()
        begun.clear()
        may_end.clear()
        looking = pool.submit(answer)
        assert begun.wait(60)
        assert answer() == "No."
        may_end.set()
        assert looking.result(60) == answer() == ""
    assert len(looks) == 2


@pytest.fixture
def place():
    """An emulator with one deleted contact, and an installation that is linked to it."""
    times = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
    # Too long for what is left in pages that are there already, whatever they are packed with.
    made, notes = times["created_at"], [secrets.token_hex(1000) for _ in range(10)]
    notes = [{"note_id": str(uuid.uuid4()), "created_at": made, "content": each} for each in notes]
    remote = make_remote(deleted_at="2026-11-17", notes=notes)
    with running_emulator() as emulation:
        emulation.state.load(contacts=[{"account": ACCOUNT, **remote}])
        emulation.state.load(lists=[{"account": ACCOUNT, "list_id": NEWSLETTER, "name": "Newsletter", **times}])
        given = tokens(emulation)
        installation = Installation(emulation)
        try:
            installation.run(LINK + READ, ACCOUNT, given.access, given.refresh)
            yield emulation, installation
        finally:
            installation.remove()


def test_on_a_full_disk_nothing_is_sent_the_page_says_why_and_reading_goes_on(place):
    emulation, installation = place
    told = installation.run(BROWSER + NO_MORE_ROOM, NO_ROOM, ROOM, NEWSLETTER)
    status, page = told["posted"]
    assert status == 503 and TOLD in page and "Traceback" not in page
    assert emulation.requests("PUT") == []
    for status, page in told["read"]:
        assert status == 200 and TOLD in page
    assert told["ready"] == [503, told["ready"][1]] and told["ready"][1].startswith(TOLD)
    assert told["alive"] == [200, "ok\n"]
    assert told["after"][0] == 200 and TOLD not in told["after"][1]
    assert set(told["states"]) <= {"refused"}
    assert emulation.requests("PUT") == []


def test_while_another_process_holds_the_database_the_page_says_that_it_is_busy(place):
    _, installation = place
    told = installation.run(BROWSER + LOCKED)
    assert told["posted"][0] == 503 and "The database is busy" in told["posted"][1]
    assert told["read"][0] == 200 and "The database is busy" not in told["read"][1]
    assert told["again"] == 302


def test_a_worker_on_a_full_disk_marks_nothing_done_spends_few_calls_and_goes_on_when_there_is_room():
    with running_emulator() as emulation:
        fill(emulation, 1100)
        given = tokens(emulation)
        installation = Installation(emulation)
        try:
            installation.run(LINK, ACCOUNT, given.access, given.refresh)
            installation.run(LIMITED + ONCE, NO_ROOM)
            assert "done" not in [each[0] for each in installation.run(RUNS)]
            assert len(emulation.requests()) < 12
            installation.run(ONCE)
            assert [each[0] for each in installation.run(RUNS)] == ["done"]
        finally:
            installation.remove()
