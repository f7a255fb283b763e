"""The consent page and the ways back from it (CC reference, sections 3.4 and 3.5)."""

import pytest

from tests.emulator.oauth_walk import CALLBACK, CHALLENGE, CREATOR, OWNER, Walk, answer_of, hidden_fields, inputs


def test_the_page_offers_every_user_of_every_account():
    offered = [value for kind, name, value in inputs(Walk().ask()) if (kind, name) == ("radio", "login")]
    assert offered == [OWNER.login, CREATOR.login]


def test_values_from_outside_are_escaped_on_the_page():
    page = Walk().ask(state='"><script>x</script>')
    assert "<script>" not in page.text
    assert "Harbour &lt;Street&gt; &amp; Co" in page.text
    assert hidden_fields(page)["state"] == '"><script>x</script>'


def test_the_page_may_load_nothing_and_may_not_be_framed():
    policy = Walk().ask().headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://ccadmin.example.org" in policy


def test_allowing_leads_back_with_a_code_and_the_same_state():
    walk = Walk()
    answer = answer_of(walk.decide(walk.ask(state="a b&c")))
    assert answer["state"] == "a b&c"
    assert answer.keys() == {"code", "state"}


def test_refusing_leads_back_with_access_denied():
    walk = Walk()
    answer = answer_of(walk.decide(walk.ask(), decision="refuse"))
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s1"
    assert answer["error_description"]


@pytest.mark.parametrize("address", [CALLBACK + "/", CALLBACK.upper(), CALLBACK + "?a=1", "", None])
def test_a_redirect_address_that_differs_by_a_character_is_never_followed(address):
    page = Walk().ask(redirect_uri=address)
    assert page.status_code == 400
    assert "redirect_uri" in page.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("http://127.0.0.1:8000/accounts/callback/", 200),
        ("http://localhost/callback", 200),
        ("https://[::1]:8443/callback", 200),
        ("http://127.0.0.1.example.com/", 400),
        ("http://127.0.0.1@example.com/", 400),
        ("javascript://127.0.0.1/%0aalert(1)", 400),
        ("http://[broken", 400),
        ("/relative", 400),
    ],
)
def test_while_no_redirect_address_is_registered_any_on_this_machine_will_do(address, status):
    assert Walk(redirect_uris=()).ask(redirect_uri=address).status_code == status


def test_an_unknown_application_gets_a_page_and_no_redirect():
    assert Walk().ask(client_id="somebody-else").status_code == 400


def test_the_form_is_checked_again_when_it_comes_back():
    walk = Walk()
    body = hidden_fields(walk.ask()) | {"redirect_uri": "https://evil.example.com/", "decision": "allow"}
    answer = walk.browser.post("/oauth2/default/v1/authorize", data=body | {"login": OWNER.login})
    assert answer.status_code == 400


def test_an_unknown_login_is_refused_on_a_page():
    walk = Walk()
    assert walk.decide(walk.ask(), login="stranger@example.com").status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "contact_data everything"}, "invalid_scope"),
        ({"scope": "contact_data+account_read"}, "invalid_scope"),  # sent as a literal %2B
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
    ],
)
def test_a_request_that_cannot_be_granted_goes_back_with_its_error(changes, error):
    answer = answer_of(Walk().ask(**changes))
    assert answer["error"] == error
    assert answer["state"] == "s1"


def test_scopes_may_be_separated_by_a_plus_as_browsers_write_a_blank():
    page = Walk().browser.get(
        "/oauth2/default/v1/authorize?client_id=0d5f2c1a-7a3e-4d2b-9c58-2f6f1f0f7d11&response_type=code"
        "&redirect_uri=https://ccadmin.example.org/callback&scope=contact_data+offline_access"
    )
    assert hidden_fields(page)["scope"] == "contact_data offline_access"


def test_a_browser_that_has_linked_before_is_silently_reused():
    walk = Walk()
    walk.redeem(answer_of(walk.decide(walk.ask(), login=CREATOR.login))["code"])
    token = walk.redeem(answer_of(walk.ask())["code"]).json["access_token"]
    assert walk.oauth.identify(token).user == CREATOR


def test_prompt_login_asks_again_whoever_has_signed_in_before():
    walk = Walk()
    walk.redeem(walk.code())
    page = walk.ask(prompt="login")
    assert page.status_code == 200
    assert CREATOR.login in page.text


def test_a_signed_in_browser_is_asked_only_about_its_own_user_when_more_is_wanted():
    walk = Walk()
    walk.redeem(walk.code())
    page = walk.ask(scope="contact_data campaign_data")
    assert page.status_code == 200
    assert CREATOR.login not in page.text


def test_a_public_application_must_bring_a_challenge():
    assert answer_of(Walk(client_secret="").ask())["error"] == "invalid_request"


def test_a_challenge_together_with_a_secret_can_be_switched_off():
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert answer_of(Walk(pkce_with_secret=False).ask(**asked))["error"] == "invalid_request"
    assert Walk().ask(**asked).status_code == 200
