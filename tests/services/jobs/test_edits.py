"""What others do meanwhile: nobody is revived by an edit, and what is gone is said to be gone (faults W4, W6, W8)."""

import pytest

from contacts.models import ContactList
from contacts.services import jobs
from tests.emulation import ACCOUNT
from tests.services.jobs.rig import COOKERY, GALA, NEWSLETTER

pytestmark = pytest.mark.django_db
WAYS = ["put", "activity"]
PAGE = {"method": "GET", "path": "/contacts[?]"}
POST = {"method": "POST", "path": "/activities/"}
STILL_DATES = {"delete_moves_updated_at": False}
FIFTY = [f"0a1b2c3d-0000-11ee-9000-0000000000{number}" for number in range(10, 60)]


def run(crowd, kind, ids, way, **wish):
    return crowd.run(crowd.freeze(kind, ids, **wish), way=way)


@pytest.mark.parametrize("way", WAYS)
def test_who_was_deleted_since_the_plan_is_not_revived_by_an_edit(crowd, way):
    gone, *_ = ids = crowd.add(4)
    job = crowd.freeze("add_lists", ids, lists=[GALA])
    crowd.emulation.control("contact/delete", id=gone)
    before = crowd.held(ids)
    job = crowd.run(job, way=way)
    assert crowd.verdicts(job) == {"confirmed": 3, "refused": 1}
    assert "Deleted meanwhile: not written." in crowd.write_of(job, gone).message
    crowd.assert_true(job, before)
    crowd.assert_whole(job)


@pytest.mark.parametrize("emulation", [{}, STILL_DATES], indirect=True, ids=["dates", "no dates"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_who_is_deleted_between_the_reading_and_the_send_is_not_revived(crowd, when):
    ids = crowd.add(9)
    crowd.emulation.fault("delete_contact", id=ids[7], when=when, **PAGE)
    job = run(crowd, "add_lists", ids, "activity", lists=[GALA])
    assert crowd.verdicts(job) == {"confirmed": 8, "refused": 1}
    assert "deleted_at" in crowd.now(ids[7])
    crowd.assert_whole(job)


@pytest.mark.parametrize("kind", ["remove_lists", "add_tags"])
def test_who_is_deleted_after_the_send_is_told_apart(crowd, kind):
    ids = crowd.add(3)
    crowd.emulation.fault("delete_contact", id=ids[0], **POST)
    job = run(crowd, kind, ids, "activity", lists=[NEWSLETTER], tags=[COOKERY])
    assert crowd.verdicts(job) == {"confirmed": 2, "drifted": 1}
    assert "deleted_at" in crowd.now(ids[0])


def test_a_list_that_was_deleted_before_the_plan_is_refused_for_everybody(crowd):
    ids = crowd.add(2)
    ContactList.objects.filter(remote_id=GALA).update(gone_at="2026-11-20T10:00:00Z")
    job = run(crowd, "add_lists", ids, "activity", lists=[GALA])
    assert crowd.verdicts(job) == {"refused": 2}
    assert "A list you chose no longer exists." in str(crowd.messages(job))
    assert crowd.calls("POST", "/activities/") == []


@pytest.mark.parametrize("way", WAYS)
def test_a_list_that_is_gone_at_the_send_ends_in_what_constant_contact_says(crowd, way):
    ids = crowd.add(2)
    before = crowd.held(ids)
    crowd.emulation.control("list/delete", id=GALA)
    job = run(crowd, "add_lists", ids, way, lists=[GALA])
    assert (job.state, crowd.verdicts(job)) == ("done", {"rejected": 2})
    assert "did not accept" in str(crowd.messages(job))
    crowd.assert_true(job, before)
    crowd.assert_whole(job)


def test_a_list_that_goes_before_the_activity_runs_leaves_everybody_as_they_were(crowd):
    ids = crowd.add(3, deleted=True)
    crowd.emulation.fault("delete_list", id=NEWSLETTER, **POST)
    before = crowd.held(ids)
    job = run(crowd, "reactivate", ids, "activity")
    assert (job.state, crowd.verdicts(job)) == ("done", {"not_applied": 3})
    assert "its bulk job failed" in str(crowd.messages(job))
    crowd.assert_true(job, before)


@pytest.mark.parametrize("way", WAYS)
def test_who_is_on_fifty_lists_by_now_has_no_room(crowd, way):
    full, *_ = ids = crowd.add(3)
    job = crowd.freeze("add_lists", ids, lists=[GALA])
    fill(crowd, full)
    job = crowd.run(job, way=way)
    assert crowd.verdicts(job) == {"confirmed": 2, "refused": 1}
    assert "50" in crowd.write_of(job, full).message
    assert set(crowd.now(full)["list_memberships"]) == set(FIFTY)
    crowd.assert_whole(job)


def test_who_fills_up_after_the_send_is_told_apart(crowd):
    ids = crowd.add(3)
    load_fifty(crowd)
    crowd.emulation.fault("change_contact", id=ids[0], values={"list_memberships": FIFTY}, **POST)
    job = run(crowd, "add_lists", ids, "activity", lists=[GALA])
    assert crowd.verdicts(job) == {"confirmed": 2, "drifted": 1}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["reactivate", "delete"])
def test_who_is_not_known_any_more_is_left_alone_and_the_others_go_on(crowd, way, kind):
    ids = crowd.add(3, deleted=kind == "reactivate")
    [unknown] = crowd.add(1, deleted=kind == "reactivate", known=False)
    job = run(crowd, kind, [*ids, unknown], way)
    assert crowd.verdicts(job) == {"confirmed": 3, "refused": 1}
    assert "does not know this contact any more" in crowd.write_of(job, unknown).message
    crowd.assert_whole(job)


@pytest.mark.parametrize("kind", ["add_lists", "remove_lists"])
def test_an_undo_in_bulk_never_touches_a_list_that_the_job_did_not_change(crowd, kind):
    """One of them was on the list by then, or off it: what the job did to them is not what it did to the others."""
    adds = kind == "add_lists"
    ids = crowd.add(4, lists=(NEWSLETTER,) if adds else (NEWSLETTER, GALA))
    wish = [FIFTY[0], GALA] if adds else [NEWSLETTER, GALA]
    load_fifty(crowd)
    job = crowd.freeze(kind, ids, lists=wish)
    now = [NEWSLETTER, GALA] if adds else [NEWSLETTER]
    crowd.emulation.control("contact/change", id=ids[0], values={"list_memberships": now})
    job = crowd.run(job, way="activity")
    assert crowd.verdicts(job) == {"confirmed": 4}
    between = crowd.held(ids)
    back = crowd.run(jobs.undo(job, by=crowd.by, token="7" * 32), way="activity")
    assert crowd.verdicts(back) == {"confirmed": 3, "refused": 1}
    assert crowd.held(ids)[ids[0]] == between[ids[0]]
    again = crowd.run(jobs.retry(back, by=crowd.by, token="8" * 32), way="put")
    assert crowd.verdicts(again) == {"confirmed": 1}
    assert set(crowd.now(ids[0])["list_memberships"]) == set(now)


def fill(crowd, contact_id):
    load_fifty(crowd)
    crowd.emulation.control("contact/change", id=contact_id, values={"list_memberships": FIFTY})


def load_fifty(crowd):
    times = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
    crowd.emulation.state.load(
        lists=[{"account": ACCOUNT, "list_id": each, "name": each, "favorite": False, **times} for each in FIFTY]
    )
    ContactList.objects.bulk_create(ContactList(account=crowd.account, remote_id=each, name=each) for each in FIFTY)
