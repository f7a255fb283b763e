"""However an activity ends, or does not, each of its people gets a true verdict by reading."""

from datetime import timedelta

import pytest

from contacts.models import Activity, Job
from contacts.services import jobs
from contacts.services.jobs import following
from tests.services.jobs.rig import COOKERY, GALA, NEWSLETTER

pytestmark = pytest.mark.django_db
POST = {"method": "POST", "path": "/activities/"}
STILL_DATES = {"bulk_moves_updated_at": False, "delete_moves_updated_at": False, "activity_error_lines": "none"}
#: Fault, its options, and how many of four people it reaches.
ENDS = [
    ("activity_failed", {}, 0),
    ("activity_failed", {"most": 2}, 2),
    ("activity_timed_out", {"most": 3}, 3),
    ("activity_cancelled", {"most": 1}, 1),
    ("activity_errors", {"errors": ["Two could not be read."], "most": 2}, 2),
    ("activity_errors", {"errors": ["All is well, and yet."]}, 4),
    ("activity_vanishes", {}, 4),
    ("activity_vanishes", {"most": 0}, 0),
    ("activity_stuck", {}, 0),
    ("activity_stuck", {"most": 2}, 2),
]


def reached(crowd, job):
    told = crowd.verdicts(job)
    return told.get("confirmed", 0) + told.get("applied", 0), told.get("not_applied", 0)


@pytest.mark.parametrize(
    ("emulation", "fault", "options", "number"),
    [({}, *end) for end in ENDS] + [(STILL_DATES, *end) for end in ENDS[1::3]],
    indirect=["emulation"],
)
def test_however_it_ends_each_person_is_judged_by_reading(crowd, monkeypatch, fault, options, number):
    if fault == "activity_stuck":
        monkeypatch.setattr(following, "LONGEST", timedelta(0))
    ids = crowd.add(4, deleted=True)
    before = crowd.held(ids)
    crowd.emulation.fault(fault, **POST, **options)
    job = crowd.run(crowd.freeze("reactivate", ids), way="activity")
    assert (job.state, reached(crowd, job)) == ("done", (number, 4 - number))
    assert len(crowd.calls("POST", "/activities/")) == 1
    crowd.assert_true(job, before)
    crowd.assert_whole(job)


@pytest.mark.parametrize("emulation", [STILL_DATES], indirect=True)
@pytest.mark.parametrize(
    ("kind", "wish"),
    [
        ("add_lists", {"lists": [GALA]}),
        ("remove_lists", {"lists": [NEWSLETTER]}),
        ("add_tags", {"tags": [COOKERY]}),
        ("delete", {}),
    ],
)
def test_every_kind_that_reaches_only_some_is_told_apart(crowd, kind, wish):
    ids = crowd.add(4)
    before = crowd.held(ids)
    crowd.emulation.fault("activity_timed_out", **POST, most=2)
    job = crowd.run(crowd.freeze(kind, ids, **wish), way="activity")
    assert (job.state, reached(crowd, job)) == ("done", (2, 2))
    assert "its bulk job timed out. The contact is as it was." in str(crowd.messages(job))
    crowd.assert_true(job, before)
    crowd.assert_whole(job)


def test_an_activity_is_waited_for_while_it_works(crowd):
    crowd.emulation.control("activities", seconds=60)
    crowd.emulation.control("clock", freeze=True)
    ids = crowd.add(3, deleted=True)
    job = crowd.freeze("reactivate", ids)
    Job.objects.filter(pk=job.pk).update(way="activity")
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=3)
    for _ in range(3):
        Job.objects.filter(pk=job.pk).update(not_before=None)
        job = jobs.carry_on(job, seconds=0.2)
    assert (job.state, job.message) == ("running", "1 bulk job is under way in Constant Contact.")
    crowd.emulation.control("clock", advance=61)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 3})


def test_one_that_cannot_be_found_yet_is_not_given_up(crowd, settings):
    settings.QUIET_SECONDS = 60
    ids = crowd.add(3, deleted=True)
    crowd.emulation.fault("empty_page", method="GET", path="/activities[?]", key="activities")
    crowd.emulation.fault("status", status=404, method="GET", path="/activities/")
    job = crowd.run(crowd.freeze("reactivate", ids), way="activity")
    assert crowd.verdicts(job) == {"confirmed": 3}
    assert Activity.objects.get().remote_state == "completed"


@pytest.mark.parametrize("emulation", [STILL_DATES], indirect=True)
def test_a_lost_answer_is_waited_out_while_it_may_be_at_work(crowd):
    crowd.emulation.control("activities", seconds=60)
    crowd.emulation.control("clock", freeze=True)
    ids = crowd.add(3, deleted=True)
    crowd.emulation.fault("answer_lost", **POST)
    job = crowd.freeze("reactivate", ids)
    Job.objects.filter(pk=job.pk).update(way="activity")
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=3)
    for _ in range(3):
        Job.objects.filter(pk=job.pk).update(not_before=None)
        job = jobs.carry_on(job, seconds=0.2)
    assert Activity.objects.get().state == "unknown"
    crowd.emulation.control("clock", advance=61)
    job = crowd.carry_on(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"applied": 3})
    assert len(crowd.calls("POST", "/activities/")) == 1


def test_what_constant_contact_does_not_accept_is_the_end_for_those_and_the_others_go_on(crowd):
    ids = crowd.add(3) + crowd.add(2, lists=(NEWSLETTER, GALA))
    crowd.emulation.fault("status", status=400, body=[{"error_key": "x", "error_message": "list_ids is odd"}], **POST)
    before = crowd.held(ids)
    job = crowd.run(crowd.freeze("remove_lists", ids, lists=[NEWSLETTER, GALA]), way="activity")
    assert (job.state, crowd.verdicts(job)) == ("done", {"rejected": 3, "confirmed": 2})
    assert "Constant Contact did not accept" in str(crowd.messages(job))
    [said] = [entry.told() for entry in crowd.entries(action="activity", outcome="rejected")]
    assert "list_ids is odd" in said["message"]
    crowd.assert_true(job, before)
    crowd.assert_whole(job)
