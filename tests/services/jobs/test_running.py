"""A job from its plan to its report, by both ways, against the emulator."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import Activity, Contact, Job, Membership, Write
from contacts.services import jobs
from contacts.services.reactivate import reactivate
from tests.services.jobs.rig import COOKERY, GALA, NEWSLETTER
from tests.services.world import ALERTS

pytestmark = pytest.mark.django_db
WAYS = ["put", "activity"]


@pytest.mark.parametrize("way", WAYS)
def test_a_reactivation_puts_everybody_back_on_their_former_lists_and_proves_each(crowd, way):
    ids = crowd.add(6, deleted=True) + crowd.add(4, deleted=True, lists=(NEWSLETTER, ALERTS))
    before = crowd.held(ids)
    job = crowd.run(crowd.freeze("reactivate", ids), way=way)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 10}), job.message
    crowd.assert_whole(job)
    for index, contact_id in enumerate(ids):
        now = crowd.now(contact_id)
        assert "deleted_at" not in now
        assert set(now["list_memberships"]) == ({NEWSLETTER} if index < 6 else {NEWSLETTER, ALERTS})
        kept = ("first_name", "last_name", "created_at")
        assert [now[name] for name in kept] == [before[contact_id][name] for name in kept]
        assert now["email_address"]["permission_to_send"] == "implicit"
    open_now = Membership.objects.filter(contact__remote_id__in=ids, ended_at=None)
    assert set(open_now.values_list("began_how", flat=True)) == {"us"} and open_now.count() == 14
    posts, puts = crowd.calls("POST", "/activities/"), crowd.calls("PUT", "/contacts/")
    assert (len(posts), len(puts)) == ((0, 10) if way == "put" else (2, 0))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "wish", "field", "after"),
    [
        ("add_lists", {"lists": [GALA]}, "list_memberships", {NEWSLETTER, GALA}),
        ("remove_lists", {"lists": [NEWSLETTER, GALA]}, "list_memberships", set()),
        ("add_tags", {"tags": [COOKERY]}, "taggings", {COOKERY}),
        ("delete", {}, "list_memberships", set()),
    ],
)
def test_each_kind_of_change_is_made_and_proved(crowd, way, kind, wish, field, after):
    ids = crowd.add(5)
    job = crowd.run(crowd.freeze(kind, ids, **wish), way=way)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 5}), job.message
    crowd.assert_whole(job)
    assert all(set(crowd.now(each).get(field, ())) == after for each in ids)
    assert all(("deleted_at" in crowd.now(each)) == (kind == "delete") for each in ids)


@pytest.mark.parametrize("way", WAYS)
def test_who_opts_out_between_the_plan_and_the_run_is_not_touched_and_the_report_says_so(crowd, way):
    ids = crowd.add(4, deleted=True)
    job = crowd.freeze("reactivate", ids)
    crowd.emulation.control("contact/unsubscribe", id=ids[0])
    job = crowd.run(job, way=way)
    assert crowd.verdicts(job) == {"confirmed": 3, "refused": 1}
    assert "deleted_at" in crowd.now(ids[0])
    refused = Write.objects.get(state="refused")
    assert str(refused.contact.remote_id) == ids[0] and "opted out" in refused.message.lower()
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_the_trial_changes_five_and_the_rest_follows_only_when_it_is_said(crowd, way):
    ids = crowd.add(9, deleted=True)
    job = crowd.freeze("reactivate", ids)
    Job.objects.filter(pk=job.pk).update(way=way)
    job = crowd.carry_on(jobs.try_few(Job.objects.get(pk=job.pk), by=crowd.by))
    assert (job.state, crowd.verdicts(job)) == ("tried", {"confirmed": 5})
    assert sum("deleted_at" in crowd.now(each) for each in ids) == 4
    job = crowd.run(job)
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 9})
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_undone_for_those_nobody_changed_since(crowd, way):
    ids = crowd.add(4, deleted=True)
    job = crowd.run(crowd.freeze("reactivate", ids), way=way)
    crowd.emulation.control("contact/change", id=ids[0], values={"first_name": "Grace"})
    back = jobs.undo(job, by=crowd.by, token=uuid.uuid4())
    assert (back.kind, back.people, back.state) == ("delete", 4, "planned")
    back = crowd.run(back, way=way)
    assert crowd.verdicts(back) == {"confirmed": 3, "refused": 1}
    assert ["deleted_at" in crowd.now(each) for each in ids] == [False, True, True, True]
    crowd.assert_whole(back)
    assert jobs.may_undo(back) and jobs.may_undo(job)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "wish"), [("add_lists", {"lists": [GALA, NEWSLETTER]}), ("delete", {})])
def test_an_undo_leaves_everything_as_it_was_before_the_job(crowd, way, kind, wish):
    ids = crowd.add(3) + crowd.add(3, lists=(ALERTS,))
    before = {each: set(crowd.now(each)["list_memberships"]) for each in ids}
    job = crowd.run(crowd.freeze(kind, ids, **wish), way=way)
    assert crowd.verdicts(job) == {"confirmed": 6}
    back = crowd.run(jobs.undo(job, by=crowd.by, token=uuid.uuid4()), way=way)
    assert crowd.verdicts(back) == {"confirmed": 6}, [write.message for write in Write.objects.all()]
    assert {each: set(crowd.now(each)["list_memberships"]) for each in ids} == before


@pytest.mark.parametrize("way", WAYS)
def test_the_same_person_in_two_jobs_is_changed_by_one_and_the_other_says_where_the_first_is(crowd, way):
    ids = crowd.add(2, deleted=True)
    first, second = crowd.freeze("reactivate", ids), crowd.freeze("reactivate", ids)
    contact = Contact.objects.get(remote_id=ids[0])
    item = first.items.get(contact=contact)
    item.write = Write.objects.create(account=crowd.account, contact=contact, kind="reactivate", by=crowd.by)
    item.save()
    second = crowd.run(second, way=way)
    assert crowd.verdicts(second) == {"confirmed": 1, "refused": 1}
    refused = second.items.get(contact=contact).write
    assert f"is being changed right now in job {first.pk} by {crowd.by}." in refused.message
    assert (refused.outcome.outcome, refused.outcome.job, refused.intent) == ("refused", second.pk, None)


def test_who_is_changed_by_somebody_here_after_the_reading_is_read_again_before_anything_is_sent(crowd):
    ids = crowd.add(9, deleted=True)
    job = crowd.freeze("reactivate", ids)
    Job.objects.filter(pk=job.pk).update(way="activity")
    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=9)
    while job.step != "send":
        job = jobs.carry_on(job, seconds=0)
    alone = reactivate(Contact.objects.get(remote_id=ids[0]), by=crowd.by, lists=[GALA], basis="our_mistake", note="1")
    # As it stands between the end of that change and our copy's following it.
    hidden = Contact.objects.get(remote_id=ids[1])
    Contact.objects.filter(remote_id=ids[0]).update(raw=hidden.raw, digest=hidden.digest)
    job = crowd.carry_on(job)
    assert (alone.state, crowd.verdicts(job)) == ("confirmed", {"confirmed": 8, "refused": 1})
    assert crowd.now(ids[0])["list_memberships"] == [GALA]
    assert len(crowd.calls("POST", "/activities/")) <= 2
    crowd.assert_whole(job)


@pytest.mark.parametrize("fault", ["drop", "answer_lost", "error_after", "cut_json"])
def test_an_activity_whose_answer_never_came_is_found_out_by_reading_and_not_sent_again(crowd, fault):
    ids = crowd.add(3, deleted=True)
    crowd.emulation.fault(fault, method="POST", path="/activities/")
    job = crowd.run(crowd.freeze("reactivate", ids), way="activity")
    assert crowd.verdicts(job) == {"not_applied" if fault == "drop" else "applied": 3}
    assert len(crowd.calls("POST", "/activities/")) == 1
    assert all(("deleted_at" in crowd.now(each)) == (fault == "drop") for each in ids)
    assert Activity.objects.get().state == "ended"
    crowd.assert_whole(job)


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_of_our_own_pauses_the_job_and_repeats_nothing(crowd, way, monkeypatch):
    job = crowd.freeze("reactivate", crowd.add(3, deleted=True))
    Job.objects.filter(pk=job.pk).update(way=way)

    def break_down(*args, **kwargs):
        raise TypeError("nobody thought of this")

    job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=3)
    with monkeypatch.context() as broken:
        broken.setattr("contacts.rules.merge.body_for", break_down)
        broken.setattr("contacts.services.acts.act.body_for", break_down)
        with pytest.raises(TypeError):
            jobs.carry_on(job)
    job.refresh_from_db()
    assert job.message.startswith("Paused: something broke on our side.") and not job.lease_owner
    assert not crowd.calls("PUT", "/contacts/") and not crowd.calls("POST", "/activities/")
    Write.objects.update(recheck_at=timezone.now())
    job = crowd.carry_on(job) if job.state == "running" else job
    assert job.state == "paused"
