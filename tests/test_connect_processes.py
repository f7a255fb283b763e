"""Many processes at once, on a database of their own: one token call, and calls within the limit."""

from contextlib import contextmanager

from contacts.connect.budget import EASE
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
import os, time
from pathlib import Path
start_line, count, give_up = Path(sys.argv[1]), int(sys.argv[2]), time.monotonic() + 60
(start_line / str(os.getpid())).touch()
while len(list(start_line.iterdir())) < count:
    assert time.monotonic() < give_up, "the others did not come"
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
print(time.time())
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


def run_together(installation, code, count, start_line):
    """The outputs of ``count`` processes that begin ``code`` when all of them stand ready."""
    processes = [installation.start(TOGETHER + code, str(start_line), str(count)) for _ in range(count)]
    ended = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * count, ended
    return [out.strip() for out, _ in ended]


def test_eight_processes_that_find_the_token_stale_make_one_token_call(tmp_path):
    with running_emulator() as emulation, linked(emulation, seconds=0) as installation:
        outputs = run_together(installation, RENEW, 8, tmp_path)
        calls = emulation.requests("POST", "/token")
    assert len(set(outputs)) == 1
    assert [call["status"] for call in calls] == [200]


def test_four_processes_together_stay_within_the_limit_of_a_second(tmp_path):
    """A busy machine may only make a call later than its turn, so none may come before it."""
    limits = {"seconds": 86_400, "CC_CALLS_PER_SECOND": "4"}
    with running_emulator() as emulation, linked(emulation, **limits) as installation:
        began = min(map(float, run_together(installation, CALL, 4, tmp_path)))
        calls = emulation.requests("GET", "/contacts/counts")
    assert len(calls) == 12
    arrived = sorted(call["real"] for call in calls)
    assert all(moment >= began + number * EASE / 4 for number, moment in enumerate(arrived))
