"""What an import costs in calls: its plan says it, the run keeps to it, and no look shows more than it has to."""

from datetime import timedelta

import pytest

from contacts.models import LinkedAccount
from contacts.services import jobs
from contacts.services.jobs.importing import portions, sending
from tests.services.jobs.importing import people, planned

pytestmark = pytest.mark.django_db


def run_whole(crowd, job):
    job = jobs.run(job, by=crowd.by, people=jobs.remaining(job))
    job = crowd.carry_on(job, turns=1000)
    assert job.state == "done"
    return job


def looks(crowd):
    """Calls for every change before a portion; those of a proof name the list as well."""
    return [each for each in crowd.calls("GET", "/contacts") if "updated_after" in each["query"] and not_proof(each)]


def not_proof(call):
    return "lists" not in call["query"]


@pytest.mark.parametrize(("rows", "most"), [(30, 4_000), (900, 4_000), (900, 30), (2_000, 400)])
@pytest.mark.parametrize("way", ["activity", "file"])
def test_an_import_takes_as_many_calls_as_its_plan_said(crowd, monkeypatch, rows, most, way):
    monkeypatch.setattr(portions, "MOST_ROWS", most)
    LinkedAccount.objects.update(approval_above=50_000)
    job = planned(crowd, people(rows), way=way)
    told = job.cost[way]
    job = run_whole(crowd, job)
    assert abs(job.calls - told) <= max(2, 0.15 * job.calls), (job.calls, told)


def test_every_change_is_asked_for_once_a_wave_and_opt_outs_before_each_portion(crowd, monkeypatch):
    monkeypatch.setattr(portions, "MOST_ROWS", 2)
    run_whole(crowd, planned(crowd, people(2 * portions.WAVE + 2)))
    assert len(looks(crowd)) == 2
    assert sum("optout_after" in each["query"] for each in crowd.calls("GET", "/contacts")) == portions.WAVE + 1


def test_a_look_that_is_not_fresh_any_more_is_made_anew_within_a_wave(crowd, monkeypatch):
    monkeypatch.setattr(portions, "MOST_ROWS", 2)
    monkeypatch.setattr(sending, "FRESH", timedelta(seconds=-1))
    run_whole(crowd, planned(crowd, people(6)))
    assert len(looks(crowd)) == 3
