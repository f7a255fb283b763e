"""An import: every row of the file has one true end, and nobody is sent who must not be."""

import pytest
from django.utils import timezone

from contacts.models import Contact, Job, LinkedAccount, Write
from contacts.rules.refusal import Refused
from contacts.services import jobs
from tests.services.jobs.importing import (
    assert_rows_true,
    at_constant_contact,
    judged_file,
    people,
    planned,
    snapshot,
)
from tests.services.jobs.rig import GALA, NEWSLETTER, OPTED_OUT

pytestmark = pytest.mark.django_db
REVIVES_NOT = {"import_revives": False}


def rows_of(ids):
    """Rows that give these people other names."""
    addresses = Contact.objects.filter(remote_id__in=ids).order_by("pk").values_list("address", flat=True)
    return [[address, "Other", f"Name {n}", ""] for n, address in enumerate(addresses)]


def mixed(crowd):
    """Rows of everybody there can be: new, there, deleted, opted out, deleted and opted out, repeated, unreadable."""
    there = crowd.add(4)
    gone = crowd.add(3, deleted=True)
    out = [*crowd.add(2, email_address=OPTED_OUT), *crowd.add(2, email_address=OPTED_OUT, deleted=True)]
    rows = [*people(6), *rows_of(there), *rows_of(gone), *rows_of(out), ["no address", "A", "B", ""]]
    return [*rows, ["NEW0@example.net", "Later", "Row", ""]]


@pytest.mark.parametrize("way", ["activity", "file"])
def test_each_row_of_a_file_has_one_true_verdict_and_the_sums_are_its_rows(crowd, way):
    rows = mixed(crowd)
    before = snapshot(crowd, rows)
    job = planned(crowd, rows, way=way)
    assert (job.people, job.left_out) == (13, {"opted_out": 4, "duplicate": 1, "bad_address": 1})
    job = crowd.run(job)
    assert job.state == "done"
    assert crowd.verdicts(job) == {"confirmed": 13}
    assert_rows_true(crowd, job, before, rows)
    crowd.assert_whole(job)
    assert not Write.objects.exclude(address_key="").exists()


def test_who_is_not_chosen_is_left_as_they_are(crowd):
    rows = mixed(crowd)
    before = snapshot(crowd, rows)
    job = crowd.run(planned(crowd, rows, include=["update"]))
    assert job.left_out == {"new": 6, "deleted": 3, "opted_out": 4, "duplicate": 1, "bad_address": 1}
    assert crowd.verdicts(job) == {"confirmed": 4}
    assert_rows_true(crowd, job, before, rows)


@pytest.mark.parametrize(
    "emulation",
    [
        {"import_revives": False},
        {"import_blanks": "erase"},
        {"import_duplicates": "first"},
        {"import_moves_updated_at": False},
        {"import_opted_out": "updated"},
        {"activity_error_lines": "none"},
        {"activity_error_lines": "counted"},
        {"delete_moves_updated_at": False},
        {"import_person_count": "imported"},
    ],
    indirect=True,
    ids=str,
)
@pytest.mark.parametrize("way", ["activity", "file"])
def test_every_reading_of_the_reference_leaves_true_verdicts(crowd, emulation, way):
    rows = mixed(crowd)
    rows[7][1] = rows[7][3] = ""
    job = crowd.run(planned(crowd, rows, way=way))
    assert job.state == "done"
    ended = crowd.verdicts(job)
    assert sum(ended.values()) == 13 and set(ended) <= {"confirmed", "not_applied"}
    crowd.assert_whole(job)


@pytest.mark.parametrize("emulation", [REVIVES_NOT], indirect=True)
def test_a_row_that_constant_contact_does_not_take_is_called_not_applied(crowd):
    rows = [*people(2), *rows_of(crowd.add(2, deleted=True))]
    job = crowd.run(planned(crowd, rows))
    assert crowd.verdicts(job) == {"confirmed": 2, "not_applied": 2}


def test_who_opted_out_after_the_check_is_not_sent(crowd):
    ids = crowd.add(3)
    rows = rows_of(ids)
    job = planned(crowd, rows)
    crowd.emulation.control("contact/unsubscribe", id=ids[0])
    before = snapshot(crowd, rows)
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 2, "refused": 1}
    assert_rows_true(crowd, job, before, rows)
    assert any("Opted out" in message for message in crowd.messages(job))


