"""Making, renaming, starring a list and noting something on it, as a person does it in the browser."""

import uuid

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.models import ContactList, Job, ListChange
from tests.emulation import ACCOUNT, running_emulator
from tests.linking import link, point_at
from tests.views.test_lists import Place

pytestmark = pytest.mark.django_db
State = ListChange.State


@pytest.fixture
def place(client, settings):
    with running_emulator() as emulation:
        point_at(settings, emulation)
        yield Linked(client, emulation)


class Linked(Place):
    """A place whose account has a link that works, and its lists at the emulator too."""

    def __init__(self, client, emulation):
        super().__init__(client, "Newsletter", "Gala 2026")
        self.emulation = emulation
        old = self.account
        self.account = link(emulation, synced_at=timezone.now())
        ContactList.objects.filter(account=old).update(account=self.account)
        for each in self.lists.values():
            each.refresh_from_db()
            given = {"list_id": str(each.remote_id), "name": each.name, "favorite": False}
            emulation.state.load(lists=[{"account": ACCOUNT, **given}])

    def post(self, url, **fields):
        return self.client.post(url, {"token": str(uuid.uuid4()), **fields}, follow=True)

    @property
    def writes(self):
        found = self.emulation.requests(path="/contact_lists")
        return [each["method"] for each in found if each["method"] != "GET"]


def test_a_new_list_is_shown_with_its_proof(place):
    place.sign_in()
    text = place.text(place.post(place.url("list_new"), name=" Summer school ", description="August\r\nonly"))
    assert "Made the list Summer school. Done and verified." in text
    made = ContactList.objects.get(name="Summer school")
    assert made.description == "August\nonly"
    assert f"/lists/{made.remote_id}/edit/" in text


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "Give the list a name."), ("  ", "Give the list a name."), ("x" * 256, "at most 255 characters"),
     ("Gala 2026", "There is a list called “Gala 2026” already.")],
)  # fmt: skip
def test_a_name_that_will_not_do_is_said_beside_what_was_typed(place, name, why):
    place.sign_in()
    text = place.text(place.post(place.url("list_new"), name=name, description="kept as typed"))
    assert why in text
    assert "kept as typed" in text
    assert place.writes == []


def test_a_renamed_list_changes_nothing_else(place):
    place.sign_in()
    form = place.client.get(place.of("Gala 2026", "list_edit"))
    given = {"name": "Gala 2027", "description": "", "seen": form.context["seen"]}
    text = place.text(place.post(place.of("Gala 2026", "list_edit"), **given))
    assert "Changed the list. Done and verified." in text
    assert ListChange.objects.get().wish == {"name": "Gala 2027"}
    assert place.writes == ["PUT"]


def test_a_form_that_changes_nothing_sends_nothing(place):
    place.sign_in()
    place.post(place.of("Gala 2026", "list_edit"), name="Gala 2026", description="")
    assert (place.writes, ListChange.objects.count()) == ([], 0)


def test_a_form_opened_before_somebody_else_changed_the_list_shows_it_as_it_is(place):
    place.sign_in()
    seen = place.client.get(place.of("Gala 2026", "list_edit")).context["seen"]
    path = f"/contact_lists/{place.lists['Gala 2026'].remote_id}"
    place.emulation.call("PUT", path, json={"name": "Gala, by Orla"})
    text = place.text(place.post(place.of("Gala 2026", "list_edit"), name="Gala 2027", seen=seen))
    assert "changed in Constant Contact since you opened this page" in text
    assert 'value="Gala, by Orla"' in text
    assert place.writes == ["PUT"]


@pytest.mark.parametrize(("back", "page"), [("table", "list_list"), ("list", "list_detail")])
def test_a_star_is_given_and_taken_where_the_button_stands(place, back, page):
    place.sign_in()
    given = place.post(place.of("Newsletter", "list_star"), favorite="yes", back=back)
    assert given.resolver_match.url_name == page
    assert "Starred Newsletter. Done and verified." in place.text(given)
    assert 'aria-pressed="true"' in place.text(given)
    place.post(place.of("Newsletter", "list_star"), favorite="no", back=back)
    assert not ContactList.objects.get(name="Newsletter").favorite
    assert place.writes == ["PUT", "PUT"]


@pytest.mark.parametrize("fields", [{}, {"favorite": "maybe"}, {"favorite": "yes", "token": "x"}])
def test_a_star_without_a_whole_form_sends_nothing(place, fields):
    place.sign_in()
    assert "this form is incomplete" in place.text(place.post(place.of("Newsletter", "list_star"), **fields))
    assert place.writes == []


def test_an_answer_that_never_came_is_told_on_the_pages_until_it_is_known(place):
    place.sign_in()
    place.emulation.fault("answer_lost", method="POST", path="/contact_lists")
    text = place.text(place.post(place.url("list_new"), name="Summer school"))
    assert "We do not know yet whether the change was made." in text
    assert "We read the lists again about" in text
    assert ListChange.objects.get().state == State.UNKNOWN


