"""An account with a history worth exporting, its files, and the program that checks them."""

import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditChain, AuditEntry, Contact, ContactList
from contacts.rules.history_query import Query
from contacts.rules.roles import Role
from contacts.services import exporting
from contacts.standalone import VERIFIER
from contacts.standalone import verify_history as program
from tests.rows import make_access, make_account, make_remote

NEWSLETTER, ALERTS = "10000000-0000-11ee-8000-fa163e000000", "20000000-0000-11ee-8000-fa163e000000"
HOSTILE = (
    "line\nfeed\r\x00\u2028\u2029 \ud800 \ud800\udc00".replace("\udc00", "") + ' \U0001f600 =1+1 "q" \\u0041 </script>'
)
Outcome = AuditEntry.Outcome


class Diary:
    """An account where Maeve was brought back by Anna, and a few other things happened."""

    def __init__(self, name="Harbour Street Cookery"):
        self.account = make_account(name=name)
        self.manager, self.anna, self.viewer = (
            make_access(self.account, role).user for role in ("manager", "agent", "viewer")
        )
        for list_id, called in ((NEWSLETTER, "Newsletter"), (ALERTS, "=Course alerts")):
            ContactList.objects.create(account=self.account, remote_id=list_id, name=called)
        now = timezone.now()
        self.remote = make_remote()
        self.maeve = mirror.store_contact(self.account, self.remote, fetched_at=now, seen_at=now)
        self.target = str(self.maeve.remote_id)

    def brings_back(self, *, note="ticket 4812", target="", by=None, job=None):
        """Asked and ended, as services/writing writes it down."""
        person = {"address": "maeve.doyle@example.net", "name": "Maeve Doyle", "note": note}
        facts = {"target": target or self.target, "basis": "asked_directly", "job": job}
        facts["detail"] = {"write": 1, "lists": [NEWSLETTER, ALERTS], "tags": [], "evidence": bool(note)}
        sent = {"before": {"list_memberships": []}, "sent": {"list_memberships": [NEWSLETTER, ALERTS]}}
        asked = self.records("reactivate", "intended", by=by, payload=person | sent, fields=["lists"], **facts)
        after = person | {"after": {"list_memberships": [NEWSLETTER, ALERTS]}, "message": "Done and verified."}
        return self.records(
            "reactivate", "confirmed", by=by, payload=after, begins=asked, http_status=200, proof="answer", **facts
        )

    def records(self, action, outcome="done", *, by=None, **facts):
        """One entry of Anna's, or of somebody else's."""
        return audit.record(action, Outcome(outcome), by=by or self.anna, account=self.account, **facts)

    def happens(self, number):
        """So many entries about the account itself."""
        audit.record_all(
            [audit.Draft("look_only", Outcome.DONE, None, {"detail": {"n": n}}) for n in range(number)],
            by=self.manager,
            account=self.account,
        )

    def is_renamed_elsewhere(self):
        """Somebody changes Maeve's first name in Constant Contact, and we see it."""
        now = timezone.now()
        renamed = self.remote | {"first_name": "Medb", "updated_at": now.isoformat()}
        mirror.store_contact(self.account, renamed, fetched_at=now, seen_at=now)

    @property
    def chain(self):
        """The account's chain."""
        return AuditChain.objects.get(name=audit.chain_name(self.account))

    def view(self, text="fold:none", *, by=None, contact=None):
        """What somebody may see of the history; the manager when nobody is named."""
        by = by or self.manager
        role = Role(by.accesses.get(account=self.account).role)
        return exporting.View(self.account, by, role, Query.parse(text), contact)

    def export(self, text="fold:none", *, form="jsonl", by=None, contact=None, reason="A complaint"):
        """The bytes of an export."""
        made = exporting.make(self.view(text, by=by, contact=contact), form=exporting.Form(form), reason=reason)
        with made.file:
            return made.file.read()

    def of_maeve(self, **others):
        """The history of one contact."""
        return self.export(contact=Contact.objects.get(pk=self.maeve.pk), **others)


def lines(raw):
    """The objects of an export."""
    return [json.loads(line) for line in raw.splitlines()]


def fault(raw, known=None):
    """What the program finds wrong with these bytes, in its own process; empty when they are proved."""
    try:
        program.read(io.BytesIO(raw), known or {})
    except program.Fault as found:
        return str(found)
    return ""


def oldest_python():
    """Python 3.8 where it is at hand, else the one that runs this."""
    found = shutil.which("python3.8")
    runs = found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
    return found if runs else sys.executable


def verify(raw, *options, extra=None, python=sys.executable):
    """What ``verify_history.py`` says in an empty folder, without any library: its exit code and its text."""
    with tempfile.TemporaryDirectory() as empty:
        folder = Path(empty)
        shutil.copy(VERIFIER, folder)
        (folder / "export.jsonl").write_bytes(raw)
        if extra is not None:
            (folder / "kept.jsonl").write_bytes(extra)
        command = [python, "-I", "-S", VERIFIER.name, "export.jsonl", *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env={})
        assert not done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode()