def test_who_was_deleted_after_the_check_comes_back_only_by_choice(crowd):
    ids = crowd.add(3)
    rows = rows_of(ids)
    job = planned(crowd, rows, include=["update"])
    crowd.emulation.control("contact/delete", id=ids[0])
    before = snapshot(crowd, rows)
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 2, "refused": 1}
    assert_rows_true(crowd, job, before, rows)


def test_new_people_become_rows_of_our_copy_with_implied_permission(crowd):
    rows = people(3)
    job = crowd.run(planned(crowd, rows, lists=[GALA, NEWSLETTER]))
    assert crowd.verdicts(job) == {"confirmed": 3}
    for item in job.items.select_related("contact", "write"):
        assert item.contact == item.write.contact
        assert item.contact.permission == "implicit" and item.contact.opt_in_source == "Account"
    now = at_constant_contact(crowd, "new0@example.net")
    assert set(now["list_memberships"]) == {GALA, NEWSLETTER}
    entries = crowd.entries(action="import")
    assert entries.filter(outcome="intended").count() == entries.filter(outcome="confirmed").count() == 3


def test_a_file_needs_lists_evidence_and_a_choice(crowd):
    rows = people(2)
    for wish in ({"lists": []}, {"basis": ""}, {"note": " "}, {"include": []}, {"include": ["deleted"]}):
        with pytest.raises(Refused):
            planned(crowd, rows, **wish)
    assert not Job.objects.exists()


def test_an_account_whose_copy_was_never_complete_gets_no_plan(crowd):
    file = judged_file(crowd.account, people(2))
    LinkedAccount.objects.update(watermark=None)
    wish = {"by": crowd.by, "token": "a" * 32, "lists": [GALA], "include": ["new"], "basis": "asked", "note": "Fair"}
    file.refresh_from_db()
    with pytest.raises(Refused, match="never complete"):
        jobs.freeze_import(file, **wish)
    assert not Job.objects.exists()


def test_a_copy_that_is_not_complete_any_more_refuses_the_run_and_pauses_one_that_has_begun(crowd):
    job = planned(crowd, people(2))
    LinkedAccount.objects.update(watermark=None)
    with pytest.raises(Refused, match="never complete"):
        jobs.run(Job.objects.get(), by=crowd.by, people=2)
    LinkedAccount.objects.update(watermark=timezone.now())
    job = jobs.run(Job.objects.get(), by=crowd.by, people=2)
    LinkedAccount.objects.update(watermark=None)
    job = crowd.carry_on(job, turns=2)
    assert job.state == "paused" and "Sync it first" in job.message
    assert not crowd.calls("POST", "/activities")


def test_two_posts_of_one_form_make_one_job(crowd):
    file = judged_file(crowd.account, people(2))
    wish = {"by": crowd.by, "token": "a" * 32, "lists": [GALA], "include": ["new"], "basis": "asked", "note": "Fair"}
    assert jobs.freeze_import(file, **wish) == jobs.freeze_import(file, **wish)


def test_five_are_tried_before_all_the_others(crowd):
    job = planned(crowd, people(9))
    job = crowd.carry_on(jobs.try_few(job, by=crowd.by))
    assert job.state == "tried" and crowd.verdicts(job) == {"confirmed": 5}
    job = crowd.run(job)
    assert job.state == "done" and crowd.verdicts(job) == {"confirmed": 9}


def test_what_was_not_imported_is_tried_again_with_new_intents(crowd, emulation):
    rows = [*people(2), *rows_of(crowd.add(2, deleted=True))]
    emulation.control("switches", import_revives=False)
    job = crowd.run(planned(crowd, rows))
    assert crowd.verdicts(job) == {"confirmed": 2, "not_applied": 2}
    emulation.control("switches", import_revives=True)
    again = jobs.retry(job, by=crowd.by, token="b" * 32)
    assert again.people == again.items.count() == 2
    again = crowd.run(again)
    assert crowd.verdicts(again) == {"confirmed": 2}
