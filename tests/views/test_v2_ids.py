"""The pages about V2 ids: what each role sees, what is told before a call, the file."""

import csv
import io
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import AuditEntry, Crossing, Xref
from tests.rows import just_signed_in, make_access, make_account
from tests.services.world import World, emulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    with emulated(settings, "documented/filled") as running:
        yield World(running, role="marketer")


def browser(world, role="marketer"):
    client = Client()
    client.force_login(make_access(world.account, role).user)
    return client


def url(world, name, *parts):
    return reverse(name, args=[world.account.slug, *parts])


def pasted(world, client, text="1 2", kind="contact"):
    answer = client.post(url(world, "v2_list"), {"kind": kind, "text": text}, follow=True)
    return answer, answer.content.decode()


def test_pasting_tells_the_cost_and_asks_for_nothing(world):
    _, page = pasted(world, browser(world))

    assert "0 of 2 found, 2 not asked yet." in page
    assert "Ask Constant Contact for 2 ids (1 call)" in page
    assert world.emulation.requests("GET", "xrefs") == []


def test_after_asking_each_number_leads_to_its_contact(world):
    client = browser(world)
    pasted(world, client)
    page = client.post(url(world, "v2_ask", Crossing.objects.get().pk), follow=True).content.decode()

    assert "1 of 2 found, 1 not known to Constant Contact" in page
    assert url(world, "contact_detail", world.contact.remote_id) in page
    assert "maeve.doyle@example.net" in page
    assert "hx-get" not in page


def test_a_viewer_sees_masked_addresses_and_cannot_ask(world):
    Xref.objects.create(account=world.account, kind="contact", sequence_id=1, remote_id=world.contact.remote_id)
    client = browser(world, "viewer")
    _, page = pasted(world, client)

    assert "m…@example.net" in page
    assert "maeve.doyle" not in page
    assert "takes 1 call and the role marketer or more" in page
    assert client.post(url(world, "v2_ask", Crossing.objects.get().pk)).status_code == 403


def test_a_question_under_way_asks_for_itself_until_it_is_answered(world):
    client = browser(world)
    pasted(world, client)
    question = Crossing.objects.get()
    Crossing.objects.update(state="asking")
    asking = client.get(url(world, "v2_progress", question.pk)).content.decode()
    Crossing.objects.update(state="answered", missing=[1, 2])
    answered = client.get(url(world, "v2_progress", question.pk)).content.decode()

    assert 'hx-trigger="every 2s"' in asking
    assert ("hx-trigger" in answered, "<html" in answered) == (False, False)


def test_the_file_has_every_pair_with_its_address_and_is_written_down(world):
    client = just_signed_in(browser(world))
    pasted(world, client)
    question = Crossing.objects.get()
    client.post(url(world, "v2_ask", question.pk))

    answer = client.get(url(world, "v2_pairs", question.pk))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    assert rows == [
        ["V2 id", "Contact id", "Address", "Status"],
        ["1", str(world.contact.remote_id), "maeve.doyle@example.net", "Deleted"],
        ["2", "", "", "Not found"],
    ]
    entry = AuditEntry.objects.filter(action="export").get()
    assert (entry.detail["what"], entry.detail["rows"]) == ("v2_ids", 2)


def test_another_accounts_question_is_not_there(world):
    client = browser(world)
    pasted(world, client)
    Crossing.objects.update(account=make_account())

    assert client.get(url(world, "v2_detail", Crossing.objects.get().pk)).status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "contact", "text": ""}, "Paste at least one V2 id, or bring a file."),
        ({"kind": "contact", "text": "none"}, "No V2 id was found."),
        ({"kind": "both", "text": "1"}, "Select a valid choice"),
        ({"kind": "contact", "text": "1" * 250_001}, "too long"),
    ],
    ids=["empty", "no number", "no kind", "too long"],
)
def test_what_cannot_be_looked_up_is_answered_by_a_sentence(world, form, sentence):
    answer = browser(world).post(url(world, "v2_list"), form)

    assert (answer.status_code, Crossing.objects.count()) == (200, 0)
    assert sentence in answer.content.decode()


def test_a_page_takes_the_same_queries_whatever_there_is(world):
    client = browser(world)
    _, page = pasted(world, client, " ".join(map(str, range(1, 300))))
    question = Crossing.objects.get()

    def queries(address):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    detail, listed = url(world, "v2_detail", question.pk), url(world, "v2_list")
    client.post(url(world, "v2_ask", question.pk))
    before = [queries(each) for each in (detail, listed)]
    crowd = [Xref(account=world.account, kind="contact", sequence_id=n, remote_id=uuid.uuid4()) for n in range(2, 90)]
    Xref.objects.bulk_create(crowd)
    pasted(world, client, "5 6 7")

    assert "?after=100" in page
    assert [queries(each) for each in (detail, listed)] == before
    assert max(before) <= 6


def test_the_page_has_the_older_flow_and_is_linked_from_checking(world):
    client = browser(world)

    assert "GET /contacts?email=" in client.get(url(world, "v2_list")).content.decode()
    assert url(world, "v2_list") in client.get(url(world, "check")).content.decode()