def test_a_refused_star_is_answered_on_the_page_of_the_list(place):
    place.sign_in()
    ListChange.objects.create(account=place.account, list=place.lists["Newsletter"], kind="list_change", name="x")
    text = place.text(place.post(place.of("Newsletter", "list_star"), favorite="yes"))
    assert "This list is being changed right now." in text


def test_a_note_and_the_automation_flag_are_kept_here(place):
    place.sign_in()
    response = place.client.post(
        place.of("Newsletter", "list_note"), {"note": "Ask Ruth first", "automation": "yes"}, follow=True
    )
    text = place.text(response)
    assert "Our note: Ask Ruth first" in text
    assert response.context["people"].filter.tab == "notes"
    assert "starts one" in place.text(place.client.get(place.url("list_list")))
    assert place.writes == []


@pytest.mark.parametrize("fields", [{"note": "x" * 301, "automation": ""}, {"note": "x", "automation": "perhaps"}])
def test_a_note_that_will_not_do_is_not_kept(place, fields):
    place.sign_in()
    text = place.text(place.client.post(place.of("Newsletter", "list_note"), fields))
    assert "Nothing was kept" in text
    assert ContactList.objects.get(name="Newsletter").note == ""


def test_a_list_in_place_of_a_deleted_one_gets_a_plan_for_its_people(place):
    place.sign_in()
    place.store("on@example.org", "too@example.org", on=["Gala 2026"])
    path = f"/contact_lists/{place.lists['Gala 2026'].remote_id}"
    place.emulation.call("DELETE", path)
    place.emulation.control("clock", advance=3600)
    mirror.close_unseen(ContactList, place.account, seen=[place.lists["Newsletter"].pk], seen_at=timezone.now())
    token = str(uuid.uuid4())
    for _ in range(2):
        response = place.post(place.of("Gala 2026", "list_replace"), name="Gala 2027", token=token)
        assert response.resolver_match.url_name == "job_detail"
    job = Job.objects.get()
    new = ContactList.objects.get(name="Gala 2027")
    assert (job.kind, job.lists, job.items.count()) == ("add_lists", [str(new.remote_id)], 2)
    assert place.writes.count("POST") == 1


def test_a_list_that_exists_is_not_replaced(place):
    place.sign_in()
    place.post(place.of("Newsletter", "list_replace"), name="Other")
    assert (place.writes, Job.objects.count()) == ([], 0)


def test_people_of_a_list_can_be_planned_from_its_page(place):
    place.sign_in()
    place.store("on@example.org", on=["Newsletter"])
    fields = {"source": "list", "all": "1", "list": str(place.lists["Newsletter"].remote_id)}
    place.post(place.url("job_plan", kind="add_lists"), lists=str(place.lists["Gala 2026"].remote_id), **fields)
    assert (Job.objects.get().chosen, Job.objects.get().people) == ("Members of the list Newsletter", 1)


def test_who_is_taken_off_from_the_page_of_a_list_leaves_that_list(place):
    place.sign_in()
    place.store("on@example.org", on=["Newsletter", "Gala 2026"])
    newsletter = str(place.lists["Newsletter"].remote_id)
    fields = {"source": "list", "list": newsletter, "who": place.id_of("on@example.org")}
    place.post(place.url("job_plan", kind="remove_lists"), **fields)
    assert Job.objects.get().lists == [newsletter]


@pytest.mark.parametrize(("role", "planned"), [("marketer", 0), ("manager", 1)])
def test_deleting_a_list_begins_with_a_plan_for_who_may(place, role, planned):
    place.sign_in(role)
    place.store("on@example.org", on=["Newsletter"])
    fields = {"list": str(place.lists["Newsletter"].remote_id), "token": str(uuid.uuid4())}
    responses = [place.client.post(place.url("job_plan", kind="delete_list"), fields, follow=True) for _ in range(2)]
    assert Job.objects.filter(kind="delete_list").count() == planned
    assert responses[0].resolver_match.url_name == ("job_detail" if planned else "list_detail")
    assert place.writes == []


@pytest.mark.parametrize("named", ["", "x", "0a1b2c3d-0000-11ee-8000-000000000009"])
def test_a_list_that_is_not_here_cannot_be_planned_away(place, named):
    place.sign_in("manager")
    assert place.post(place.url("job_plan", kind="delete_list"), list=named).status_code == 404


def test_the_history_shows_what_a_list_was_and_became(place):
    place.sign_in("manager")
    place.post(place.of("Gala 2026", "list_edit"), name="Gala 2027")
    change = ListChange.objects.select_related("intent").get()
    text = place.text(place.client.get(place.url("audit_detail", pk=change.intent.pk)))
    assert "Change the list: Asked" in text
    assert '<th scope="row">Name</th><td>Gala 2026</td><td>Gala 2027</td><td>Gala 2027</td>' in text
    assert "a list" in place.text(place.client.get(place.url("audit_list")))
