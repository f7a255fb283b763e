"""Many processes at once, on a database of their own: one token call, and calls within the limit."""

from contextlib import contextmanager

from tests.emulation import LOGIN, running_emulator
from tests.installation import Installation
from tests.linking import SCOPES

LINK = """
from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from contacts.models import LinkedAccount
account = LinkedAccount.objects.create(slug="harbour", encoded_account_id="a07", name="Harbour")
connect.keep(account, TokenAnswer(sys.argv[1], sys.argv[2], int(sys.argv[3]), ""))
"""

TOGETHER = """
import time
from pathlib import Path
print("ready", flush=True)
while not Path(sys.argv[1]).exists():
    time.sleep(0.01)
"""

RENEW = """
import hashlib
from contacts.connect.renewal import access_token
from contacts.models import LinkedAccount
print(hashlib.sha256(access_token(LinkedAccount.objects.get().pk, patience=30).encode()).hexdigest())
"""

CALL = """
from contacts.connect import connect
from contacts.models import LinkedAccount
client = connect(LinkedAccount.objects.get(), person=False)
for _ in range(3):
    client.counts()
"""


@contextmanager
def linked(emulation, *, seconds, **settings):
    """An installation with one linked account whose access token lasts ``seconds``."""
    installation = Installation(emulation, **settings)
    given = emulation.app.oauth.issue(emulation.account_id, LOGIN, SCOPES)
    try:
        installation.run(LINK, given["access_token"], given["refresh_token"], str(seconds))
        yield installation
    finally:
        installation.remove()


def run_together(installation, code, count, signal):
    """The outputs of ``count`` processes that begin ``code`` at the same moment."""
    processes = [installation.start(TOGETHER + code, str(signal)) for _ in range(count)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * count
    signal.touch()
    ended = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * count, ended
    return [out.strip() for out, _ in ended]


def test_eight_processes_that_find_the_token_stale_make_one_token_call(tmp_path):
    with running_emulator() as emulation, linked(emulation, seconds=0) as installation:
        outputs = run_together(installation, RENEW, 8, tmp_path / "go")
        calls = emulation.requests("POST", "/token")
    assert len(set(outputs)) == 1
    assert [call["status"] for call in calls] == [200]


def test_four_processes_together_stay_within_the_limit_of_a_second(tmp_path):
    limits = {"seconds": 86_400, "CC_CALLS_PER_SECOND": "4"}
    with running_emulator(limits=True) as emulation, linked(emulation, **limits) as installation:
        run_together(installation, CALL, 4, tmp_path / "go")
        calls = emulation.requests("GET", "/contacts/counts")
    assert [call["status"] for call in calls] == [200] * 12
