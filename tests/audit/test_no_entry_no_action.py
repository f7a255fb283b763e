"""No entry, no action: while the history takes nothing, nothing is sent to Constant Contact and nothing is changed."""

import uuid
from datetime import timedelta

import pytest
from django.db import Error, connection
from django.utils import timezone

from contacts.models import Access, Approval, Contact, ContactList, Erasure, Job, LinkedAccount
from contacts.rules.roles import Role
from contacts.services import accounts, erasing, jobs, linking, lists, people, retention
from contacts.services.undo import undo
from tests.linking import tokens
from tests.rows import make_access, make_user
from tests.services import world
from tests.services.jobs import rig
from tests.services.world import COOKERY, GALA, NEWSLETTER, World

pytestmark = pytest.mark.django_db
SQLITE = """CREATE TRIGGER audit_out_of_order BEFORE INSERT ON contacts_auditentry
            BEGIN SELECT RAISE(ABORT, 'The history takes nothing.'); END"""
POSTGRESQL = """CREATE FUNCTION takes_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'The history takes nothing.' USING ERRCODE = 'integrity_constraint_violation';
                END $$;
                CREATE TRIGGER audit_out_of_order BEFORE INSERT ON contacts_auditentry
                FOR EACH ROW EXECUTE FUNCTION takes_nothing()"""


def break_the_history():
    with connection.cursor() as cursor:
        cursor.execute(SQLITE if connection.vendor == "sqlite" else POSTGRESQL)


def sent(emulation):
    """Every call that could have changed something at Constant Contact."""
    return [call for call in emulation.requests("", "^/v3") if call["method"] != "GET"]


def test_what_was_sent_is_seen_here(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation)
        desk.reactivate()
        assert [call["method"] for call in sent(emulation)] == ["PUT"]


@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize(
    ("kind", "wish"),
    [
        ("reactivate", {"lists": [NEWSLETTER], "basis": "asked_directly", "note": "4812"}),
        ("lists", {"lists": [GALA]}),
        ("add_lists", {"lists": [GALA]}),
        ("remove_lists", {"lists": [NEWSLETTER]}),
        ("add_tags", {"tags": [COOKERY]}),
        ("remove_tags", {"tags": [COOKERY]}),
        ("delete", {}),
    ],
)
def test_a_change_to_a_contact(kind, wish, deleted, settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="manager", deleted=deleted, list_memberships=[] if deleted else [NEWSLETTER])
        before = desk.now
        break_the_history()
        with pytest.raises(Error):
            desk.change(kind, **wish)
        assert sent(emulation) == []
        assert desk.now == before


def test_an_undo(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="manager")
        done = desk.reactivate()
        before = sent(emulation)
        break_the_history()
        with pytest.raises(Error):
            undo(done, by=desk.agent)
        assert sent(emulation) == before


def test_a_change_to_a_list_and_a_new_one(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="manager")
        gala = ContactList.objects.get(account=desk.account, remote_id=GALA)
        break_the_history()
        with pytest.raises(Error):
            lists.change(gala, by=desk.agent, token=uuid.uuid4(), name="Gala 2027")
        with pytest.raises(Error):
            lists.create(desk.account, by=desk.agent, token=uuid.uuid4(), name="Spring")
        with pytest.raises(Error):
            lists.annotate(gala, by=desk.agent, note="ours", automation="yes")
        assert sent(emulation) == []
        gala.refresh_from_db()
        assert (gala.name, gala.note) == ("Gala 2026", "")


