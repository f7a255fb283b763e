"""A page is taken only in the right shape, and of its link only the cursor."""

import pytest

from contacts.api.errors import ForeignLink, Unreadable
from contacts.api.pages import Page, read_page


def page(content: object, base_url: str = "https://api.cc.email/v3") -> Page:
    return read_page(content, key="contacts", id_key="contact_id", base_url=base_url, server_time=None)


def linked(href: object) -> dict:
    return {"contacts": [], "_links": {"next": {"href": href}}}


@pytest.mark.parametrize("links", [{}, None, {"next": None}, {"next": {}}, {"self": {"href": "/v3/contacts"}}])
def test_a_page_without_a_next_link_is_the_last(links):
    assert page({"contacts": [], "_links": links}).cursor is None


def test_a_page_without_links_at_all_is_the_last():
    assert page({"contacts": []}).cursor is None


@pytest.mark.parametrize(
    ("href", "cursor"),
    [
        ("/v3/contacts?cursor=bGltaXQ9MSZuZXh0PTI=", "bGltaXQ9MSZuZXh0PTI="),
        ("/v3/contacts?limit=5&cursor=a%2Bb%2Fc%3D%3D", "a+b/c=="),
        ("/v3/contacts?cursor=a+b", "a+b"),
        ("https://api.cc.email/v3/contacts?cursor=abc", "abc"),
        ("https://API.cc.email/v3/contacts?cursor=abc", "abc"),
    ],
)
def test_the_cursor_is_taken_as_it_is(href, cursor):
    assert page(linked(href)).cursor == cursor


@pytest.mark.parametrize(
    "href",
    [
        "http://127.0.0.2:8080/v3/contacts?cursor=abc",
        "//evil.example.com/v3/contacts?cursor=abc",
        "\\\\evil.example.com/v3/contacts?cursor=abc",
        "http://api.cc.email/v3/contacts?cursor=abc",
        "https://api.cc.email@evil.example.com/?cursor=abc",
        "https://api.cc.email:8443/v3/contacts?cursor=abc",
        "https://api.cc.email:nonsense/?cursor=abc",
        "https://[evil/?cursor=abc",
        "javascript:alert(1)?cursor=abc",
    ],
)
def test_a_link_to_another_host_stops_the_walk(href):
    with pytest.raises(ForeignLink) as caught:
        page(linked(href))
    assert "evil" not in caught.value.advice


@pytest.mark.parametrize("href", ["/v3/contacts", "/v3/contacts?cursor=", "?next=2", 7, None, ["x"]])
def test_a_link_without_a_cursor_is_unreadable_and_not_the_end(href):
    with pytest.raises(Unreadable):
        page(linked(href))


@pytest.mark.parametrize("links", ["x", [1], 5, {"next": "text"}])
def test_odd_links_are_unreadable_and_not_the_end(links):
    with pytest.raises(Unreadable):
        page({"contacts": [], "_links": links})


@pytest.mark.parametrize(
    "content",
    [None, [], "text", {}, {"contacts": None}, {"contacts": {}}, {"lists": []}, {"contacts": [1]},
     {"contacts": [{"first_name": "Grete"}]}, {"contacts": [{"contact_id": 5}]}],
)  # fmt: skip
def test_a_wrong_shape_is_never_taken_for_an_empty_page(content):
    with pytest.raises(Unreadable):
        page(content)


@pytest.mark.parametrize(("given", "count"), [(7, 7), (0, 0), ("7", None), (None, None), (True, None)])
def test_a_count_is_a_number_or_unknown(given, count):
    assert page({"contacts": [], "contacts_count": given}).count == count
