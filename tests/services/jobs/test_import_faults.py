"""An import while everything goes wrong that can: a true verdict a row, nothing sent twice, no row lost in silence."""

import json
from collections import Counter

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.models import Access, Job, LinkedAccount, Write
from contacts.rules.refusal import Refused
from contacts.services import jobs, writing
from contacts.services.jobs.importing import portions
from tests.rows import make_remote
from tests.services.jobs.importing import assert_rows_true, people, planned, snapshot
from tests.services.jobs.rig import GALA, NEWSLETTER, OPTED_OUT
from tests.services.jobs.test_import import rows_of

pytestmark = pytest.mark.django_db
POST = {"method": "POST", "path": "/activities/contacts_"}
FAULTS = [
    ("answer_lost", POST),
    ("error_after", POST),
    ("cut_body", POST),
    ("cut_json", POST),
    ("html", {**POST, "status": 502}),
    ("activity_failed", {**POST, "most": 150}),
    ("activity_failed", POST),
    ("activity_timed_out", {**POST, "most": 3}),
    ("activity_vanishes", POST),
    ("activity_errors", POST),
    ("throttled", POST),
    ("status", {**POST, "status": 503}),
    ("status", {"method": "GET", "path": "/contacts", "status": 500}),
    ("expired_cursor", {"method": "GET", "path": "cursor"}),
    ("empty_page", {"method": "GET", "path": "lists=", "last": True}),
    ("delay", {"method": "GET", "path": "/contacts", "seconds": 0.05}),
]
NOT_DONE = {"not_applied", "rejected", "drifted", "refused"}


def sent_addresses(emulation):
    """Every address in every import that Constant Contact received, as often as it was sent."""
    rows = emulation.state.db.rows("SELECT rows FROM imports")
    return Counter(each["email"].lower() for row in rows for each in json.loads(row["rows"]))


@pytest.mark.parametrize("way", ["activity", "file"])
@pytest.mark.parametrize(("fault", "options"), FAULTS, ids=[each[0] for each in FAULTS])
def test_each_fault_leaves_one_true_verdict_a_row(crowd, fault, options, way):
    rows = [*people(8), *rows_of(crowd.add(3)), *rows_of(crowd.add(2, deleted=True))]
    before = snapshot(crowd, rows)
    job = planned(crowd, rows, way=way)
    crowd.emulation.fault(fault, **options)
    job = jobs.run(job, by=crowd.by, people=jobs.remaining(job))
    job = crowd.carry_on(job)
    if job.state == "paused":
        job = crowd.run(job)
    assert job.state == "done"
    assert_rows_true(crowd, job, before, rows)
    crowd.assert_whole(job)
    assert set(sent_addresses(crowd.emulation).values()) <= {1}


@pytest.mark.parametrize("way", ["activity", "file"])
def test_two_thousand_rows_in_many_portions_with_faults_on(crowd, monkeypatch, way):
    monkeypatch.setattr(portions, "MOST_ROWS", 170)
    LinkedAccount.objects.update(approval_above=5_000)
    out = crowd.add(60, email_address=OPTED_OUT)
    rows = [*people(1500), *rows_of(crowd.add(300)), *rows_of(crowd.add(100, deleted=True)), *rows_of(out)]
    rows += [["nonsense", "", "", ""]] * 20 + [[row[0].upper(), *row[1:]] for row in rows[:20]]
    before = snapshot(crowd, rows)
    job = planned(crowd, rows, way=way)
    for number, (fault, options) in enumerate(FAULTS[:9]):
        crowd.emulation.fault(fault, **options, skip=number)
    job = jobs.run(job, by=crowd.by, people=jobs.remaining(job))
    for _ in range(4):
        job = crowd.carry_on(job, turns=400)
        if job.state == "paused":
            job = jobs.run(job, by=crowd.by, people=jobs.remaining(job))
    assert job.state == "done"
    ended = crowd.verdicts(job)
    assert sum(ended.values()) == job.people == 1900 and set(ended) <= {"confirmed", "applied", *NOT_DONE}
    assert job.left_out == {"opted_out": 60, "bad_address": 20, "duplicate": 20}
    assert_rows_true(crowd, job, before, rows)
    crowd.assert_whole(job)
    sent = sent_addresses(crowd.emulation)
    assert max(sent.values()) == 1
    assert not sent.keys() & {row[0].lower() for row in rows_of(out)}


