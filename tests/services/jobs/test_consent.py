"""Consent at every moment of a job: nobody who opted out is sent anywhere, and the report says so (faults W5, W11)."""

import json

import pytest

from contacts.models import Job, Write
from contacts.services import jobs
from tests.services.jobs.rig import GALA, NEWSLETTER, OPTED_OUT

pytestmark = pytest.mark.django_db
WAYS = ["put", "activity"]
PAGE = {"method": "GET", "path": "/contacts[?]"}
POST = {"method": "POST", "path": "/activities/"}
NO_CONSENT = [
    OPTED_OUT,
    OPTED_OUT | {"opt_out_source": "Account"},
    {"permission_to_send": "temp_hold"},
    {"permission_to_send": "pending_confirmation"},
    {"opt_out_source": "Contact", "opt_out_date": "2026-01-05T10:00:00Z"},
]
POLICIES = [{"bulk_opted_out": one} for one in ("ignored", "revived", "added")]


@pytest.fixture(autouse=True)
def nobody_opted_out_is_added(emulation):
    """Nobody is named in a call that adds to lists who had opted out before it left."""
    yield
    sql = "SELECT contact_id FROM contacts WHERE json_extract(body, '$.email_address.permission_to_send') = ?"
    out = {row["contact_id"] for row in emulation.state.db.rows(sql, ("unsubscribed",))}
    for call in emulation.requests("POST", "/activities/add_list"):
        named = set(json.loads(call["body"])["source"]["contact_ids"])
        assert not out & named or "unsubscribe" in (call["fault"] or "")


def begun(crowd, kind, ids, way, **wish):
    job = crowd.freeze(kind, ids, **wish)
    Job.objects.filter(pk=job.pk).update(way=way)
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "deleted"), [("reactivate", True), ("add_lists", False)])
def test_who_opts_out_between_the_trial_and_the_run_is_left_alone(crowd, way, kind, deleted):
    ids = crowd.add(7, deleted=deleted)
    job = begun(crowd, kind, ids, way, lists=[] if deleted else [GALA])
    job = crowd.carry_on(jobs.try_few(job, by=crowd.by))
    late = str(job.items.filter(trial=False).first().contact.remote_id)
    crowd.emulation.control("contact/unsubscribe", id=late)
    before = crowd.held(ids)
    job = crowd.run(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 6, "refused": 1})
    assert "opted out" in crowd.write_of(job, late).message
    assert crowd.held([late])[late] == before[late]
    crowd.assert_whole(job)


@pytest.mark.parametrize(("kind", "deleted"), [("reactivate", True), ("add_lists", False)])
def test_who_opts_out_between_the_reading_and_the_send_is_left_alone(crowd, kind, deleted):
    ids = crowd.add(9, deleted=deleted)
    crowd.emulation.fault("unsubscribe", id=ids[3], **PAGE)
    job = crowd.run(begun(crowd, kind, ids, "activity", lists=[] if deleted else [GALA]))
    assert crowd.verdicts(job) == {"confirmed": 8, "refused": 1}
    assert "opted out" in crowd.write_of(job, ids[3]).message
    assert ("deleted_at" in crowd.now(ids[3])) == deleted
    crowd.assert_whole(job)


