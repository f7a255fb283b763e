"""The token endpoint: what is sent, what comes back, and how it refuses."""

import base64
from urllib.parse import parse_qs

import pytest
import responses

from contacts.api.errors import ClientRefused, GrantRefused, NoAnswer, NotSent, Throttled, Unavailable, Unreadable
from contacts.api.oauth_token import App, TokenAnswer, redeem, refresh
from contacts.api.wire import Limits
from tests.api.loopback import closed_port, reset, serving

TOKEN = "https://login.example.com/oauth2/default/v1/token"
APP = App(TOKEN, "the-key", "the-secret")
GOOD = {"access_token": "acc", "refresh_token": "ref", "expires_in": 28800, "token_type": "Bearer", "scope": "a b"}


def form() -> dict[str, list[str]]:
    return parse_qs(responses.calls[0].request.body)


@responses.activate
def test_a_refresh_sends_basic_authentication_and_a_form():
    responses.post(TOKEN, json=GOOD)
    assert refresh(APP, "old") == TokenAnswer("acc", "ref", 28800, "a b")
    assert form() == {"grant_type": ["refresh_token"], "refresh_token": ["old"]}
    basic = base64.b64encode(b"the-key:the-secret").decode()
    assert responses.calls[0].request.headers["Authorization"] == f"Basic {basic}"


@responses.activate
def test_a_code_is_redeemed_with_its_address_and_verifier():
    responses.post(TOKEN, json=GOOD | {"id_token": "unknown keys do no harm"})
    redeem(APP, "code-1", redirect_uri="https://us.example.com/back/", code_verifier="v")
    assert form()["redirect_uri"] == ["https://us.example.com/back/"]
    assert form()["code_verifier"] == ["v"]


@responses.activate
def test_an_answer_without_a_refresh_token_says_so():
    responses.post(TOKEN, json={"access_token": "acc", "expires_in": "86400"})
    assert refresh(APP, "old") == TokenAnswer("acc", "", 86400, "")


@responses.activate
@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "unknown, invalid, or expired refresh token"},
            GrantRefused,
        ),
        (401, {"error": "invalid_client", "error_description": "x"}, ClientRefused),
        (400, {"error": "invalid_client"}, ClientRefused),
        (429, None, Throttled),
        (503, None, Unavailable),
        (200, {"access_token": "", "expires_in": 1}, Unreadable),
        (200, {"access_token": "acc"}, Unreadable),
        (200, {"access_token": "acc", "expires_in": -5}, Unreadable),
        (200, [], Unreadable),
    ],
)
def test_each_refusal_has_its_error(status, content, kind):
    responses.post(TOKEN, status=status, json=content)
    with pytest.raises(kind) as caught:
        refresh(APP, "canary-refresh")
    assert "canary" not in caught.value.advice + str(caught.value) + caught.value.message


def test_it_is_known_whether_a_refresh_can_have_happened():
    brief = Limits(connect=0.3, read=0.3)
    with pytest.raises(NotSent):
        refresh(App(closed_port(), "k", "s", allow_loopback=True), "old", limits=brief)
    with serving(reset) as server, pytest.raises(NoAnswer) as caught:
        refresh(App(server.url, "k", "s", allow_loopback=True), "old", limits=brief)
    assert caught.value.may_have_happened
    assert len(server.received) == 1


def test_no_token_or_secret_is_shown_by_repr():
    shown = repr(TokenAnswer("canary-a", "canary-r", 1, "")) + repr(App(TOKEN, "key", "canary-s"))
    assert "canary" not in shown


def test_the_token_endpoint_must_be_https():
    with pytest.raises(ValueError, match="https"):
        refresh(App("http://login.example.com/token", "k", "s"), "old")
