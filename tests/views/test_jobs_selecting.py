"""From ticked rows, a filter or pasted addresses to a frozen plan; and what is no selection at all."""

import uuid

import pytest

from contacts.models import Contact, Job
from tests.views.jobs_rig import Office, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def chosen(*contacts, **fields):
    return {"source": "contacts", "token": str(uuid.uuid4()), "who": [each["contact_id"] for each in contacts]} | fields


def test_ticked_rows_become_a_plan_about_exactly_them(office):
    ticked = office.people(5, on=[office.newsletter])[:3]
    answer = office.post("job_plan", chosen(*ticked), kind="add_tags")
    job = Job.objects.get()
    assert answer["Location"] == office.url("job_detail", pk=job.pk)
    assert job.chosen == "3 ticked contacts"
    assert {str(each.contact.remote_id) for each in job.items.all()} == {each["contact_id"] for each in ticked}


def test_all_that_match_are_frozen_and_not_asked_again(office):
    office.people(3, on=[office.newsletter])
    office.people(2, on=[office.gala], prefix="other")
    form = {"source": "contacts", "all": "1", "token": str(uuid.uuid4()), "list": str(office.newsletter.remote_id)}
    office.post("job_plan", form, kind="remove_lists")
    job = Job.objects.get()
    assert job.items.count() == 3
    assert job.chosen == "Everyone shown in Constant Contact, on the list Newsletter"
    office.people(1, on=[office.newsletter], prefix="late")
    office.get("job_detail", pk=job.pk)
    assert job.items.count() == 3


def test_a_search_text_narrows_all_that_match_and_is_not_repeated_anywhere(office):
    office.people(2, on=[office.newsletter])
    office.people(1, on=[office.newsletter], prefix="maeve.doyle")
    form = {"source": "contacts", "all": "1", "token": str(uuid.uuid4()), "text": "maeve.doyle"}
    answer = office.post("job_plan", form, kind="delete")
    job = Job.objects.get()
    assert job.items.count() == 1
    assert "found by a search" in job.chosen
    assert "maeve" not in job.chosen and "maeve" not in answer["Location"]


@pytest.mark.parametrize("odd", [{"status": "everybody"}, {"list": "newsletter"}, {"changed": "ever"}])
def test_a_filter_that_cannot_be_read_never_means_everybody(office, odd):
    office.people(2, on=[office.newsletter])
    answer = office.post(
        "job_plan", {"source": "contacts", "all": "1", "token": str(uuid.uuid4())} | odd, kind="delete"
    )
    assert "Nobody is selected" in text(answer) and not Job.objects.exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"source": "contacts"}, "Nobody was ticked"),
        ({"source": "contacts", "who": "x"}, "not in our copy of this account"),
        ({"source": "contacts", "who": str(uuid.uuid4())}, "not in our copy of this account"),
        ({"source": "nowhere", "who": "x"}, "This form is incomplete"),
        ({"source": "contacts", "all": "1", "status": "hold"}, "Nobody is selected"),
        ({"source": "pasted", "addresses": "nobody@example.org"}, "None of the addresses is in our copy"),
        ({"source": "pasted", "addresses": " "}, "Paste at least one address."),
    ],
)
def test_what_is_no_selection_is_answered_with_a_sentence_and_plans_nothing(office, form, words):
    office.people(1)
    page = text(office.post("job_plan", {"token": str(uuid.uuid4()), **form}, kind="add_lists"))
    assert words in page and 'role="alert"' in page
    assert not Job.objects.exists()


def test_a_form_without_its_mark_plans_nothing(office):
    office.people(1)
    assert "This form is incomplete" in text(office.post("job_plan", {"source": "contacts", "all": "1"}, kind="delete"))
    assert not Job.objects.exists()


def test_contacts_of_another_account_are_refused_like_contacts_that_do_not_exist(office):
    theirs = Office().people(1)
    ours = office.people(1)
    page = text(office.post("job_plan", chosen(*ours, *theirs), kind="delete"))
    assert "not in our copy of this account" in page
    assert "guest" not in page
    assert not Job.objects.exists()


