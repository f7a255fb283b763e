"""How V2 ids are crossed. Shapes are those of the CC reference, section 12."""

import pytest
import responses

from contacts.api.client import Client
from contacts.api.errors import Unreadable

API = "https://api.example.com/v3"
ID = "06a11820-f016-11eb-be8d-fa163e5bc304"


def client():
    return Client(lambda: "token-of-a-test", base_url=API)


@responses.activate
def test_contacts_and_lists_have_their_own_address_and_one_call_for_all():
    pair = {"sequence_id": "7"}
    responses.get(f"{API}/contacts/contact_id_xrefs", json={"xrefs": [pair | {"contact_id": ID.upper()}]})
    responses.get(f"{API}/contact_lists/list_id_xrefs", json={"xrefs": [pair | {"list_id": ID}]})

    assert client().contact_xrefs([7, 8]) == {7: ID}
    assert client().list_xrefs([7]) == {7: ID}
    assert responses.calls[0].request.params == {"sequence_ids": "7,8"}


@responses.activate
@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"xrefs": None},
        {"xrefs": ["7"]},
        {"xrefs": [{"sequence_id": "7"}]},
        {"xrefs": [{"sequence_id": "7", "contact_id": "../x"}]},
        {"xrefs": [{"sequence_id": "9", "contact_id": ID}]},
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_the_question_is_no_answer(content):
    responses.get(f"{API}/contacts/contact_id_xrefs", json=content)

    with pytest.raises(Unreadable):
        client().contact_xrefs([7])


@pytest.mark.parametrize("number", [0, 501])
def test_nobody_asks_for_none_or_for_more_than_the_limit(number):
    with pytest.raises(ValueError, match="1 to 500"):
        client().contact_xrefs(list(range(number)))
