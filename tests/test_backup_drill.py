"""The drill: a backup while everybody works, a disaster, the steps of DEPLOY.md, and what must hold afterwards."""

import json
import os
import re
import shutil
import subprocess
import time
from copy import copy
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from contacts.services import backing_up
from tests.emulation import running_emulator
from tests.installation import Installation, _new_address
from tests.linking import tokens
from tests.services.erasing.conftest import planted  # noqa: F401
from tests.sync_rig import truth
from tests.test_worker import WORK, wait_for

pytestmark = pytest.mark.django_db
ORDER = "from tests.services.erasing import planted\ngiven = json.loads(open(sys.argv[1]).read())\n"
BEGIN = ORDER + "planted.begin(given)\n"
ACT = (
    ORDER
    + """
from contacts.models import Write
from contacts.services import writing
for number in given["numbers"]:
    person = planted.contact(number)
    write = writing.carry_out(writing.begin(person, kind=Write.Kind.DELETE, by=planted.manager()))
    assert write.state == "confirmed", (write.state, write.message)
"""
)
ERASE = ORDER + "planted.erase(given['gone'])\n"
COMMAND = """
import io
from django.core.management import CommandError, call_command
out = io.StringIO()
try:
    call_command(*sys.argv[1:], stdout=out)
    print(json.dumps([out.getvalue(), ""]))
except CommandError as problem:
    print(json.dumps([out.getvalue(), str(problem)]))
"""
END = (
    ORDER
    + """
from contacts.models import Contact, Write
print(json.dumps(planted.facts() | {
    "found": planted.found(given["gone"]),
    "writes": {str(each.contact.remote_id): each.state for each in Write.objects.select_related("contact")},
    "mirror": {str(each.remote_id): each.remote for each in Contact.objects.filter(missing_since=None)},
}))
"""
)
EDIT = """
from django.db import Error
from contacts.models import AuditEntry
try:
    AuditEntry.objects.update(action="else")
    print(json.dumps("done"))
except Error:
    print(json.dumps("refused"))
"""
# The quiet time after which the end of a change is looked into is over.
LATER = """
from django.utils import timezone
from contacts.models import Write
print(json.dumps(Write.objects.exclude(recheck_at=None).update(recheck_at=timezone.now())))
"""
GONE, UNFINISHED = [4, 5], 20


class Drill:
    """A world of the tests of erasure, its commands, and what is done to its database."""

    def __init__(self, world):
        self.world, self.installation = world, world.installation

    def do(self, code, **given):
        return self.installation.run(code, self.order(**given))

    def order(self, **given):
        answer = tokens(self.world.emulation)
        given |= {"account": self.world.emulation.account_id}
        given["tokens"] = [answer.access, answer.refresh, answer.expires_in, answer.scope]
        path = self.world.place / f"order-{len(list(self.world.place.iterdir()))}.json"
        path.write_text(json.dumps(given))
        return str(path)

    def command(self, *words):
        return self.installation.run(COMMAND, *map(str, words))

    def restore(self, place):
        """As DEPLOY.md says, into a new database; the old one is gone."""
        twin = copy(self.installation)
        twin._started = []
        self.installation.remove()
        twin.url = _new_address()
        twin.env = self.installation.env | {"DATABASE_URL": twin.url}
        if connection.vendor == "sqlite":
            shutil.copy(place / "ccadmin.sqlite3", twin.url.removeprefix("sqlite:///"))
        else:
            command = ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={twin.url}"]
            subprocess.run([*command, str(place / "ccadmin.dump")], check=True, capture_output=True)
        self.installation = self.world.installation = twin

    def sent(self):
        """Every call that changed something."""
        calls = self.world.emulation.requests(path="^/v3/")
        return [each["path"] for each in calls if each["method"] != "GET"]


def test_a_restored_backup_tells_what_it_lost_repeats_nothing_and_becomes_whole(planted, tmp_path):  # noqa: F811
    with planted(30) as world:
        drill, emulation = Drill(world), world.emulation
        drill.do(BEGIN)
        drill.do(ACT, numbers=[4, 2])
        worker = drill.installation.start(WORK)
        emulation.fault("delay", method="DELETE", seconds=20)
        writer = drill.installation.start(ACT, drill.order(numbers=[UNFINISHED]))
        wait_for(lambda: len(drill.sent()) == 3)
        said, problem = drill.command("backup", tmp_path / "backups")
        assert problem == "" and writer.poll() is None, "the backup was made while a change was under way"
        [place] = (tmp_path / "backups").iterdir()
        assert "is whole" in said
        assert writer.wait(60) == 0

        drill.do(ACT, numbers=[7, 8])
        drill.do(ERASE, gone=GONE)
        drill.command("checkpoint")
        worker.send_signal(15)
        assert worker.wait(60) == 0
        before = drill.sent()

        drill.restore(place)
        assert drill.command("backup", place, "--check")[1] == ""
        _, problem = drill.command("verify_audit", "--all")
        lost, left = map(int, re.search(r"rolled back from (\d+) to (\d+)", problem.replace(",", "")).groups())
        assert lost > left
        assert drill.installation.run(EDIT) == "refused", "what keeps the history as it is came back too"
        drill.command("reapply_erasures")
        assert drill.installation.run(LATER) == 1, "the backup holds a change whose end it does not know"
        for _ in range(3):
            drill.command("worker", "--once")
            drill.installation.run(LATER)
        drill.command("sync", "--full")
        end = drill.do(END, gone=GONE)
        assert drill.sent() == before, "no intent of the backup is sent a second time"
        gone = {f"c0000000-0000-4000-8000-{number:012}" for number in GONE}
        assert end["found"] == []
        assert set(end["writes"].values()) == {"confirmed", "applied"}
        held = truth(emulation)
        assert end["mirror"] == {key: held[key] for key in held.keys() - gone}


