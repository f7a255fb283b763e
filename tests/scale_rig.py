"""Several accounts behind one API key, and web and worker processes that share one database."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import requests

from emulator.generator import Generated
from emulator.people import Role, User
from tests.browser.site import wait_for
from tests.emulation import running_emulator, small_account
from tests.forking import ROOT
from tests.installation import Installation
from tests.linking import SCOPES
from tests.services.jobs.commanding import QUICK
from tools.demo import listen_once

# A write whose worker was killed is looked into after this; longer than any call takes here.
STALE = {"CCADMIN_STALE_SECONDS": "16"}
EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
LINK = """
from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from contacts.models import LinkedAccount
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from tests.rows import make_access, make_user
user = make_user("manager@example.org")
for number, (account_id, access, refresh) in enumerate(json.loads(sys.argv[1])):
    account = LinkedAccount.objects.create(slug=f"shop-{number}", encoded_account_id=account_id, name=f"Shop {number}")
    connect.keep(account, TokenAnswer(access, refresh, 86_400, ""))
    make_access(account, "manager", user=user)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "contacts.backends.AccessBackend"
session.save()
print(json.dumps(session.session_key))
"""
ORDER = """
import uuid
from contacts.models import Contact, Job, LinkedAccount, Tag, User
from contacts.services import jobs
by = User.objects.get()
for account in LinkedAccount.objects.order_by("pk"):
    alive = Contact.objects.filter(account=account, status="active", missing_since=None)
    for way, tag in zip(("put", "activity"), Tag.objects.filter(account=account).order_by("pk")):
        wished = str(tag.remote_id)
        people = [each.pk for each in alive.exclude(taggings__tag=tag).order_by("-pk" if way == "put" else "pk")[:4]]
        job = jobs.freeze(account, Job.Kind.ADD_TAGS, by=by, contacts=people, chosen="Four", token=uuid.uuid4(),
                          tags=[wished])
        Job.objects.filter(pk=job.pk).update(way=way)
        job.refresh_from_db()
        jobs.run(job, by=by, people=jobs.remaining(job))
"""
RUNS = """
SELECT account.slug, run.kind, run.state, run.interrupted, run.message, run.lease_owner
FROM contacts_syncrun AS run JOIN contacts_linkedaccount AS account ON account.id = run.account_id ORDER BY run.id
"""
END = """
from collections import Counter
from contacts import audit
from contacts.models import AuditChain, CallBudget, Contact, Write
faults = [str(fault) for chain in AuditChain.objects.all() if (fault := audit.verify(chain))]
writes = Counter(Write.objects.values_list("state", flat=True))
mirror = {}
for each in Contact.objects.filter(missing_since=None).select_related("account"):
    mirror.setdefault(each.account.encoded_account_id, {})[str(each.remote_id)] = each.remote
used = CallBudget.objects.get().used
print(json.dumps({"faults": faults, "chains": AuditChain.objects.count(), "writes": writes, "mirror": mirror,
                  "used": used}))
"""
# The lease of who was killed is over.
FREE = """
from django.utils import timezone
from contacts.models import Job, SyncRun
for model in (Job, SyncRun):
    gone = model.objects.filter(lease_owner__contains=f"-{sys.argv[1]}-")
    gone.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
