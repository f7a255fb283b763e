"""An account with people, some of them deleted, and jobs about them, made by hand without a call."""

import uuid
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditEntry, Contact, ContactList, Job, Tag, Write
from contacts.services import jobs
from tests.rows import just_signed_in, make_access, make_account, make_remote

LINKED = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)


class Office:
    """Somebody of ``role``, and a boss, in an account with the lists Newsletter and Gala and the tag vip."""

    def __init__(self, role="manager", **account):
        counts = {"active": 3390, "deleted": 3130}
        self.account = make_account(synced_at=timezone.now(), counts=counts, **account)
        self.person = make_access(self.account, role).user
        self.boss = make_access(self.account, "manager").user
        self.browser = Client()
        self.browser.force_login(self.person)
        just_signed_in(self.browser)
        self.newsletter, self.gala = (
            ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name=name)
            for name in ("Newsletter", "Gala")
        )
        self.tag = Tag.objects.create(account=self.account, remote_id=uuid.uuid4(), name="vip")

    def people(self, number, *, on=(), prefix="guest", **parts):
        """So many contacts on these lists, as our copy has them."""
        lists = [str(each.remote_id) for each in on]
        remotes = [make_remote(f"{prefix}{at}@example.org", list_memberships=lists, **parts) for at in range(number)]
        mirror.store_page(self.account, remotes, fetched_at=LINKED, seen_at=LINKED, since=None)
        return remotes

    def ghosts(self, number, *, was_on=(), prefix="ghost", **parts):
        """So many who were on these lists when they were deleted."""
        alive = self.people(number, on=was_on, prefix=prefix, **parts)
        gone = [each | {"deleted_at": "2026-11-17", "list_memberships": []} for each in alive]
        later = TUESDAY + timedelta(minutes=15)
        mirror.store_page(self.account, gone, fetched_at=later, seen_at=later, since=TUESDAY)
        return gone

    def plan(self, kind="reactivate", *, by=None, **wish):
        """A job about everybody in the account."""
        everybody = Contact.objects.filter(account=self.account)
        token = wish.pop("token", uuid.uuid4())
        return jobs.freeze(
            self.account,
            Job.Kind(kind),
            by=by or self.boss,
            contacts=everybody,
            chosen="Everybody",
            token=token,
            **wish,
        )

    def end(self, items, state="confirmed", *, message="", proof="answer"):
        """These people of a job have ended so, each with the audit entries of its change."""
        for item in items:
            facts = {"target": str(item.contact.remote_id), "job": item.job_id}
            asked = audit.record(
                item.job.kind, AuditEntry.Outcome.INTENDED, by=self.boss, account=self.account, **facts
            )
            told = audit.record(
                item.job.kind,
                AuditEntry.Outcome(state),
                by=self.boss,
                account=self.account,
                begins=asked,
                proof=proof,
                **facts,
            )
            item.write = Write.objects.create(
                account=self.account,
                contact=item.contact,
                kind=item.job.kind,
                state=state,
                by=self.boss,
                intent=asked,
                outcome=told,
                message=message,
                ended_at=timezone.now(),
            )
            item.save(update_fields=["write"])

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts})

    def get(self, name, data=None, **parts):
        return self.browser.get(self.url(name, **parts), data)

    def post(self, name, data=None, **parts):
        return self.browser.post(self.url(name, **parts), data or {})

    def follow(self, name, data=None, **parts):
        return text(self.browser.post(self.url(name, **parts), data or {}, follow=True))


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())