def test_no_call_comes_near_the_limits_past_which_rows_are_dropped(crowd, monkeypatch):
    monkeypatch.setattr(portions, "MOST_BYTES", 30_000)
    rows = [[f"long{n}@example.net", "Ünï" * 16, "Last", "x" * 50] for n in range(300)]
    for way in ("activity", "file"):
        job = crowd.run(planned(crowd, rows, way=way))
        assert job.activities.count() > 2 and sum(job.activities.values_list("people", flat=True)) == 300
    assert sum(sent_addresses(crowd.emulation).values()) == 600


def test_a_file_of_a_call_has_no_blank_cell(crowd):
    rows = [["a@example.net", "A", "", ""], ["b@example.net", "", "B", ""], ["c@example.net", "C", "", ""]]
    job = crowd.run(planned(crowd, rows, way="file"))
    assert job.activities.count() == 2 and crowd.verdicts(job) == {"confirmed": 3}
    kept = crowd.emulation.state.db.rows("SELECT rows FROM imports")
    assert all(all(each.values()) for row in kept for each in json.loads(row["rows"]))


@pytest.mark.parametrize("what", ["deleted", "unsubscribed"])
def test_who_leaves_while_portions_are_under_way_is_not_sent(crowd, monkeypatch, what):
    monkeypatch.setattr(portions, "MOST_ROWS", 4)
    ids = crowd.add(12)
    rows = rows_of(ids)
    job = planned(crowd, rows, include=["update"])
    kind = "delete_contact" if what == "deleted" else "unsubscribe"
    crowd.emulation.fault(kind, id=ids[-1], when="after", **POST)
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 11, "refused": 1}


def test_whoever_comes_meanwhile_is_an_update_only_where_that_was_chosen(crowd):
    rows = people(3)
    job = planned(crowd, rows, include=["new"])
    crowd.emulation.call(
        "POST", "/contacts", json={"create_source": "Account", "email_address": {"address": rows[0][0]}}
    )
    before = snapshot(crowd, rows)
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 2, "refused": 1}
    assert_rows_true(crowd, job, before, rows)


def test_another_change_to_a_new_person_cannot_begin_twice(crowd):
    rows = people(2)
    job = planned(crowd, rows)
    Write.objects.create(account=crowd.account, kind="create", state="reading", address_key=rows[0][0])
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 1, "refused": 1}


def test_the_job_stops_when_the_role_is_taken_away(crowd):
    job = planned(crowd, people(3))
    job = jobs.run(job, by=crowd.by, people=3)
    Access.objects.filter(user=crowd.by).update(role="viewer")
    job = crowd.carry_on(job)
    assert job.state == "stopped" and not crowd.calls("POST", "/activities")


def test_the_job_pauses_while_writing_is_paused(crowd):
    job = planned(crowd, people(3))
    job = jobs.run(job, by=crowd.by, people=3)
    LinkedAccount.objects.filter(pk=crowd.account.pk).update(writing="paused", writing_by=str(crowd.by))
    job = crowd.carry_on(job)
    assert job.state == "paused" and not crowd.calls("POST", "/activities")


def test_a_list_that_is_gone_pauses_the_job_before_anything_is_sent(crowd):
    job = planned(crowd, people(3), lists=[GALA, NEWSLETTER])
    job = jobs.run(job, by=crowd.by, people=3)
    crowd.account.contactlist_set.filter(remote_id=GALA).update(gone_at=crowd.account.linked_at)
    job = crowd.carry_on(job)
    assert job.state == "paused" and "no longer exists" in job.message
    assert not crowd.calls("POST", "/activities") and Job.objects.get().items.filter(write=None).count() == 3


def test_nobody_else_changes_a_new_person_before_the_import_has_found_them(crowd, settings):
    settings.POLL_SECONDS = 600
    rows = people(1)
    job = planned(crowd, rows)
    job = jobs.run(job, by=crowd.by, people=1)
    crowd.emulation.fault("activity_slow", **POST)
    jobs.carry_on(job)
    now = timezone.now()
    seen = make_remote(rows[0][0])
    new = mirror.store_contact(crowd.account, seen, fetched_at=now, seen_at=now)
    with pytest.raises(Refused):
        writing.begin(new, kind=Write.Kind.LISTS, by=crowd.by, lists=[GALA])
