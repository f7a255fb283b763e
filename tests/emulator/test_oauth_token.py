"""The token endpoint: credentials, codes, refresh tokens, errors (CC reference, sections 3.4 to 3.11)."""

import threading
from datetime import timedelta

import pytest

from tests.emulator.oauth_walk import CALLBACK, CHALLENGE, CLIENT_ID, ROOT, SECRET, VERIFIER, Walk


def error_of(answer):
    return answer.status_code, answer.json["error"]


def test_a_code_becomes_exactly_the_five_documented_keys():
    walk = Walk()
    answer = walk.redeem(walk.code())
    assert answer.status_code == 200
    assert answer.json.keys() == {"access_token", "refresh_token", "expires_in", "token_type", "scope"}
    assert answer.json["expires_in"] == 86400
    assert answer.json["scope"] == "contact_data account_read offline_access"
    assert len(answer.json["refresh_token"]) <= 50
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_offline_access_there_is_no_refresh_token():
    walk = Walk()
    assert "refresh_token" not in walk.redeem(walk.code(scope="contact_data")).json


def test_the_parameters_may_be_in_the_query_string():
    walk = Walk()
    query = {"grant_type": "authorization_code", "code": walk.code(), "redirect_uri": CALLBACK}
    assert walk.token(query=query).status_code == 200


def test_a_code_works_once():
    walk = Walk()
    code = walk.code()
    assert walk.redeem(code).status_code == 200
    assert error_of(walk.redeem(code)) == (400, "invalid_grant")


@pytest.mark.parametrize(("age", "status"), [(300, 200), (301, 400)])
def test_a_code_lives_300_seconds(age, status):
    walk = Walk()
    code = walk.code()
    walk.clock.advance(timedelta(seconds=age))
    assert walk.redeem(code).status_code == status


def test_a_code_needs_the_same_redirect_address():
    walk = Walk()
    assert error_of(walk.redeem(walk.code(), redirect_uri=CALLBACK + "/")) == (400, "invalid_grant")


def test_a_wrong_secret_or_none_is_invalid_client():
    walk = Walk()
    code = walk.code()
    assert error_of(walk.redeem(code, secret="wrong")) == (401, "invalid_client")
    assert error_of(walk.redeem(code, secret=None)) == (401, "invalid_client")
    assert error_of(walk.redeem(code, secret=None, client_id=CLIENT_ID)) == (401, "invalid_client")
    assert walk.redeem(code).status_code == 200


def test_two_credentials_are_refused():
    walk = Walk()
    assert error_of(walk.redeem(walk.code(), client_id=CLIENT_ID)) == (400, "invalid_request")


def test_a_public_application_proves_itself_by_its_verifier():
    walk = Walk(client_secret="")
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    public = {"secret": None, "client_id": CLIENT_ID}
    assert walk.redeem(walk.code(**asked), code_verifier=VERIFIER, **public).status_code == 200
    for verifier in ("x" * 64, "", None):
        answer = walk.redeem(walk.code(**asked), code_verifier=verifier, **public)
        assert error_of(answer) == (400, "invalid_grant")


def test_a_public_application_may_not_use_basic():
    walk = Walk(client_secret="")
    code = walk.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert error_of(walk.redeem(code, secret="", code_verifier=VERIFIER)) == (401, "invalid_client")


def test_pkce_and_a_secret_go_together():
    walk = Walk()
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert walk.redeem(walk.code(**asked), code_verifier=VERIFIER).status_code == 200
    assert error_of(walk.redeem(walk.code(**asked))) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused():
    walk = Walk()
    assert error_of(walk.redeem(walk.code(), code_verifier=VERIFIER)) == (400, "invalid_grant")


def test_a_rotating_refresh_token_is_dead_after_its_use_and_the_new_one_lives():
    walk = Walk()
    first = walk.redeem(walk.code()).json["refresh_token"]
    second = walk.refresh(first).json["refresh_token"]
    assert second != first
    assert error_of(walk.refresh(first)) == (400, "invalid_grant")
    assert walk.refresh(second).status_code == 200


def test_of_two_refreshes_at_once_one_gets_invalid_grant():
    walk = Walk()
    token = walk.redeem(walk.code()).json["refresh_token"]
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(walk.refresh(token).status_code)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 400, 400, 400, 400, 400]


def test_a_long_lived_refresh_token_stays_the_same():
    walk = Walk(rotating=False)
    token = walk.redeem(walk.code()).json["refresh_token"]
    assert walk.refresh(token).json["refresh_token"] == token
    assert walk.refresh(token).status_code == 200


