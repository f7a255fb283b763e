"""Import an old export in the browser: bring it, answer two questions, look, learn, take back."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.models import Contact, ContactFile, ContactList, Membership, Seed
from contacts.services import files, seeds
from tests.rows import make_access, make_account
from tests.services.test_seeds import Place
from tests.views.permissions import signed_in
from tests.views.test_check import text_of

pytestmark = pytest.mark.django_db
TEXT = "Email address,Email Lists\nmaeve.doyle@example.net,Newsletter\nnobody@example.org,Summer 2019\n"


class Shelf(Place):
    """Such an account, and a marketer's browser."""

    def __init__(self):
        super().__init__()
        self.browser = signed_in(self.by)

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts})

    def bring(self, text=TEXT, name="contacts-2025-03-03.csv"):
        upload = SimpleUploadedFile(name, text.encode())
        answer = self.browser.post(self.url("seed_new"), {"file": upload, "token": str(uuid.uuid4())})
        seed = Seed.objects.order_by("pk").last()
        return answer, seed

    def work(self, seed):
        """What the worker does in its next turns."""
        for _ in range(3):
            files.carry_on(ContactFile.objects.get(pk=seed.file_id), seconds=10)
        return seeds.carry_on(Seed.objects.get(pk=seed.pk), seconds=10)

    def page(self, seed):
        return self.browser.get(self.url("seed_detail", pk=seed.pk))

    def asked(self, seed, **fields):
        given = {"day": "2025-03-03", "lists": "1", "from": "", "to": "", "whole": "", **fields}
        return self.browser.post(self.url("seed_detail", pk=seed.pk), given)

    def order(self, seed, order):
        return self.browser.post(self.url("seed_order", pk=seed.pk), {"order": order})


@pytest.fixture
def shelf():
    return Shelf()


def test_from_the_file_to_the_verdict_and_back(shelf):
    maeve = shelf.ghost("maeve.doyle@example.net")
    answer, seed = shelf.bring()
    assert answer["Location"] == shelf.url("seed_detail", pk=seed.pk)
    assert "Reading the file" in text_of(shelf.page(seed))
    shelf.work(seed)
    asks = shelf.page(seed)
    assert 'value="2025-03-03"' in asks.content.decode()
    assert '<option value="1" selected>Email Lists' in asks.content.decode()
    shelf.asked(seed)
    shelf.work(seed)
    looked = text_of(shelf.page(seed))
    assert (
        "This file knows former lists of 1 of the 1 deleted contacts whose lists were unknown when it was compared."
        in looked
    )
    assert "Nothing was learned yet." in looked
    assert "Not in our copy" in looked
    assert "Learn the former lists of 1 person" in looked
    assert not Membership.objects.exists()
    shelf.order(seed, "learn")
    shelf.work(seed)
    assert "Learned: former lists of 1 person." in text_of(shelf.page(seed))
    detail = shelf.browser.get(shelf.url("contact_detail", remote_id=maeve.remote_id))
    words = text_of(detail)
    assert "Newsletter (says a file of 3 Mar 2025)" in words
    assert "from a file you gave us, of 3 Mar 2025" in words
    assert "Lists unknown" not in words
    assert "Newsletter" in text_of(shelf.browser.get(shelf.url("deleted_list")))
    assert "which one" in words
    shelf.order(seed, "forget")
    shelf.work(seed)
    assert "nothing rests on this file any more" in text_of(shelf.page(seed))
    words = text_of(shelf.browser.get(shelf.url("contact_detail", remote_id=maeve.remote_id)))
    assert "Lists unknown" in words


def test_the_history_of_a_contact_shows_what_a_file_taught(shelf):
    maeve = shelf.ghost("maeve.doyle@example.net")
    shelf.learned(TEXT)
    words = text_of(shelf.browser.get(shelf.url("contact_history", remote_id=maeve.remote_id)))
    assert "from a file you gave us, of 3 Mar 2025" in words


def test_names_that_nobody_knows_are_matched_on_the_page(shelf):
    shelf.ghost("maeve.doyle@example.net")
    _, seed = shelf.bring("email,lists\nmaeve.doyle@example.net,Summer 2019\n")
    shelf.work(seed)
    shelf.asked(seed)
    seed = shelf.work(seed)
    page = shelf.page(seed)
    [name] = page.context["page"].names
    assert "Summer 2019" in text_of(page)
    gala = shelf.lists["Gala, spring"]
    shelf.browser.post(shelf.url("seed_match", pk=seed.pk), {name.mark: str(gala.pk)})
    assert shelf.work(seed).counts["people"] == 1


def test_a_list_of_another_account_is_no_choice(shelf):
    _, seed = shelf.bring()
    shelf.work(seed)
    foreign = ContactList.objects.create(account=make_account(), remote_id=uuid.uuid4(), name="Theirs")
    assert "not in this account any more" in text_of(shelf.asked(seed, whole=str(foreign.pk), lists=""))
    shelf.asked(seed)
    seed = shelf.work(seed)
    [name] = shelf.page(seed).context["page"].names
    answer = shelf.browser.post(shelf.url("seed_match", pk=seed.pk), {name.mark: str(foreign.pk)})
    assert "not in this account any more" in text_of(answer)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"day": ""}, "Say of which day"), ({"day": "soon"}, "This is not a day"), ({"lists": ""}, "which column names")],
)
def test_what_is_missing_is_asked_for_again(shelf, fields, words):
    _, seed = shelf.bring()
    shelf.work(seed)
    assert words in text_of(shelf.asked(seed, **fields))
    assert Seed.objects.get(pk=seed.pk).state == "asks"


