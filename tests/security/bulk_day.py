"""The part of the driven day that is about many people: lists, jobs both ways, refusals that gossip, a spike."""

import uuid
from datetime import timedelta

from django.utils import timezone

from contacts.models import ContactList, Job, ListChange, Spike, Write
from contacts.services import jobs

#: More than a trial takes.
PEOPLE = 7


class BulkDay:
    """What somebody does with several people and with lists. Takes the ``Play`` whose browser and account it is."""

    def __init__(self, play, *, people, ticket):
        self.play, self.people, self.ticket = play, people, ticket
        self.post, self.at = play.browser.post, play.at

    def whole(self):
        self.lists()
        self.one_by_one()
        self.in_bulk()
        self.refused()
        self.list_goes()
        self.spike()

    def lists(self):
        """One is made, renamed, starred and noted upon; one person is put on it by hand."""
        self.post(self.at("list_new"), {"name": "Summer school", "token": str(uuid.uuid4())})
        self.list = ContactList.objects.get(name="Summer school")
        here = {"list_id": self.list.remote_id}
        page = self.play.browser.get(self.at("list_edit", **here))
        renamed = {"name": "Summer school 2027", "seen": page.context["seen"], "token": str(uuid.uuid4())}
        self.post(self.at("list_edit", **here), renamed)
        self.post(self.at("list_star", **here), {"favorite": "yes", "token": str(uuid.uuid4())})
        self.post(self.at("list_note", **here), {"note": "Ask the office", "automation": "no"})
        assert ListChange.objects.filter(state=ListChange.State.CONFIRMED).count() == 3
        where = {"remote_id": self.people[0]}
        form = {"lists": [str(self.list.remote_id)], "had": [], "note": self.ticket}
        shown = self.post(self.at("contact_lists", **where), form).context["offer"].editor
        picked = [each.list_id for each in (*shown.favorites, *shown.others) if each.ticked]
        marks = {"seen": shown.seen, "preview": shown.preview, "token": str(shown.token)}
        self.post(self.at("contact_lists_save", **where), form | marks | {"lists": picked})
        assert Write.objects.get(token=shown.token).state == Write.State.CONFIRMED

    def one_by_one(self):
        """Tried, paused, run, reported, taken back; one answer is lost on the way and one is a refusal."""
        job = self.plan("remove_lists", list=str(self.first_list), way="put")
        self.say(job, "try")
        self.play.emulation.fault("status", method="PUT", status=400, body=[{"error_message": self.play.gossip()}])
        self.play.emulation.fault("answer_lost", method="PUT", skip=1)
        self.post(self.at("job_order", pk=job.pk), {"order": "run", "people": jobs.remaining(job)})
        self.play.browser.get(self.at("job_progress", pk=job.pk))
        self.post(self.at("job_order", pk=job.pk), {"order": "pause"})
        self.carry_on(job)
        self.say(job, "run")
        self.look_at(job)
        self.again(job, "job_retry")
        undo = self.again(job, "job_undo")
        self.say(undo, "run")
        self.look_at(undo)

    def in_bulk(self):
        """Everybody by one activity, whose errors name them all; then taken back."""
        for kind in ("add_lists", "delete", "reactivate"):
            job = self.plan(kind, list=str(self.list.remote_id), way="activity")
            self.play.emulation.fault("activity_errors", errors=[self.play.gossip()], path="/activities/")
            self.say(job, "run")
            self.look_at(job)

    def refused(self):
        """An activity that is refused with a text that repeats everything, and one whose fate nobody tells."""
        job = self.plan("remove_lists", list=str(self.list.remote_id), way="activity")
        gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
        self.play.emulation.fault("status", method="POST", path="/activities/", status=400, body=gossip)
        self.say(job, "run")
        again = self.again(job, "job_retry")
        self.play.emulation.fault("error_after", method="POST", path="/activities/", status=503)
        self.say(again, "run", way="activity")
        self.look_at(again)

    def list_goes(self):
        for fault in (True, False):
            form = {"list": str(self.list.remote_id), "token": str(uuid.uuid4())}
            self.post(self.at("job_plan", kind="delete_list"), form)
            job = Job.objects.latest("pk")
            if fault:
                gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
                self.play.emulation.fault("status", method="DELETE", path="contact_lists", status=400, body=gossip)
            self.say(job, "run")
        self.list.refresh_from_db()
        assert self.list.gone_at is not None

    def spike(self):
        now = timezone.now()
        seen = {"noticed_from": now - timedelta(hours=1), "noticed_to": now, "number": 300, "normal": 1.5}
        spike = Spike.objects.create(account=self.play.account, **seen)
        self.post(self.at("deleted_spike_dismiss", pk=spike.pk), {"reason": self.ticket})
        self.play.browser.get(self.at("deleted_spike", pk=spike.pk))
        self.play.browser.get(self.at("deleted_list"), {"tab": "spikes"})

    @property
    def first_list(self):
        return ContactList.objects.get(name="Newsletter").remote_id

    def plan(self, kind, *, list, way):
        """A job about our people, chosen and noted upon as the page does it."""
        form = {"source": "contacts", "who": self.people, "token": str(uuid.uuid4())}
        self.post(self.at("job_plan", kind=kind), form)
        job = Job.objects.latest("pk")
        choice = {"choices": "1", "lists": [list], "basis": "our_mistake", "note": self.ticket, "way": way}
        self.post(self.at("job_choose", pk=job.pk), choice)
        self.post(self.at("job_choose", pk=job.pk), {"way": way})
        job.refresh_from_db()
        assert job.way == way and job.people >= PEOPLE - 1, (kind, job.left_out)
        return job

    def say(self, job, order, **more):
        answer = self.post(self.at("job_order", pk=job.pk), {"order": order, "people": jobs.remaining(job), **more})
        if more and answer.status_code == 302:
            self.post(self.at("job_order", pk=job.pk), {"order": order, "people": jobs.remaining(job)})
        self.carry_on(job)

    def carry_on(self, job):
        for _ in range(60):
            job = jobs.carry_on(job)
            if job.state != Job.State.RUNNING:
                return
            Job.objects.filter(pk=job.pk).update(not_before=None)
            Write.objects.filter(recheck_at__isnull=False).update(recheck_at=timezone.now())
        raise AssertionError(f"{job} never came to rest: {job.step} {job.message}")

    def again(self, job, name):
        self.post(self.at(name, pk=job.pk), {"token": str(uuid.uuid4())})
        return Job.objects.latest("pk")

    def look_at(self, job):
        """Its page by every verdict, its people, its fragment and its file."""
        job.refresh_from_db()
        assert job.has_ended, (job, job.kind, job.state, job.message)
        for verdict in ("", "done", "failed", "refused", "unknown", "left"):
            self.play.browser.get(self.at("job_detail", pk=job.pk), {"verdict": verdict})
        for name in ("job_people", "job_progress", "job_report"):
            self.play.browser.get(self.at(name, pk=job.pk))