def test_a_kind_nobody_knows_is_not_found(office):
    assert office.post("job_plan", {"token": str(uuid.uuid4())}, kind="email").status_code == 404
    assert office.get("job_plan", kind="delete_list").status_code == 404


def test_more_fields_than_a_page_can_have_are_refused_before_anything_is_read(office):
    ids = [str(uuid.uuid4()) for _ in range(2000)]
    answer = office.post("job_plan", {"source": "contacts", "token": str(uuid.uuid4()), "who": ids}, kind="delete")
    assert answer.status_code == 400
    assert not Job.objects.exists()


def test_the_same_form_sent_twice_is_one_job_and_another_button_of_it_another(office):
    people = office.people(2, on=[office.newsletter])
    form = chosen(*people)
    first = office.post("job_plan", form, kind="add_tags")["Location"]
    assert office.post("job_plan", form, kind="add_tags")["Location"] == first
    assert office.post("job_plan", form, kind="remove_lists")["Location"] != first
    assert office.post("job_plan", {**form, "who": form["who"][:1]}, kind="add_tags")["Location"] != first
    assert Job.objects.count() == 3


def test_pasted_addresses_that_are_all_known_are_planned_at_once(office):
    office.people(3)
    form = {
        "source": "pasted",
        "token": str(uuid.uuid4()),
        "addresses": "guest0@example.org\nGuest 1 <guest1@example.org>",
    }
    office.post("job_plan", form, kind="add_lists")
    job = Job.objects.get()
    assert job.items.count() == 2
    assert job.chosen == "2 contacts by pasted addresses"


def test_pasted_addresses_that_are_not_known_are_shown_first_each_with_a_sentence(office):
    office.people(2)
    pasted = "guest0@example.org\nnobody@example.org\nbroken@\nguest1@example.org"
    form = {"source": "pasted", "token": str(uuid.uuid4()), "addresses": pasted}
    page = text(office.post("job_plan", form, kind="add_lists"))
    assert "2 not found, 2 found" in page
    assert "nobody@example.org" in page and "nothing after the @" in page
    assert not Job.objects.exists()
    office.post("job_plan", {**form, "anyway": "1"}, kind="add_lists")
    assert Job.objects.get().items.count() == 2


def test_a_list_chosen_on_the_way_goes_into_the_plan_and_a_foreign_one_does_not(office):
    people = office.people(1)
    theirs = Office().gala
    form = chosen(*people, lists=[str(office.gala.remote_id), str(theirs.remote_id), "nonsense"])
    office.post("job_plan", form, kind="add_lists")
    assert Job.objects.get().lists == [str(office.gala.remote_id)]
    assert str(office.gala.remote_id) in text(
        office.get("job_plan", {"lists": str(office.gala.remote_id)}, kind="add_lists")
    )


@pytest.mark.parametrize(
    ("role", "kind", "words"), [("marketer", "delete", "Only managers and admins can delete several")]
)
def test_who_may_not_sees_why_and_plans_nothing(role, kind, words):
    office = Office(role)
    people = office.people(1)
    assert words in text(office.post("job_plan", chosen(*people), kind=kind))
    assert words in text(office.get("job_plan", kind=kind))
    assert not Job.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_the_bar_under_the_list_is_closed_with_the_reason_to_whoever_changes_one_at_a_time(role):
    office = Office(role)
    people = office.people(1)
    page = text(office.get("contact_list"))
    assert "Only marketers, managers and admins can change several contacts." in page
    assert 'disabled aria-describedby="pick-closed"' in page
    assert office.post("job_plan", chosen(*people), kind="add_tags").status_code == 403


def test_the_bar_offers_what_fits_those_who_are_listed(office):
    office.people(1)
    office.ghosts(1)
    assert "Add to lists …" in text(office.get("contact_list"))
    deleted = text(office.get("contact_list", {"status": "deleted"}))
    assert "Reactivate …" in deleted and "Add to lists …" not in deleted
    assert Contact.objects.count() == 2
