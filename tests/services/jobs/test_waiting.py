"""Whatever is in a job's way: it waits and goes on by itself, or pauses and says why; nothing is sent meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from contacts import connect
from contacts.connect import budget
from contacts.models import Access, CallBudget, Contact, Job, LinkedAccount, Write
from contacts.rules.refusal import Refused
from contacts.services import jobs, writing
from contacts.services.ending import refuse
from tests.linking import tokens
from tests.services.jobs.rig import GALA, NEWSLETTER

pytestmark = pytest.mark.django_db
WAYS = ["put", "activity"]
#: The call that changes something, by the way of the job.
SENDS = {
    "put": {"method": "PUT", "path": "/contacts/"},
    "activity": {"method": "POST", "path": "/activities/"},
}


def begun(crowd, way, *, people=3, kind="reactivate", **wish):
    """A job that was ordered to run."""
    ids = crowd.add(people, deleted=kind == "reactivate")
    job = crowd.freeze(kind, ids, **wish)
    Job.objects.filter(pk=job.pk).update(way=way)
    return ids, jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=people)


def until_it_waits(crowd, job):
    """Carried on until it waits for longer than a moment, or rests."""
    for _ in range(30):
        job = jobs.carry_on(job)
        if job.state != Job.State.RUNNING or (job.not_before and job.not_before > timezone.now()):
            return job
    raise AssertionError(f"{job} neither waits nor rests: {job.message}")


def midnight():
    return datetime.combine(timezone.now().astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_spent_day_is_waited_out_until_midnight_and_the_job_goes_on_by_itself(crowd, way, skip):
    ids, job = begun(crowd, way)
    where = SENDS[way] if not skip else {"method": "GET", "path": "/contacts"}
    crowd.emulation.fault("quota_exceeded", **where, skip=skip)
    job = until_it_waits(crowd, job)
    assert (job.state, job.not_before) == ("running", midnight())
    assert job.message == "Today's calls are used up. Goes on by itself at 00:00 UTC."
    assert not jobs.due().exists()
    CallBudget.objects.update(spent_until=None)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    assert all("deleted_at" not in each for each in crowd.held(ids).values())
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_our_own_budget_leaves_a_tenth_of_the_day_to_people(crowd, way, settings):
    _, job = begun(crowd, way)
    settings.CC_CALLS_PER_DAY = 20
    budget.wait_for_call(person=True)
    CallBudget.objects.update(used=17)
    job = until_it_waits(crowd, job)
    assert (job.state, job.not_before) == ("running", midnight())
    assert CallBudget.objects.get().used == 18
    budget.wait_for_call(person=True)
    settings.CC_CALLS_PER_DAY = 1000
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})


def test_a_running_job_reserves_what_it_still_needs_and_gives_it_back(crowd):
    _, job = begun(crowd, "activity")
    assert job.calls_left == job.cost["activity"] > 0
    crowd.emulation.fault("quota_exceeded", **SENDS["activity"])
    job = until_it_waits(crowd, job)
    assert 0 < job.calls_left < job.cost["activity"]
    CallBudget.objects.update(spent_until=None)
    assert crowd.carry_on(job).calls_left == 0


@pytest.mark.parametrize("way", WAYS)
def test_haste_is_waited_out_for_as_long_as_it_is_said(crowd, way):
    _, job = begun(crowd, way)
    crowd.emulation.fault("throttled", **SENDS[way], times=2)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    crowd.assert_whole(job)


def test_a_full_queue_is_tried_again_in_ten_minutes_with_a_new_intent(crowd):
    _, job = begun(crowd, "activity")
    body = {"error_key": "too_many_activities", "error_message": "Too many queued activities"}
    crowd.emulation.fault("status", status=429, body=body, **SENDS["activity"])
    job = until_it_waits(crowd, job)
    assert job.not_before > timezone.now() + timedelta(seconds=590)
    assert "1,000 bulk jobs waiting" in job.message and "try again in 10 minutes" in job.message
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    assert Write.objects.filter(state="rejected", item=None).count() == 3
    assert len(crowd.calls("POST", "/activities/")) == 2
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_of_a_while_is_outlasted(crowd, way):
    _, job = begun(crowd, way)
    crowd.emulation.fault("status", status=503, method="GET", path="/contacts", times=4)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_without_end_pauses_the_job_before_anything_is_sent(crowd, way):
    ids, job = begun(crowd, way)
    before = crowd.held(ids)
    crowd.emulation.fault("status", status=503, method="GET", path="/contacts", times=0)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("paused", {})
    assert "a fault of its own (503)" in job.message and "We tried 6 times." in job.message
    assert crowd.held(ids) == before
    crowd.emulation.app.faults.clear()
    job = crowd.run(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})


def test_one_contact_that_cannot_be_read_keeps_nobody_else_waiting(crowd):
    ids, job = begun(crowd, "put")
    crowd.emulation.fault("status", status=503, method="GET", path=f"/contacts/{ids[0]}", times=0)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("paused", {"confirmed": 2})
    crowd.emulation.app.faults.clear()
    assert crowd.verdicts(crowd.run(job)) == {"confirmed": 3}


def test_what_was_sent_is_followed_also_when_nothing_can_be_read_for_long(crowd):
    _, job = begun(crowd, "activity")
    crowd.emulation.fault("status", status=503, method="GET", path="/activities", times=0)
    for _ in range(9):
        job = until_it_waits(crowd, job)
        assert (job.state, crowd.verdicts(job)) == ("running", {"intended": 3})
        Job.objects.filter(pk=job.pk).update(not_before=None)
    crowd.emulation.app.faults.clear()
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    crowd.assert_whole(job)


def test_the_pause_between_tries_has_an_end_however_many_there_were(crowd):
    _, job = begun(crowd, "activity")
    crowd.emulation.fault("status", status=503, method="GET", path="/activities", times=0)
    job = until_it_waits(crowd, job)
    Job.objects.filter(pk=job.pk).update(not_before=None, tries=32_000, order="pause")
    job = until_it_waits(crowd, job)
    assert job.not_before < timezone.now() + timedelta(seconds=301)
    assert job.tries < 32_000


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sent", [False, True])
def test_a_broken_link_pauses_the_job_until_it_is_mended(crowd, way, sent):
    _, job = begun(crowd, way)
    if sent:
        crowd.emulation.fault("unauthorized", method="GET", path="/contacts", skip=2, times=0)
    else:
        crowd.emulation.fault("unauthorized", method="GET", path="/contacts", times=0)
    for _ in range(8):
        job = until_it_waits(crowd, job)
        Job.objects.filter(pk=job.pk).update(not_before=None)
    assert LinkedAccount.objects.get().state == "broken"
    assert "no longer accepts our key" in job.message and "Reconnect the account." in job.message
    crowd.emulation.app.faults.clear()
    relink(crowd)
    if job.state == Job.State.RUNNING:
        job = crowd.carry_on(job)
    if job.state == Job.State.PAUSED:
        job = crowd.run(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})
    crowd.assert_whole(job)


def relink(crowd):
    connect.keep(LinkedAccount.objects.get(), tokens(crowd.emulation))


@pytest.mark.parametrize("way", WAYS)
def test_paused_writing_pauses_the_job_before_its_next_call_and_what_is_sent_is_followed(crowd, way):
    ids, job = begun(crowd, way, people=4)
    one_send(crowd, job, way)
    LinkedAccount.objects.update(writing="paused", writing_by="Orla Byrne")
    job = crowd.carry_on(job)
    done = crowd.verdicts(job).get("confirmed", 0)
    assert (job.state, done) == ("paused", 1) if way == "put" else ("done", 4)
    if way == "put":
        assert job.message == "Paused: writing was paused by Orla Byrne."
        with pytest.raises(Refused, match="writing is paused"):
            jobs.run(job, by=crowd.by, people=3)
    assert sum("deleted_at" not in each for each in crowd.held(ids).values()) == done
    crowd.assert_whole(job)


def one_send(crowd, job, way):
    """Carry the job on until its first change was sent."""
    while not crowd.calls(**SENDS[way]):
        jobs.carry_on(job, seconds=0)
        Job.objects.filter(pk=job.pk).update(not_before=None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loss", ["role", "access", "user"])
def test_a_right_that_is_gone_stops_the_job_and_what_was_sent_is_followed_to_its_end(crowd, way, loss):
    two_groups = crowd.add(2, deleted=True), crowd.add(2, deleted=True, lists=(NEWSLETTER, GALA))
    job = crowd.freeze("reactivate", [*two_groups[0], *two_groups[1]])
    Job.objects.filter(pk=job.pk).update(way=way)
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=4)
    one_send(crowd, job, way)
    if loss == "role":
        Access.objects.update(role="viewer")
    elif loss == "access":
        Access.objects.all().delete()
    else:
        crowd.by.delete()
    job = crowd.carry_on(job)
    assert job.state == "stopped"
    assert job.message.startswith("Stopped: the ")
    assert crowd.verdicts(job) == {"confirmed": 1 if way == "put" else 2}
    crowd.assert_whole(job)


@pytest.mark.parametrize(
    ("way", "order", "after"),
    [
        *(("put", order, after) for order, after in ((jobs.pause, 1), (jobs.stop, 2))),
        *(("activity", jobs.pause, after) for after in (0, 2, 4)),
        *(("activity", jobs.stop, after) for after in (1, 3, 5)),
    ],
)
def test_an_order_in_any_step_is_followed_before_the_next_send(crowd, way, order, after):
    two_groups = crowd.add(2, deleted=True), crowd.add(2, deleted=True, lists=(NEWSLETTER, GALA))
    job = crowd.freeze("reactivate", [*two_groups[0], *two_groups[1]])
    Job.objects.filter(pk=job.pk).update(way=way)
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=4)
    for _ in range(after):
        jobs.carry_on(job, seconds=0)
        Job.objects.filter(pk=job.pk).update(not_before=None)
    job.refresh_from_db()
    if job.state == Job.State.RUNNING:
        order(job, by=crowd.by)
        sent = len(crowd.calls(**SENDS[way]))
        job = crowd.carry_on(Job.objects.get(pk=job.pk))
        assert len(crowd.calls(**SENDS[way])) == sent
        if jobs.remaining(job):
            assert job.state == ("paused" if order is jobs.pause else "stopped")
            assert job.message.startswith("Paused by" if order is jobs.pause else "Stopped by")
    if job.state == Job.State.PAUSED:
        job = crowd.run(job)
    assert job.state in ("done", "stopped")
    assert set(crowd.verdicts(job)) <= {"confirmed"}
    crowd.assert_whole(job)


@pytest.mark.parametrize("order", [jobs.pause, jobs.stop])
def test_somebody_claimed_by_a_worker_that_died_is_free_again_when_nothing_more_is_to_be_sent(crowd, order):
    ids, job = begun(crowd, "put")
    item = job.items.select_related("contact").first()
    item.write = writing.begin(item.contact, kind="reactivate", by=crowd.by, lists=[NEWSLETTER], basis="our_mistake")
    item.save()
    order(job, by=crowd.by)
    job = crowd.carry_on(job)
    assert (job.has_ended, jobs.remaining(job), crowd.verdicts(job)) == (order is jobs.stop, 3, {})
    assert not crowd.calls("PUT") and not Write.objects.filter(state__in=Write.OPEN).exists()
    if order is jobs.pause:
        assert crowd.verdicts(crowd.run(job)) == {"confirmed": 3}
        assert not any("deleted_at" in each for each in crowd.held(ids).values())


def test_a_job_that_was_stopped_stays_stopped_whatever_else_happens(crowd):
    groups = crowd.add(2, deleted=True), crowd.add(2, deleted=True, lists=(NEWSLETTER, GALA))
    job = crowd.freeze("reactivate", [*groups[0], *groups[1]])
    Job.objects.filter(pk=job.pk).update(way="activity")
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=4)
    email = crowd.held(groups[0])[groups[0][0]]["email_address"] | {"permission_to_send": "explicit"}
    crowd.emulation.fault("change_contact", id=groups[0][0], values={"email_address": email}, **SENDS["activity"])
    one_send(crowd, job, "activity")
    jobs.stop(Job.objects.get(pk=job.pk), by=crowd.by)
    job = crowd.carry_on(Job.objects.get(pk=job.pk))
    assert (job.state, job.message) == ("stopped", f"Stopped by {crowd.by}.")
    assert crowd.verdicts(job) == {"confirmed": 1, "drifted": 1}
    crowd.assert_whole(job)


def test_a_change_that_is_on_its_way_is_not_refused_any_more(crowd):
    [contact_id] = crowd.add(1, deleted=True)
    contact = Contact.objects.get(remote_id=contact_id)
    write = writing.begin(contact, kind="reactivate", by=crowd.by, lists=[NEWSLETTER], basis="our_mistake")
    as_it_was = Write.objects.select_related("contact", "account").get(pk=write.pk)
    assert writing.carry_out(write).state == "confirmed"
    Write.objects.filter(pk=write.pk).update(state="intended", ended_at=None)
    assert refuse(as_it_was, "This was interrupted before anything was sent.").state == "intended"