def test_no_file_and_no_table_are_told_in_a_sentence(shelf):
    empty = shelf.browser.post(shelf.url("seed_new"), {"token": str(uuid.uuid4())})
    assert "Choose a file first." in text_of(empty)
    answer, _ = shelf.bring("\x00\x00", name="picture.png")
    assert answer.status_code == 200
    assert "File refused" in text_of(answer)
    assert not Seed.objects.exists()


def test_a_second_post_of_one_form_finds_the_first(shelf):
    token = str(uuid.uuid4())
    for _ in range(2):
        upload = SimpleUploadedFile("march.csv", TEXT.encode())
        shelf.browser.post(shelf.url("seed_new"), {"file": upload, "token": token})
    assert Seed.objects.count() == 1


def test_a_file_without_addresses_can_only_be_let_go(shelf):
    _, seed = shelf.bring("colour,lists\nred,Newsletter\n")
    shelf.work(seed)
    page = text_of(shelf.page(seed))
    assert "Nobody can tell which column has the addresses" in page
    assert shelf.order(seed, "discard")["Location"] == shelf.url("seed_new")
    assert not Seed.objects.exists()


def test_progress_asks_again_and_stops_by_itself(shelf):
    _, seed = shelf.bring()
    running = shelf.browser.get(shelf.url("seed_progress", pk=seed.pk))
    assert "every 2s" in running.content.decode()
    assert "HX-Refresh" not in running
    shelf.work(seed)
    done = shelf.browser.get(shelf.url("seed_progress", pk=seed.pk))
    assert "every 2s" not in done.content.decode()
    assert done["HX-Refresh"] == "true"


def test_orders_out_of_their_time_change_nothing(shelf):
    shelf.ghost("maeve.doyle@example.net")
    _, seed = shelf.bring()
    shelf.work(seed)
    for order in ("learn", "forget", "nonsense"):
        shelf.order(seed, order)
        assert Seed.objects.get(pk=seed.pk).state == "asks"


def test_an_agent_and_another_account_see_nothing_of_it(shelf):
    _, seed = shelf.bring()
    agent = signed_in(make_access(shelf.account, "agent").user)
    assert agent.get(shelf.url("seed_detail", pk=seed.pk)).status_code == 403
    other = Shelf()
    assert other.browser.get(other.url("seed_detail", pk=seed.pk)).status_code == 404
    assert "march" not in text_of(other.browser.get(other.url("seed_new")))


def test_a_reactivation_is_offered_the_lists_of_the_file(shelf):
    maeve = shelf.ghost("maeve.doyle@example.net")
    shelf.learned(TEXT)
    memory = shelf.card(maeve).memory
    assert [each.name for each in memory.former] == ["Newsletter"]
    assert Contact.objects.get(pk=maeve.pk).deleted_from is None
    assert not memory.watched


def test_a_file_whose_addresses_nobody_found_is_read_as_somebody_says(shelf):
    shelf.ghost("maeve.doyle@example.net")
    _, seed = shelf.bring("Who|Lists\nMaeve|Newsletter\nAoife|Newsletter\n", name="odd.csv")
    shelf.work(seed)
    assert "Nobody can tell which column has the addresses." in text_of(shelf.page(seed))
    ways = {"encoding": "utf-8", "delimiter": "|", "has_header": "yes", "address": "0"}
    assert "incomplete" in text_of(shelf.browser.post(shelf.url("seed_read", pk=seed.pk), ways | {"address": ""}))
    answer = shelf.browser.post(shelf.url("seed_read", pk=seed.pk), ways)
    assert answer["Location"] == shelf.url("seed_detail", pk=seed.pk)
    seed = shelf.work(seed)
    assert seed.file.state == "ready"
    assert seed.columns == {"lists": 1}


def test_the_column_of_the_addresses_is_told_and_can_be_another_before_anything_is_learned(shelf):
    shelf.ghost("maeve.doyle@example.net")
    _, seed = shelf.bring("Email,Other,Lists\nold@example.org,maeve.doyle@example.net,Newsletter\n")
    shelf.work(seed)
    assert "The addresses are in the column <strong>Email</strong>" in shelf.page(seed).content.decode()
    shelf.asked(seed, lists="2")
    assert shelf.work(seed).counts["people"] == 0
    again = {"encoding": "utf-8", "delimiter": ",", "has_header": "yes", "address": "1"}
    shelf.browser.post(shelf.url("seed_read", pk=seed.pk), again)
    seed = shelf.work(seed)
    assert (seed.state, seed.columns, seed.counts) == ("asks", {"lists": 2}, {})
    assert "The addresses are in the column <strong>Other</strong>" in shelf.page(seed).content.decode()
    shelf.asked(seed, lists="2")
    assert shelf.work(seed).counts["people"] == 1
    shelf.order(seed, "learn")
    shelf.work(seed)
    refused = shelf.browser.post(shelf.url("seed_read", pk=seed.pk), again)
    assert "has gone on meanwhile" in text_of(refused)
    assert Membership.objects.count() == 1


def test_whoever_brought_a_file_is_named_whoever_learns_from_it(shelf):
    shelf.ghost("maeve.doyle@example.net")
    seed = shelf.brought(TEXT)
    other = make_access(shelf.account, "manager").user
    seeds.learn(seed, by=other)
    seeds.carry_on(seed, seconds=10)
    assert f"by {shelf.by}" in text_of(shelf.page(seed))