"""
DUE = """
from django.utils import timezone
from contacts.models import LinkedAccount
LinkedAccount.objects.update(next_sync_at=timezone.now())
"""
WORK = """
from django.core.management import call_command
call_command("worker")
"""
# The clock of this machine goes before or after the others'.
OFF = """
import datetime
from django.utils import timezone
right, off = timezone.now, datetime.timedelta(seconds={})
timezone.now = lambda: right() + off
"""


@contextmanager
def accounts(number, *, contacts, per_second):
    """An emulator with so many accounts behind one key, each with its own people; and what ``LINK`` needs."""
    with running_emulator(empty=True, calls_per_second=per_second, calls_per_day=10_000, activity_seconds=0) as cc:
        given = []
        for place in range(number):
            account_id, login = f"a07e1l8cdif{place:02d}", f"owner{place}@example.com"
            cc.state.load(accounts=[small_account(account_id, f"Shop {place}")])
            who = {"name": "Orla Byrne", "role": Role.OWNER, "account_id": account_id, "account_name": "Shop"}
            cc.app.oauth.add_user(User(login=login, number=place + 1, **who))
            made, own = Generated(place + 1), {"account": account_id}
            cc.state.load(
                lists=(own | each for each in made.lists),
                tags=(own | each for each in made.tags),
                custom_fields=(own | each for each in made.custom_fields),
                contacts=(own | each for each in made.contacts(contacts)),
            )
            answer = cc.app.oauth.issue(account_id, login, SCOPES)
            given.append([account_id, answer["access_token"], answer["refresh_token"]])
        yield cc, given


class Fleet:
    """One installation, its web processes and its workers, and somebody who is signed in."""

    def __init__(self, cc, given, *, per_second, **environment):
        self.cc, self.given = cc, given
        self.installation = Installation(cc, CC_CALLS_PER_SECOND=str(per_second), **QUICK, **STALE, **environment)
        self.session = self.installation.run(LINK, json.dumps(given))
        self.workers, self.bases, self._web = [], [], ExitStack()

    def serve(self, number, *, threads=4):
        """So many web processes, each on a port of its own."""
        for _ in range(number):
            base = f"http://127.0.0.1:{listen_once(0)}"
            bind = base.removeprefix("http://")
            command = [sys.executable, "-m", "gunicorn", "ccadmin.wsgi", "--worker-class=gthread"]
            command += [f"--threads={threads}", f"--bind={bind}", "--no-control-socket"]
            process = subprocess.Popen(command, cwd=ROOT, env=self.installation.env, stderr=subprocess.DEVNULL)
            self._web.callback(process.wait)
            self._web.callback(process.terminate)
            self.bases.append((base, process))
        for each in self.bases:
            wait_for(f"{each[0]}/healthz", each[1])

    def visit(self, path, *, web=0):
        """The status of a page, asked for by the manager."""
        cookies = {"sessionid": self.session}
        return requests.get(f"{self.bases[web][0]}{path}", cookies=cookies, timeout=90).status_code

    def work(self, *, off=0):
        """One more worker, whose machine's clock is so many seconds off."""
        self.workers.append(self.installation.start((OFF.format(off) if off else "") + WORK))

    def state(self):
        """Runs (account, kind, state, interrupted, message), states of jobs, and who has a lease of either.

        Asked of the database itself: a process of the app would cost more than what it asks about.
        """
        with psycopg.connect(self.installation.url) as direct:
            runs = direct.execute(RUNS).fetchall()
            jobs = direct.execute("SELECT state, lease_owner FROM contacts_job ORDER BY id").fetchall()
        owners = [each[-1] for each in (*runs, *jobs) if each[-1]]
        return {"runs": [each[:-1] for each in runs], "jobs": [each[0] for each in jobs], "owners": owners}

    def until(self, condition):
        """Wait until it is so of the state, for at most two minutes; else say how it stands."""
        until = time.monotonic() + 120
        while not condition(state := self.state()):
            assert time.monotonic() < until, state
            threading.Event().wait(0.2)

    def kill_one_that_works(self):
        """kill -9 for a worker that holds a run or a job; a new one takes its place. Whether there was one."""
        self.until(lambda state: state["owners"])
        owners = self.state()["owners"]
        for worker in self.workers:
            if any(f"-{worker.pid}-" in each for each in owners):
                worker.kill()
                worker.wait()
                self.workers.remove(worker)
                self.installation.run(FREE, str(worker.pid))
                self.work()
                return True
        return False

    def end(self):
        """All workers end politely; their exit codes."""
        for each in self.workers:
            each.send_signal(signal.SIGTERM)
        return [each.wait(timeout=60) for each in self.workers]

    def close(self):
        self._web.close()
        self.installation.remove()

    def truth(self):
        """Every contact of every account, as the emulator holds it, past its limits."""
        found = {}
        for account_id, access, _ in self.given:
            params = {"status": "all", "limit": "500", "include": EVERYTHING}
            found[account_id] = {}
            while params:
                answer = self.cc.call("GET", "/contacts", headers={"Authorization": f"Bearer {access}"}, params=params)
                assert answer.ok, answer.text
                found[account_id] |= {each["contact_id"]: each for each in answer.json()["contacts"]}
                href = (answer.json().get("_links") or {}).get("next", {}).get("href", "")
                params = {"cursor": href.partition("cursor=")[2]} if href else None
        return found


def busiest_second(calls):
    """The most calls that any second that slides over them holds."""
    moments = sorted(each["real"] for each in calls)
    return max(sum(start <= each < start + 1 for each in moments) for start in moments)