@pytest.fixture
def make(db, tmp_path):
    """Makes a backup of an installation that holds nothing yet but a file outside; where it is."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "erasures.jsonl").write_text("{}\n")
    with running_emulator() as emulation:
        installation = Installation(emulation, CCADMIN_CHECKPOINT_DIR=str(tmp_path / "outside"))

        def made(*options):
            said, problem = installation.run(COMMAND, "backup", str(tmp_path / "backups"), *options)
            assert problem == ""
            return Path(said.partition(" is whole")[0])

        yield made
        installation.remove()


def test_a_backup_is_for_its_owner_only_has_what_lies_outside_and_no_key(make):
    place = make()
    assert (place / "checkpoints" / "erasures.jsonl").read_text() == "{}\n"
    assert place.stat().st_mode & 0o077 == 0
    files = [each for each in place.rglob("*") if each.is_file()]
    assert len(files) == 3
    for each in files:
        assert each.stat().st_mode & 0o077 == 0
        assert settings.ENCRYPTION_KEYS[0].encode() not in each.read_bytes()


def test_a_backup_that_was_changed_is_refused(make):
    place = make()
    for path in (place / backing_up.check(place).manifest["database"], place / "checkpoints" / "erasures.jsonl"):
        as_made = path.read_bytes()
        path.write_bytes(as_made[:-1] + b"x")
        with pytest.raises(CommandError, match="is not as it was made"):
            call_command("backup", place, check=True)
        path.write_bytes(as_made)


def test_the_last_ones_are_kept_and_nothing_else_is_touched(make, tmp_path):
    folder = tmp_path / "backups"
    for day in ("01", "02", "03"):
        (folder / f"ccadmin-202601{day}T000000Z").mkdir(parents=True)
        (folder / f"ccadmin-202601{day}T000000Z" / "manifest.json").touch()
    (folder / "ccadmin-20260101T000000Z.part").mkdir()
    (folder / "mine").mkdir()
    kept = make("--keep=2")
    left = ["ccadmin-20260101T000000Z.part", "ccadmin-20260103T000000Z", kept.name, "mine"]
    assert sorted(each.name for each in folder.iterdir()) == left


def test_what_a_killed_backup_left_goes_with_a_later_one_and_nothing_else(make, tmp_path):
    folder = tmp_path / "backups"
    old = time.time() - 2 * 86_400
    for name in ("ccadmin-20260101T000000Z.part", "mine.part", "ccadmin-20260102T000000Z.part"):
        (folder / name).mkdir(parents=True)
        (folder / name / "database.sqlite3").write_bytes(b"half")
    for name in ("ccadmin-20260101T000000Z.part", "mine.part"):
        os.utime(folder / name, (old, old))
    kept = make()
    left = ["ccadmin-20260102T000000Z.part", kept.name, "mine.part"]
    assert sorted(each.name for each in folder.iterdir()) == sorted(left)


def test_the_new_one_is_kept_whatever_else_is_called_like_one(make, tmp_path):
    folder = tmp_path / "backups"
    for name in ("ccadmin-photosZ", "ccadmin-20990101T000000Z", "elsewhere"):
        (folder / name).mkdir(parents=True)
        (folder / name / "manifest.json").touch()
    (folder / "ccadmin-20250101T000000Z").symlink_to(folder / "elsewhere")
    kept = make("--keep=1")
    left = ["ccadmin-20250101T000000Z", kept.name, "ccadmin-photosZ", "elsewhere"]
    assert sorted(each.name for each in folder.iterdir()) == sorted(left)
    make("--keep=-1")
    assert kept.exists(), "to keep less than none removes none"


def test_one_that_began_in_the_same_second_is_left_alone(tmp_path, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    other = tmp_path / f"ccadmin-{now:%Y%m%dT%H%M%SZ}.part"
    other.mkdir()
    with pytest.raises(CommandError, match="File exists"):
        call_command("backup", tmp_path)
    assert other.exists()


def test_no_backup_is_put_where_the_next_one_would_hold_it(tmp_path, settings):
    settings.CHECKPOINT_DIR = str(tmp_path)
    with pytest.raises(CommandError, match="inside CCADMIN_CHECKPOINT_DIR"):
        call_command("backup", tmp_path / "backups")
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_of_another_form_is_no_backup(tmp_path):
    (tmp_path / "manifest.json").write_text('{"format": "ccadmin-backup-v1", "files": []}')
    with pytest.raises(CommandError, match="is no whole backup"):
        call_command("backup", tmp_path, check=True)


def test_a_backup_whose_keys_are_not_here_says_so(make, settings):
    place = make()
    settings.ENCRYPTION_KEYS = ["another"]
    with pytest.raises(CommandError, match="It needs 1 encryption keys that CCADMIN_ENCRYPTION_KEYS does not hold"):
        call_command("backup", place, check=True)


def test_nobody_copies_a_database_from_within_a_transaction(db, tmp_path):
    with pytest.raises(CommandError, match="inside a transaction"):
        call_command("backup", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path):
    (tmp_path / "backups").write_text("a file")
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", Path(tmp_path / "backups"))
    with pytest.raises(CommandError, match="is no whole backup"):
        call_command("backup", tmp_path, check=True)