@pytest.mark.parametrize("emulation", POLICIES, indirect=True)
@pytest.mark.parametrize(("kind", "deleted"), [("reactivate", True), ("add_lists", False)])
def test_who_opts_out_before_the_activity_runs_is_told_apart_from_those_it_changed(crowd, kind, deleted):
    ids = crowd.add(4, deleted=deleted)
    crowd.emulation.fault("unsubscribe", id=ids[1], **POST)
    job = crowd.run(begun(crowd, kind, ids, "activity", lists=[] if deleted else [GALA]))
    assert crowd.verdicts(job) == {"confirmed": 3, "drifted": 1}
    assert crowd.write_of(job, ids[1]).message == "They opted out meanwhile. Look at what differs."
    assert crowd.now(ids[1])["email_address"]["permission_to_send"] == "unsubscribed"
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "deleted"), [("reactivate", True), ("add_lists", False)])
def test_who_has_no_consent_is_left_out_of_the_plan_and_who_lost_it_later_is_left_alone(crowd, way, kind, deleted):
    out = [contact_id for email in NO_CONSENT for contact_id in crowd.add(1, deleted=deleted, email_address=email)]
    late, others = crowd.add(len(NO_CONSENT), deleted=deleted), crowd.add(2, deleted=deleted)
    job = begun(crowd, kind, [*out, *late, *others], way, lists=[] if deleted else [GALA])
    for contact_id, email in zip(late, NO_CONSENT, strict=True):
        whole = crowd.held([contact_id])[contact_id]["email_address"] | email
        crowd.emulation.control("contact/change", id=contact_id, values={"email_address": whole})
    before = crowd.held([*out, *late])
    job = crowd.run(job)
    assert crowd.held([*out, *late]) == before
    assert crowd.verdicts(job)["confirmed"] == 2 and set(crowd.verdicts(job)) == {"confirmed", "refused"}
    assert {crowd.write_of(job, each).state for each in late} == {"refused"}
    crowd.assert_whole(job)


@pytest.mark.parametrize("kind", ["reactivate", "add_tags"])
def test_a_job_pauses_by_itself_when_a_permission_got_wider(crowd, kind):
    ids = crowd.add(7, deleted=kind == "reactivate")
    job = begun(crowd, kind, ids, "activity", tags=["7a900000-0000-11ee-8000-000000000001"])
    first = str(job.items.order_by("pk").first().contact.remote_id)
    email = crowd.held([first])[first]["email_address"] | {"permission_to_send": "explicit"}
    crowd.emulation.fault("change_contact", id=first, values={"email_address": email}, **POST)
    job = crowd.carry_on(jobs.try_few(job, by=crowd.by))
    assert (job.state, crowd.verdicts(job)) == ("paused", {"confirmed": 4, "drifted": 1})
    assert "permission of somebody this job changed is wider" in job.message
    assert jobs.remaining(job) == 2


def test_one_by_one_it_pauses_as_well_before_the_next_person(crowd):
    ids = crowd.add(3, deleted=True)
    email = crowd.held(ids)[ids[0]]["email_address"] | {"permission_to_send": "explicit"}
    crowd.emulation.fault("merge", values={"email_address": email}, method="PUT", path="/contacts/")
    job = crowd.run(begun(crowd, "reactivate", ids, "put"))
    assert (job.state, crowd.verdicts(job)) == ("paused", {"differs": 1})
    assert "permission of somebody this job changed is wider" in job.message
    assert len(crowd.calls("PUT", "/contacts/")) == 1


def test_a_job_pauses_by_itself_when_many_are_neither_as_they_were_nor_as_asked(crowd):
    ids = crowd.add(8, deleted=True)
    for each in ids[:5]:
        crowd.emulation.fault("change_contact", id=each, values={"first_name": "Grace"}, **POST)
    job = begun(crowd, "reactivate", ids, "activity")
    job = crowd.carry_on(jobs.try_few(job, by=crowd.by))
    assert (job.state, crowd.verdicts(job)) == ("paused", {"drifted": 5})
    assert "several people are neither as they were nor as asked" in job.message
    job = crowd.run(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"drifted": 5, "confirmed": 3})


def test_who_opted_out_may_still_be_taken_off_a_list_and_deleted(crowd):
    [out] = crowd.add(1, email_address=OPTED_OUT, lists=(NEWSLETTER, GALA))
    job = crowd.run(begun(crowd, "remove_lists", [out], "activity", lists=[GALA]))
    assert crowd.verdicts(job) == {"confirmed": 1}
    assert crowd.now(out)["list_memberships"] == [NEWSLETTER]
    assert Write.objects.get().activity is not None
