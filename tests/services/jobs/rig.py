"""Many contacts at the emulator, their copies here, and a job about them that is carried on to its end."""

import uuid
from collections import Counter
from contextlib import contextmanager

from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditChain, AuditEntry, Contact, ContactList, Job, Tag, Write
from contacts.services import jobs
from tests.emulation import ACCOUNT
from tests.linking import link, point_at
from tests.rows import make_access, make_remote
from tests.services.world import COOKERY, GALA, GIFT, NAMES, NEWSLETTER, TAGS, loaded_emulator

EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
OPTED_OUT = {
    "permission_to_send": "unsubscribed",
    "opt_out_source": "Contact",
    "opt_out_date": "2026-09-02T10:00:00Z",
}
__all__ = ["COOKERY", "GALA", "GIFT", "NEWSLETTER", "OPTED_OUT", "Crowd", "emulated"]


@contextmanager
def emulated(settings, **options):
    """Such an emulator whose activities end at the next look, and settings that point at it."""
    with loaded_emulator(**{"activity_seconds": 0} | options) as running:
        point_at(settings, running)
        settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = settings.POLL_SECONDS = 0
        yield running


class Crowd:
    """``people`` contacts, read once when they were alive and once as they are now."""

    def __init__(self, emulation, *, role="manager"):
        self.emulation = emulation
        self.account = link(emulation)
        self.by = make_access(self.account, role).user
        for remote_id, name in NAMES.items():
            ContactList.objects.create(account=self.account, remote_id=remote_id, name=name)
        for remote_id, name in TAGS.items():
            Tag.objects.create(account=self.account, remote_id=remote_id, name=name)

    def add(self, people, *, deleted=False, lists=(NEWSLETTER,), seen_alive=True, known=True, **parts):
        """So many contacts at the emulator and here; the deleted ones were on ``lists`` until then. Their ids.

        Those who are not ``known`` are here only.
        """
        remotes = [
            make_remote(f"p{uuid.uuid4().hex[:12]}@example.org", list_memberships=list(lists), **parts)
            for _ in range(people)
        ]
        if seen_alive:
            self._look(remotes)
        if deleted:
            gone = {"deleted_at": "2026-11-17", "list_memberships": [], "updated_at": "2026-11-17T14:07:00Z"}
            remotes = [remote | gone for remote in remotes]
        if known:
            self.emulation.state.load(contacts=[{"account": ACCOUNT, **remote} for remote in remotes])
        self._look(remotes)
        return [remote["contact_id"] for remote in remotes]

    def _look(self, remotes):
        now = timezone.now()
        since = now if Contact.objects.filter(account=self.account).exists() else None
        for start in range(0, len(remotes), 500):
            some = remotes[start : start + 500]
            mirror.store_page(self.account, some, fetched_at=now, seen_at=now, since=since)
        Contact.objects.filter(account=self.account).update(fetched_at=now)

    def freeze(self, kind, ids, **wish):
        """A job about these people, planned."""
        contacts = Contact.objects.filter(account=self.account, remote_id__in=ids)
        given = {"by": self.by, "chosen": "These people", "token": uuid.uuid4(), "basis": "our_mistake", **wish}
        return jobs.freeze(self.account, Job.Kind(kind), contacts=contacts, **given)

    def run(self, job, *, way=None, by=None):
        """Run a planned job to its rest, whatever it has to wait for."""
        if way is not None:
            Job.objects.filter(pk=job.pk).update(way=way)
            job.refresh_from_db()
        return self.carry_on(jobs.run(job, by=by or self.by, people=jobs.remaining(job)))

    def carry_on(self, job, *, turns=50):
        """As the worker would, with the waiting left out."""
        for _ in range(turns):
            job = jobs.carry_on(job)
            if job.state != Job.State.RUNNING:
                return job
            Job.objects.filter(pk=job.pk).update(not_before=None)
            Write.objects.filter(recheck_at__isnull=False).update(recheck_at=timezone.now())
        raise AssertionError(f"{job} never came to rest: {job.step} {job.message}")

    def now(self, contact_id):
        """The contact as the emulator holds it."""
        return self.emulation.get(f"/contacts/{contact_id}", include=EVERYTHING).json()

    def held(self, ids):
        """These contacts as the emulator holds them, by id, without a call."""
        return {each: self.emulation.state.contacts.get(ACCOUNT, each) for each in ids}

    def verdicts(self, job):
        """Verdict to number of people."""
        return dict(Counter(Write.objects.filter(item__job=job).values_list("state", flat=True)))

    def calls(self, method="", path=""):
        return self.emulation.requests(method, path)

    def messages(self, job):
        return set(Write.objects.filter(item__job=job).values_list("message", flat=True))

    def write_of(self, job, contact_id):
        return Write.objects.get(item__job=job, contact__remote_id=contact_id)

    def assert_true(self, job, before):
        """Whoever is called done is as asked, whoever is called untouched is as ``before``, others are neither."""
        for write in Write.objects.filter(item__job=job).select_related("contact", "item__job", "item__group"):
            was, now = before[str(write.contact.remote_id)], self.held([str(write.contact.remote_id)])
            now = now[str(write.contact.remote_id)]
            done = standing(now) == wished(write.item, was)
            told = (write.state, write.message)
            if write.state in Write.PROVED:
                assert done, told
            elif write.state in Write.WITHOUT_EFFECT:
                assert now == was, told
            else:
                assert now != was and not done, told

    def assert_whole(self, job):
        """Each person of the job has one end, one intent at most, and the chain verifies."""
        assert not job.items.filter(reason="", write=None).exists() or job.state != Job.State.DONE
        assert not Write.objects.filter(item__job=job, state__in=Write.OPEN).exists()
        for write in Write.objects.filter(item__job=job).select_related("intent", "outcome"):
            assert write.outcome is not None and write.outcome.job == job.pk
            sent = write.state not in (Write.State.REFUSED,)
            assert (write.intent is not None) == sent, (write.state, write.message)
        assert audit.verify(AuditChain.objects.get(name=f"account-{self.account.pk}")) is None

    def entries(self, **wanted):
        return AuditEntry.objects.filter(account=self.account, **wanted)


def standing(contact):
    """All of a contact that a job may touch, and its permission, which it may not: deleted, lists, tags."""
    lists, tags = frozenset(contact["list_memberships"]), frozenset(contact["taggings"])
    return "deleted_at" in contact, lists, tags, (contact.get("email_address") or {}).get("permission_to_send")


def wished(item, was):
    """How somebody should stand after their part of a job."""
    deleted, lists, tags, permission = standing(was)
    group_lists, group_tags = frozenset(item.group.lists), frozenset(item.group.tags)
    return {
        "reactivate": (False, group_lists, tags, permission),
        "add_lists": (deleted, lists | group_lists, tags, permission),
        "remove_lists": (deleted, lists - group_lists, tags, permission),
        "add_tags": (deleted, lists, tags | group_tags, permission),
        "remove_tags": (deleted, lists, tags - group_tags, permission),
        "delete": (True, frozenset(), tags, permission),
    }[item.job.kind]
