"""A list that an import needs and that is not there yet: made in the form itself, and nothing typed is lost."""

import re
import uuid

import pytest
from django.urls import reverse

from contacts.models import AuditEntry, ContactList, Job, LinkedAccount, ListChange
from tests.rows import make_access
from tests.services.jobs.importing import judged_file, people
from tests.services.jobs.rig import GALA, Crowd, emulated

pytestmark = pytest.mark.django_db
NAME = "Fair 2026"
TYPED = {"include": ["new"], "lists": [GALA], "basis": "customers", "note": "Till, November"}


class Form:
    """The form of an import, as a browser without a script fills it in."""

    def __init__(self, crowd, client):
        self.crowd, self.client = crowd, client
        client.force_login(crowd.by)
        file = judged_file(crowd.account, people(3), by=crowd.by)
        self.address = reverse("file_import", kwargs={"account": crowd.account.slug, "pk": file.pk})
        self.seen = client.get(self.address).content.decode()

    def press(self, button, **typed):
        """Send what is typed with the hidden fields of the page that was seen last."""
        hidden = dict(re.findall(r'type="hidden" name="(token|list_token)" value="([^"]+)"', self.seen))
        answer = self.client.post(self.address, {**hidden, **TYPED, **button, **typed})
        self.seen = answer.content.decode() if answer.status_code == 200 else ""
        return answer

    def make(self, name=NAME, **typed):
        return self.press({"make_list": ""}, new_list=name, **typed)

    def assert_nothing_is_lost(self):
        assert 'value="Till, November"' in self.seen
        for ticked in (f'value="{GALA}" checked', 'value="new" checked', 'value="customers" required checked'):
            assert ticked in self.seen
        assert 'value="update" checked' not in self.seen and not Job.objects.exists()

    def assert_not_made(self, why, name=NAME):
        [said] = re.findall(r'id="new-list-problem" role="alert">([^<]+)<', self.seen)
        assert why in said.replace("&#x27;", "’") and f'value="{name}"' in self.seen
        self.assert_nothing_is_lost()

    @property
    def sent(self):
        return len(self.crowd.calls("POST", "/contact_lists"))


@pytest.fixture
def crowd(settings):
    with emulated(settings) as running:
        yield Crowd(running)


@pytest.fixture
def form(crowd, client):
    return Form(crowd, client)


def test_a_new_list_is_made_in_the_form_and_the_import_goes_into_it(crowd, form):
    form.make(f"  {NAME} ")
    made = ContactList.objects.get(name=NAME)
    assert f"Made the list {NAME}, and ticked it. Done and verified." in form.seen
    assert f'value="{made.remote_id}" checked' in form.seen and 'name="new_list" maxlength="255"' in form.seen
    form.assert_nothing_is_lost()
    entries = crowd.entries(action="list_create").order_by("sequence")
    assert [each.outcome for each in entries] == ["intended", "confirmed"]
    assert form.press({}, lists=[GALA, str(made.remote_id)]).status_code == 302
    assert set(Job.objects.get().lists) == {GALA, str(made.remote_id)} and form.sent == 1


def test_a_page_loaded_again_and_a_button_pressed_twice_make_one_list(form):
    seen = form.seen
    for _ in range(3):
        form.seen = seen
        form.make()
        assert "ticked it. Done and verified." in form.seen
    assert (form.sent, ListChange.objects.count(), ContactList.objects.filter(name=NAME).count()) == (1, 1, 1)


def test_another_list_is_made_after_the_first(form):
    form.make()
    form.make("Fair 2027")
    assert "Made the list Fair 2027" in form.seen and form.sent == 2


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "Give the list a name."), ("x" * 256, "at most 255 characters"), ("Gala 2026", "“Gala 2026” already")],
)
def test_a_name_that_will_not_do_is_said_beside_the_field(form, name, why):
    form.make(name)
    form.assert_not_made(why, name)
    assert form.sent == 0
    form.make()
    assert "ticked it. Done and verified." in form.seen


def test_a_full_account_and_a_server_that_is_down_are_said_beside_the_field(form, monkeypatch, crowd):
    with monkeypatch.context() as here:
        here.setattr("emulator.state.lists.MOST_LISTS", 2)
        form.make()
    form.assert_not_made("Constant Contact did not accept")
    crowd.emulation.fault("status", status=503, method="GET", path="/contact_lists", times=9)
    form.make()
    form.assert_not_made("Constant Contact")
    assert not ContactList.objects.filter(name=NAME).exists()


def test_an_answer_that_never_came_is_asked_for_again_by_the_same_button(form, crowd):
    crowd.emulation.fault("answer_lost", method="POST", path="/contact_lists")
    form.make()
    form.assert_not_made("We do not know yet")
    change = ListChange.objects.get()
    form.make()
    form.assert_not_made("We do not know yet")
    ListChange.objects.filter(pk=change.pk).update(
        state="applied", list=crowd_list(crowd), message="Found by reading again.", ended_at=change.began_at
    )
    form.make()
    assert "ticked it. Found by reading again." in form.seen and form.sent == 1


def crowd_list(crowd):
    return ContactList.objects.create(account=crowd.account, remote_id=uuid.uuid4(), name=NAME)


def test_a_name_that_was_typed_and_not_made_is_not_passed_over(form):
    form.press({}, new_list=NAME)
    form.assert_not_made("not made yet")
    assert form.sent == 0


def test_a_form_without_its_mark_makes_nothing_and_keeps_what_was_typed(form):
    form.make(list_token="x")
    form.assert_not_made("Press the button once more")
    form.make()
    assert "ticked it" in form.seen


def test_while_writing_is_paused_the_button_says_so_and_its_post_sends_nothing(form, crowd):
    LinkedAccount.objects.update(writing="paused", writing_reason="Audit week")
    form.make()
    form.assert_not_made("Audit week")
    assert re.search(r'name="make_list" formnovalidate disabled', form.seen) and form.sent == 0
    assert not AuditEntry.objects.filter(action="list_create", outcome="intended").exists()


def test_who_may_not_plan_an_import_makes_no_list_here(form, crowd, client):
    client.force_login(make_access(crowd.account, "agent").user)
    assert form.make().status_code == 403
    assert form.sent == 0
