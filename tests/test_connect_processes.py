"""Many processes at once, on a database of their own: one token call, and calls within the limit."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from tests.emulation import LOGIN, running_emulator
from tests.linking import SCOPES, environment

START = """
import django
django.setup()
print("ready", flush=True)
input()
"""

MIGRATE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""

LINK = """
from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from contacts.models import LinkedAccount
account, _ = LinkedAccount.objects.update_or_create(slug="harbour", encoded_account_id="a07", name="Harbour")
connect.keep(account, TokenAnswer(access, refresh, seconds, ""))
"""

RENEW = """
import hashlib
from contacts.connect.renewal import access_token
print(hashlib.sha256(access_token(1, patience=30).encode()).hexdigest())
"""

CALL = """
from contacts.connect import connect
from contacts.models import LinkedAccount
client = connect(LinkedAccount.objects.get(), person=False)
for _ in range(3):
    client.counts()
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a script as ``count`` processes that start together once all of them are ready; their outputs."""
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('own')}/own.sqlite3",
        "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }

    def start(script, *, count=1, **extra):
        command = [sys.executable, "-c", START + script]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, env=os.environ | own | extra, **pipes) for _ in range(count)]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * count
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
        assert [process.returncode for process in processes] == [0] * count
        return outputs

    start(MIGRATE)
    return start


def link(emulation, *, seconds):
    given = emulation.app.oauth.issue(emulation.account_id, LOGIN, SCOPES)
    return f"access, refresh, seconds = {given['access_token']!r}, {given['refresh_token']!r}, {seconds}\n{LINK}"


def test_eight_processes_that_find_the_token_stale_make_one_token_call(run):
    with running_emulator() as emulation:
        run(link(emulation, seconds=0), **environment(emulation))
        outputs = run(RENEW, count=8, **environment(emulation))
        calls = emulation.requests("POST", "/token")
    assert len(set(outputs)) == 1
    assert [call["status"] for call in calls] == [200]


def test_four_processes_together_stay_within_the_limit_of_a_second(run):
    with running_emulator(limits=True) as emulation:
        run(link(emulation, seconds=86_400), **environment(emulation))
        run(CALL, count=4, **environment(emulation))
        calls = emulation.requests("GET", "/contacts/counts")
    assert [call["status"] for call in calls] == [200] * 12
