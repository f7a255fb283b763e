"""An account with a past: acts of several people, a job, and what was seen outside, written down without a call."""

import re
import uuid
from datetime import UTC, datetime

from django.test import Client
from django.urls import reverse

from contacts import audit, mirror
from contacts.models import AuditEntry, Contact, ContactEvent, ContactList
from tests.rows import make_access, make_account, make_remote, make_user

Outcome = AuditEntry.Outcome
LINKED = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
FROM, TO = datetime(2026, 11, 17, 14, 0, tzinfo=UTC), datetime(2026, 11, 17, 14, 15, tzinfo=UTC)


class Past:
    """``reader`` has the role; Anna is an agent and Dermot a manager, both with acts of their own."""

    def __init__(self, role="manager", **account):
        self.account = make_account(known_since=LINKED, **account)
        self.reader = make_access(self.account, role).user
        self.anna = make_access(self.account, "agent", make_user(name="Anna Ng")).user
        self.dermot = make_access(self.account, "manager", make_user(name="Dermot Walsh")).user
        self.newsletter, self.courses = (
            ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name=name)
            for name in ("Newsletter", "Course alerts")
        )
        self.browser = Client()
        self.browser.force_login(self.reader)

    def contact(self, address="maeve.doyle@example.net", **parts):
        remote = make_remote(address, **parts)
        return mirror.store_contact(self.account, remote, fetched_at=LINKED, seen_at=LINKED)

    def act(self, contact, *, by=None, action="reactivate", end=Outcome.CONFIRMED, lists=(), note="", **facts):
        """An act as the one write path writes it down: what was asked, and how it ended."""
        before = contact.remote | {"deleted_at": "2026-11-17", "list_memberships": []}
        ids = [str(each.remote_id) for each in lists]
        sent = {"first_name": contact.first_name, "last_name": contact.last_name, "list_memberships": ids}
        sent |= {"email_address": {"address": contact.address, "permission_to_send": "implicit"}}
        detail = {"lists": ids, "tags": []} | ({"evidence": bool(note)} if action == "reactivate" else {})
        told = {"address": contact.address, "name": contact.name, "note": note}
        clear = {"target": str(contact.remote_id), "detail": detail, "basis": "asked_directly", **facts}
        asked = self.record(
            action, Outcome.INTENDED, by=by or self.anna, payload=told | {"before": before, "sent": sent}, **clear
        )
        after = None if end == Outcome.UNKNOWN else contact.remote | {"list_memberships": ids}
        return self.record(
            action,
            end,
            by=by or self.anna,
            payload=told | {"message": "Done.", "after": after},
            begins=asked,
            proof="re-read",
            http_status=200,
            **clear,
        )

    def seen(self, *contacts, kind="deleted", sure="unknown", **detail):
        """An entry about what was seen on these contacts, with their events."""
        moment = {"number": len(contacts), "from": FROM.isoformat(), "to": TO.isoformat(), "lists": []}
        one = str(contacts[0].remote_id) if len(contacts) == 1 else ""
        entry = self.record(f"seen_{kind}", Outcome.SEEN, by=None, sure=sure, target=one, detail=moment | detail)
        for contact in contacts:
            ContactEvent.objects.create(
                contact=contact, kind=kind, noticed_from=FROM, noticed_to=TO, entry=entry, told_at=TO
            )
        return entry

    def record(self, action, outcome=Outcome.DONE, *, by=None, **facts):
        return audit.record(action, outcome, by=by, account=self.account, **facts)

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts})

    def get(self, name, data=None, **parts):
        return self.browser.get(self.url(name, **parts), data)

    def post(self, name, data=None, **parts):
        return self.browser.post(self.url(name, **parts), data or {})

    def shown(self, text=""):
        """The entries that a filter in its canonical form finds, on the first page."""
        return [line.entry for line in self.get("audit_list", {"q": text}).context["feed"].rows]

    def asked(self, text):
        """The canonical filter that a typed one leads to; the problems when it leads nowhere."""
        answer = self.post("audit_list", {"q": text})
        if answer.status_code == 200:
            return list(answer.context["feed"].problems)
        assert answer.status_code == 303
        return self.browser.get(answer["Location"]).context["feed"].query.text

    def people(self, number, prefix="guest"):
        """So many contacts of our copy."""
        remotes = [make_remote(f"{prefix}{at}@example.org") for at in range(number)]
        mirror.store_page(self.account, remotes, fetched_at=LINKED, seen_at=LINKED, since=None)
        return list(Contact.objects.filter(account=self.account, address__startswith=prefix).order_by("id"))


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())
