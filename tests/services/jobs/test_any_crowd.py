"""Any crowd, any kind, either way: nothing is changed that nobody asked for, and each verdict is true."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Job
from contacts.services import jobs
from tests.services.jobs.rig import COOKERY, GALA, GIFT, NEWSLETTER, OPTED_OUT
from tests.services.world import ALERTS

pytestmark = pytest.mark.django_db
EMAILS = [
    {},
    {},
    {"permission_to_send": "explicit"},
    {"permission_to_send": "not_set"},
    OPTED_OUT,
    OPTED_OUT | {"opt_out_source": "Account"},
    {"permission_to_send": "temp_hold"},
    {"permission_to_send": "pending_confirmation"},
    {"opt_out_source": "Contact", "opt_out_date": "2026-01-05T10:00:00Z"},
]
RANK = ["unsubscribed", "temp_hold", "pending_confirmation", "not_set", "implicit", "explicit"]
lists = st.sampled_from([[], [NEWSLETTER], [GALA], [NEWSLETTER, ALERTS], [GALA, ALERTS, NEWSLETTER]])
tags = st.sampled_from([[], [COOKERY], [GIFT, COOKERY]])
people = st.fixed_dictionaries(
    {
        "deleted": st.booleans(),
        "email_address": st.sampled_from(EMAILS),
        "lists": lists,
        "taggings": tags,
        "job_title": st.sampled_from(["Baker", "=1+1"]),
    }
)
#: About a list, and about the rows of a file.
OTHERS = (Job.Kind.DELETE_LIST, Job.Kind.IMPORT)
#: What somebody else does after the plan, to the first person.
MEANWHILE = ["", "unsubscribe", "delete"]
MOVES = {"updated_at", "update_source", "deleted_at", "list_memberships", "taggings"}


@given(
    crowd_of=st.lists(people, min_size=1, max_size=6),
    kind=st.sampled_from([kind for kind in Job.Kind if kind not in OTHERS]),
    way=st.sampled_from(["put", "activity"]),
    wish=st.tuples(lists.filter(bool), tags.filter(bool)),  # never empty, as the page asks for one
    meanwhile=st.sampled_from(MEANWHILE),
)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_unasked_is_changed_and_each_verdict_is_true(crowd, crowd_of, kind, way, wish, meanwhile):
    ids = [contact_id for each in crowd_of for contact_id in crowd.add(1, **each)]
    first = crowd.held(ids)[ids[0]]
    job = crowd.freeze(kind, ids, lists=wish[0], tags=wish[1])
    if meanwhile == "unsubscribe":
        crowd.emulation.control("contact/unsubscribe", id=ids[0])
    elif meanwhile == "delete" and "deleted_at" not in first:
        crowd.emulation.control("contact/delete", id=ids[0])
    before = crowd.held(ids)
    if job.people:
        job = crowd.run(job, way=way)
        crowd.assert_whole(job)
    after = crowd.held(ids)
    for was, now in zip(before.values(), after.values(), strict=True):
        assert {name: was[name] for name in was if name not in MOVES} == {
            name: now[name] for name in now if name not in MOVES
        }
        assert RANK.index(permission(now)) <= RANK.index(permission(was))
    left = {str(each) for each in job.items.exclude(reason="").values_list("contact__remote_id", flat=True)}
    assert all(after[each] == before[each] for each in left)
    assert job.people == 0 or job.state == "done"
    assert set(crowd.verdicts(job)) <= {"confirmed", "refused"}
    crowd.assert_true(job, before)
    assert jobs.remaining(job) == 0


def permission(contact):
    return contact["email_address"]["permission_to_send"]