@pytest.mark.parametrize("way", Job.Way.values)
@pytest.mark.parametrize(
    ("kind", "deleted", "wish"),
    [
        ("reactivate", True, {"note": "4812"}),
        ("add_lists", False, {"lists": [GALA]}),
        ("remove_lists", False, {"lists": [NEWSLETTER]}),
        ("add_tags", False, {"tags": [COOKERY]}),
        ("delete", False, {}),
    ],
)
def test_a_job_that_was_ordered_before(kind, deleted, wish, way, settings):
    with rig.emulated(settings) as emulation:
        crowd = rig.Crowd(emulation)
        ids = crowd.add(3, deleted=deleted)
        before = crowd.held(ids)
        job = crowd.freeze(kind, ids, **wish)
        Job.objects.filter(pk=job.pk).update(way=way)
        job = jobs.run(Job.objects.get(pk=job.pk), by=crowd.by, people=jobs.remaining(job))
        break_the_history()
        with pytest.raises(Error):
            crowd.carry_on(job)
        assert sent(emulation) == []
        assert crowd.held(ids) == before


def test_the_deletion_of_a_list(settings):
    with rig.emulated(settings) as emulation:
        crowd = rig.Crowd(emulation)
        job = jobs.freeze_list_deletion(
            ContactList.objects.get(account=crowd.account, remote_id=GALA), by=crowd.by, token=uuid.uuid4()
        )
        job = jobs.run(job, by=crowd.by, people=jobs.remaining(job))
        break_the_history()
        with pytest.raises(Error):
            crowd.carry_on(job)
        assert sent(emulation) == []


def test_an_order_for_a_job_and_the_word_of_a_second_person(settings):
    with rig.emulated(settings) as emulation:
        crowd = rig.Crowd(emulation, role="marketer")
        manager = make_access(crowd.account, "manager").user
        small = crowd.freeze("add_lists", crowd.add(3), lists=[GALA])
        LinkedAccount.objects.filter(pk=crowd.account.pk).update(approval_above=3)
        large, asked = (crowd.freeze("add_lists", crowd.add(4), lists=[GALA]) for _ in range(2))
        jobs.run(asked, by=crowd.by, people=jobs.remaining(asked))
        mark = asked.approvals.get().mark
        break_the_history()
        for job in (small, large):
            with pytest.raises(Error):
                jobs.run(job, by=crowd.by, people=jobs.remaining(job))
        with pytest.raises(Error):
            jobs.approve(asked, by=manager, mark=mark)
        assert set(Job.objects.values_list("state", "order")) == {("planned", "")}
        assert list(Approval.objects.values_list("job", "state")) == [(asked.pk, "asked")]
        assert sent(emulation) == []


def test_what_is_decided_about_people_and_about_the_account(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="admin")
        access = make_access(desk.account, "agent", user=make_user(last_login=timezone.now() + timedelta(hours=1)))
        break_the_history()
        for act in (
            lambda: people.change(access, role=Role.MANAGER, expires_at=None, by=desk.agent),
            lambda: people.remove(access, by=desk.agent),
            lambda: people.deactivate(access, by=desk.agent),
            lambda: accounts.pause_writing(desk.account, by=desk.agent, reason="why"),
            lambda: accounts.look_only(desk.account, by=desk.agent),
            lambda: accounts.unlink(desk.account, by=desk.agent, erase_copy=True),
            lambda: retention.keep_for(desk.account, months=6, by=desk.agent),
        ):
            with pytest.raises(Error):
                act()
        account = LinkedAccount.objects.get()
        assert (account.state, account.writing, account.payload_months) == ("linked", "on", 24)
        assert account.credential
        assert list(Access.objects.filter(pk=access.pk).values_list("role", "user__is_active")) == [("agent", True)]
        assert Contact.objects.exists()


def test_an_erasure(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="admin")
        break_the_history()
        with pytest.raises(Error):
            erasing.begin(desk.contact, by=desk.agent, reason="They asked by letter.")
        assert Contact.objects.filter(pk=desk.contact.pk).exists()
        assert not Erasure.objects.exists()


def test_a_new_link(settings):
    with world.emulated(settings, world.MODES[0]) as emulation:
        desk = World(emulation, role="admin")
        LinkedAccount.objects.filter(pk=desk.account.pk).update(state="unlinked", credential="")
        break_the_history()
        with pytest.raises(Error):
            linking.link(tokens(emulation), by=desk.agent, wish=linking.Wish())
        assert LinkedAccount.objects.get().state == "unlinked"
        assert sent(emulation) == []
