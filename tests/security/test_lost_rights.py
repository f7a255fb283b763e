"""A role that is lowered or gone in the middle of a selection, a plan or an undo; and what each role is shown of it."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Access, AuditEntry, Job
from tests.rows import make_access
from tests.security.evidence import rows
from tests.security.test_foreign_ids import Tenant

pytestmark = pytest.mark.django_db
KEPT_ASIDE = {"django_session", "cache", "contacts_access"}
# Where a refused door is written down, and nothing else is.
HISTORY = {"contacts_auditentry", "contacts_auditchain", "sqlite_sequence"}
# What is lost, and what every act answers afterwards.
LOSSES = {
    "expired": ({"expires_at": "now"}, 404),
    "lowered to agent": ({"role": "agent"}, 403),
    "lowered to viewer": ({"role": "viewer"}, 403),
}


@pytest.fixture
def ours():
    return Tenant("ours")


def acts(ours):
    """Every step on the way of a job, as the pages of a moment ago would send it."""
    token = {"token": str(uuid.uuid4())}
    yield "job_plan", {"kind": "add_tags"}, {**token, "source": "contacts", "who": ours.ids.who}
    yield "job_plan", {"kind": "add_tags"}, {**token, "source": "contacts", "all": "1"}
    yield "job_plan", {"kind": "delete_list"}, {**token, "list": ours.ids.list}
    yield "job_choose", {"pk": ours.planned.pk}, {"choices": "1", "lists": str(ours.gala.remote_id), "note": "x"}
    for order in ("try", "run", "pause", "stop"):
        yield "job_order", {"pk": ours.planned.pk}, {"order": order, "people": ours.planned.people}
    for answer in ("approve", "send_back", "withdraw"):
        yield "job_approval", {"pk": ours.planned.pk}, {"answer": answer, "note": "x", "mark": "x"}
    yield "job_undo", {"pk": ours.ended.pk}, token
    yield "job_retry", {"pk": ours.ended.pk}, token
    yield "job_report", {"pk": ours.ended.pk}, None
    yield "list_new", {}, {**token, "name": "New"}
    yield "list_edit", {"list_id": ours.newsletter.remote_id}, {**token, "name": "Other"}
    yield "list_star", {"list_id": ours.newsletter.remote_id}, {**token, "favorite": "yes"}
    yield "list_note", {"list_id": ours.newsletter.remote_id}, {"note": "x", "automation": "yes"}
    yield "deleted_spike_dismiss", {"pk": ours.spike.pk}, {"reason": "x"}


@pytest.mark.parametrize("loss", LOSSES)
def test_whoever_lost_the_right_meanwhile_changes_nothing(ours, loss):
    columns, status = LOSSES[loss]
    assert ours.get("job_detail", pk=ours.planned.pk).status_code == 200
    columns = {name: timezone.now() if value == "now" else value for name, value in columns.items()}
    Access.objects.filter(user=ours.person).update(**columns)
    before, told, tried = snapshot(), AuditEntry.objects.latest("pk").pk, list(acts(ours))
    for name, parts, form in tried:
        answer = ours.get(name, **parts) if form is None else ours.post(name, form, **parts)
        assert answer.status_code == status, (name, form)
        assert "ours-" not in answer.content.decode()
    assert snapshot() == before
    assert_only_refusals(AuditEntry.objects.filter(pk__gt=told), by=ours.person, pages={name for name, *_ in tried})


def assert_only_refusals(entries, *, by, pages):
    """A member's shut doors are kept, each page once, by its name alone; a stranger's 404 leaves no entry."""
    refused = pages if by.accesses.filter(expires_at=None).exists() else set()
    assert sorted(entry.detail["page"] for entry in entries) == sorted(refused)
    for entry in entries:
        assert (entry.action, entry.outcome, entry.actor_id) == ("refused_access", "refused", by.pk)
        assert (entry.target, entry.payload_digest, set(entry.detail)) == ("", "", {"page"})


def snapshot():
    return {table: found for table, found in rows().items() if table not in KEPT_ASIDE | HISTORY}


def test_a_deletion_that_a_manager_planned_is_not_run_by_a_marketer(ours):
    job = ours.plan("delete", by=ours.boss)
    ours.browser.force_login(make_access(ours.account, "marketer").user)
    for order in ("try", "run", "pause", "stop"):
        page = ours.post("job_order", {"order": order, "people": job.people}, pk=job.pk).content.decode()
        assert "does not allow changing many people" in page
    assert "does not allow" in ours.post("job_choose", {"note": "x", "way": "put"}, pk=job.pk).content.decode()
    job.refresh_from_db()
    assert (job.state, job.order, job.note) == ("planned", "", "")
    selection = {"token": str(uuid.uuid4()), "source": "contacts", "who": ours.ids.who}
    assert "Only managers and admins" in ours.post("job_plan", selection, kind="delete").content.decode()


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_act_may_look_at_the_plan_of_somebody_else(ours, role):
    looking = Client()
    looking.force_login(make_access(ours.account, role).user)
    for job in (ours.planned, ours.ended):
        page = looking.get(ours.url("job_detail", pk=job.pk)).content.decode()
        assert "Only marketers, managers and admins" in page
        assert "report.csv" not in page
    assert looking.get(ours.url("job_report", pk=ours.ended.pk)).status_code == 403


def test_a_viewer_is_shown_no_address_and_no_note_on_any_of_these_pages(ours):
    viewer = Client()
    viewer.force_login(make_access(ours.account, "viewer").user)
    Job.objects.update(note="ours private note")
    ours.post("deleted_spike_dismiss", {"reason": "ours private reason"}, pk=ours.spike.pk)
    pages = [("job_detail", {"pk": job.pk}) for job in (ours.planned, ours.ended)]
    pages += [(name, {"pk": ours.ended.pk}) for name in ("job_people", "job_progress")]
    pages += [(name, {}) for name in ("job_list", "list_list", "deleted_list", "contact_list", "home")]
    pages += [("deleted_spike", {"pk": ours.spike.pk}), ("contact_lists", {"remote_id": ours.ids.who})]
    for name, parts in pages:
        for query in ({}, {"tab": "spikes"}, {"verdict": "done"}):
            page = viewer.get(ours.url(name, **parts), query).content.decode()
            assert "ours-" not in page and "ours private" not in page, name
    for tab in ("", "former", "cannot", "notes"):
        page = viewer.get(ours.url("list_detail", list_id=ours.newsletter.remote_id), {"tab": tab}).content.decode()
        assert "ours-" not in page
    searched = viewer.post(ours.url("list_detail", list_id=ours.newsletter.remote_id), {"text": "alive"})
    assert "ours-" not in searched.content.decode()
