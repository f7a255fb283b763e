"""Programs for one process each: link an account, change something and die on the way, find out what became of it."""

import json
from contextlib import contextmanager

from tests.emulation import ACCOUNT
from tests.installation import Installation
from tests.linking import tokens

NEWSLETTER = "0a1b2c3d-0000-11ee-8000-000000000001"
LINK = """
from django.utils import timezone
from contacts import connect, mirror
from contacts.api.oauth_token import TokenAnswer
from contacts.models import ContactList
from tests.rows import make_access, make_account
given = json.loads(sys.argv[1])
account = make_account(encoded_account_id=given["account"])
connect.keep(account, TokenAnswer(*given["tokens"]))
make_access(account, "agent")
ContactList.objects.create(account=account, remote_id=given["list"], name="Newsletter")
now = timezone.now()
for remote in given["remotes"]:
    mirror.store_contact(account, remote, fetched_at=now, seen_at=now)
"""
#: ``die_at(point, act)`` has this process killed at the point of a change that ``act`` sends.
DIE_AT = """
from contacts import audit
from contacts.services import acts, ending, finding, writing
from tests.services.jobs.moments import die, then_die

def die_at(point, act):
    record_all = audit.record_all
    def end_then_die(drafts, **kwargs):
        entries = record_all(drafts, **kwargs)
        return entries if drafts[0].outcome == "intended" else die()

    if point == "before the intent":
        writing._intend = die
    elif point == "inside the intent":
        audit.record_all = then_die(record_all)
    elif point == "after the intent":
        writing._intend = then_die(writing._intend)
    elif point == "after the answer":
        act.send = then_die(act.send)
    elif point == "after the copy":
        finding.store = then_die(finding.store)
    elif point == "before the outcome":
        ending.end_draft = die
    elif point == "inside the outcome":
        audit.record_all = end_then_die
    elif point == "after the outcome":
        writing.conclude = then_die(writing.conclude)
"""
RECOVER = """
from django.utils import timezone
from contacts import audit
from contacts.models import AuditChain, AuditEntry, Write
from contacts.services.settling import settle_due
for _ in range(4):
    Write.objects.filter(recheck_at__isnull=False).update(recheck_at=timezone.now())
    settle_due()
write = Write.objects.get()
entries = list(AuditEntry.objects.order_by("sequence").values_list("outcome", flat=True))
print(json.dumps({"state": write.state, "entries": entries, "whole": audit.verify(AuditChain.objects.get()) is None}))
"""
#: Point to calls that were sent, the verdict, and the lines of the history.
POINTS = {
    "before the intent": (0, "refused", ["refused"]),
    "inside the intent": (0, "refused", ["refused"]),
    "after the intent": (0, "not_applied", ["intended", "not_applied"]),
    "after the answer": (1, "applied", ["intended", "applied"]),
    "before the outcome": (1, "applied", ["intended", "applied"]),
    "inside the outcome": (1, "applied", ["intended", "applied"]),
    "after the outcome": (1, "confirmed", ["intended", "confirmed"]),
}


@contextmanager
def linked_installation(emulation, remotes):
    """An installation that is linked to the emulator and has these contacts and one list: only to be copied."""
    times = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
    emulation.state.load(lists=[{"account": ACCOUNT, "list_id": NEWSLETTER, "name": "Newsletter", **times}])
    answer = tokens(emulation)
    given = [answer.access, answer.refresh, answer.expires_in, answer.scope]
    installation = Installation(emulation)
    try:
        told = {"account": ACCOUNT, "tokens": given, "list": NEWSLETTER, "remotes": remotes}
        installation.run(LINK, json.dumps(told))
        yield installation
    finally:
        installation.remove()


def killed_while_it_waits(emulation, installation, program, *given, method, path):
    """Kill this program once its call has arrived and before it hears of it; then the call is carried out."""
    before = len(emulation.requests(method, path))
    emulation.fault("later", method=method, path=path, seconds=None, silence=60)
    process = installation.start(program, *given)
    while len(emulation.requests(method, path)) == before:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    emulation.control("release")