@pytest.mark.parametrize("rotating", [True, False])
def test_a_refresh_token_dies_after_180_days_without_use(rotating):
    walk = Walk(rotating=rotating)
    token = walk.redeem(walk.code()).json["refresh_token"]
    walk.clock.advance(timedelta(days=180))
    token = walk.refresh(token).json["refresh_token"]
    walk.clock.advance(timedelta(days=180, seconds=1))
    assert error_of(walk.refresh(token)) == (400, "invalid_grant")


def test_a_public_application_refreshes_with_its_client_id():
    walk = Walk(client_secret="")
    code = walk.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    public = {"secret": None, "client_id": CLIENT_ID}
    token = walk.redeem(code, code_verifier=VERIFIER, **public).json["refresh_token"]
    assert walk.refresh(token, **public).status_code == 200


def test_an_unknown_grant_type_has_its_own_error():
    assert error_of(Walk().token(grant_type="password")) == (400, "unsupported_grant_type")


def test_the_token_endpoint_takes_one_call_a_second():
    walk = Walk(limit_token_calls=True)
    assert walk.refresh("unknown").status_code == 400
    walk.seconds = 0.9
    answer = walk.refresh("unknown")
    assert (answer.status_code, answer.data, answer.headers["Retry-After"]) == (429, b"", "1")
    walk.seconds = 1.0
    assert walk.refresh("unknown").status_code == 400


def test_get_on_the_token_endpoint_is_405_in_the_okta_form():
    answer = Walk().server.get(f"{ROOT}/token")
    assert answer.status_code == 405
    assert answer.json["errorCode"] == "E0000022"
    assert answer.json["errorSummary"] == "The endpoint does not support the provided HTTP method"


def test_a_bare_post_is_an_okta_error():
    assert Walk().server.post(f"{ROOT}/token").json["errorCode"] == "E0000021"


@pytest.mark.parametrize("path", ["/oauth2/default/v1/userinfo", "/oauth2/", "/oauth2/default/.well-known/x"])
def test_an_unknown_path_is_404_with_no_byte_and_no_type(path):
    answer = Walk().server.get(path)
    assert (answer.status_code, answer.data) == (404, b"")
    assert "Content-Type" not in answer.headers


def test_paths_outside_oauth_are_left_to_others():
    assert Walk().server.get("/v3/contacts").status_code == 599


def test_revoking_a_refresh_token_ends_its_access_tokens_too():
    walk = Walk()
    tokens = walk.redeem(walk.code()).json
    answer = walk.server.post(f"{ROOT}/revoke", data={"token": tokens["refresh_token"]}, auth=(CLIENT_ID, SECRET))
    assert (answer.status_code, answer.data) == (200, b"")
    assert walk.oauth.identify(tokens["access_token"]) is None
    assert error_of(walk.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_revoking_an_access_token_leaves_the_refresh_token():
    walk = Walk()
    tokens = walk.redeem(walk.code()).json
    walk.server.post(f"{ROOT}/revoke", data={"token": tokens["access_token"]}, auth=(CLIENT_ID, SECRET))
    assert walk.oauth.identify(tokens["access_token"]) is None
    assert walk.refresh(tokens["refresh_token"]).status_code == 200


def test_revoking_needs_the_application_and_minds_no_unknown_token():
    walk = Walk()
    assert walk.server.post(f"{ROOT}/revoke", data={"token": "x"}).status_code == 401
    assert walk.server.post(f"{ROOT}/revoke", data={"token": "x"}, auth=(CLIENT_ID, SECRET)).status_code == 200


def test_a_multipart_form_of_many_megabytes_is_refused():
    fields = {"grant_type": "refresh_token", "refresh_token": "x" * 5_000_000}
    answer = Walk().server.post(f"{ROOT}/token", data=fields, content_type="multipart/form-data")
    assert (answer.status_code, answer.data) == (413, b"")


def test_settings_of_the_application_change_while_it_runs_all_or_none():
    walk = Walk()
    walk.application.adjust({"rotating": False, "expires_in": 60})
    first = walk.redeem(walk.code()).json
    assert first["expires_in"] == 60
    assert walk.refresh(first["refresh_token"]).json["refresh_token"] == first["refresh_token"]
    with pytest.raises(ValueError, match="expires_in cannot be set to 'soon'"):
        walk.application.adjust({"rotating": True, "expires_in": "soon"})
    with pytest.raises(ValueError, match="client_secret"):
        walk.application.adjust({"client_secret": ""})
    assert walk.application.settings()["rotating"] is False
