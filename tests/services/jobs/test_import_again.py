"""A retry of an import: exactly the rows to which nothing was done, also those whose turn never came."""

import pytest

from contacts.rules.refusal import Refused
from contacts.services import jobs
from contacts.services.jobs.importing import portions
from tests.services.jobs.importing import at_constant_contact, people, planned, snapshot
from tests.services.jobs.test_import import rows_of

pytestmark = pytest.mark.django_db


def test_a_retry_takes_also_the_rows_that_a_stopped_import_never_began(crowd, monkeypatch):
    monkeypatch.setattr(portions, "MOST_ROWS", 2)
    there = crowd.add(4)
    rows = [*rows_of(there), *people(3), ["new2@example.net", "Later", "Row", ""], ["no address", "A", "B", ""]]
    job = planned(crowd, rows)
    first = job.items.filter(reason="").order_by("group__number", "pk").first().contact
    crowd.emulation.control("contact/unsubscribe", id=str(first.remote_id))
    before = snapshot(crowd, rows)
    job = jobs.run(job, by=crowd.by, people=7)
    while not crowd.verdicts(job):
        job = jobs.carry_on(job, seconds=0)
    job = crowd.carry_on(jobs.stop(job, by=crowd.by))
    assert (job.state, crowd.verdicts(job)) == ("stopped", {"confirmed": 1, "refused": 1})
    monkeypatch.undo()
    again = jobs.retry(job, by=crowd.by, token="b" * 32)
    assert (again.people, again.left_out, again.items.count()) == (6, {}, 6)
    again = crowd.run(again)
    assert crowd.verdicts(again) == {"confirmed": 5, "refused": 1}
    assert jobs.retry(again, by=crowd.by, token="c" * 32).people == 1
    out = at_constant_contact(crowd, first.address_key)
    assert out == before[first.address_key]


def test_a_plan_that_was_cancelled_has_nothing_to_try_again(crowd):
    job = jobs.stop(planned(crowd, people(2)), by=crowd.by)
    with pytest.raises(Refused, match="cancelled before anything was sent"):
        jobs.retry(job, by=crowd.by, token="b" * 32)
