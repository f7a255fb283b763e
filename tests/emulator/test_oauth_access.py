"""Access tokens: what they say, whom they stand for, how they end (CC reference, sections 3.8, 3.10 and 3.12)."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from emulator.database import Database
from tests.emulator.oauth_walk import CLIENT_ID, CREATOR, OWNER, ROOT, SCOPE, Walk


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    return json.loads(decoded(token.split(".")[1]))


def verify(token, jwks):
    head, body, signature = token.split(".")
    key = next(each for each in jwks["keys"] if each["kid"] == json.loads(decoded(head))["kid"])
    numbers = RSAPublicNumbers(int.from_bytes(decoded(key["e"])), int.from_bytes(decoded(key["n"])))
    numbers.public_key().verify(decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())


def issued(walk, user=OWNER):
    return walk.oauth.issue(user.account_id, user.login, SCOPE.split())


def test_the_claims_are_those_clients_have_seen():
    walk = Walk()
    claims = claims_of(issued(walk)["access_token"])
    now = int(walk.clock.now().timestamp())
    assert claims["iss"] == "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8"
    assert claims["aud"] == "https://api.cc.email/v3"
    assert (claims["cid"], claims["sub"], claims["platform_user_id"]) == (CLIENT_ID, OWNER.login, "101")
    assert claims["scp"] == SCOPE.split()
    assert (claims["iat"], claims["exp"]) == (now, now + 86400)
    assert OWNER.account_id not in json.dumps(claims)


def test_a_token_is_as_long_as_a_real_one():
    assert 1000 <= len(issued(Walk())["access_token"]) <= 1200


def test_the_signature_can_be_checked_with_the_published_keys():
    walk = Walk()
    token = issued(walk)["access_token"]
    jwks = walk.server.get(f"{ROOT}/keys").json
    verify(token, jwks)
    with pytest.raises(InvalidSignature):
        verify(token[:-8] + "AAAAAAAA", jwks)


def test_the_key_stays_the_same_for_one_data_file(tmp_path):
    first = Walk(database=Database(str(tmp_path / "cc.db")))
    token = issued(first)["access_token"]
    second = Walk(database=Database(str(tmp_path / "cc.db")))
    assert second.server.get(f"{ROOT}/keys").json == first.server.get(f"{ROOT}/keys").json
    assert second.oauth.identify(token).user == OWNER
    other = Walk(database=Database(str(tmp_path / "other.db")))
    assert other.server.get(f"{ROOT}/keys").json != first.server.get(f"{ROOT}/keys").json


def test_a_token_stands_for_the_user_who_authorized():
    walk = Walk()
    grant = walk.oauth.identify(issued(walk)["access_token"])
    assert (grant.account_id, grant.user, grant.client_id) == ("a01", OWNER, CLIENT_ID)
    assert set(grant.scopes) == set(SCOPE.split())
    assert {"contacts:read", "contacts:write", "account:read"} <= grant.privileges


def test_a_campaign_creator_sees_lists_but_neither_contacts_nor_reports():
    walk = Walk()
    privileges = walk.oauth.identify(issued(walk, CREATOR)["access_token"]).privileges
    assert "contacts:lists:read" in privileges
    assert privileges.isdisjoint({"contacts:read", "contacts:write", "contacts:lists:write", "ui:campaign:metrics"})


@pytest.mark.parametrize("life", [86400, 60])
def test_a_token_ends_when_expires_in_has_passed(life):
    walk = Walk(expires_in=life)
    answer = issued(walk)
    assert answer["expires_in"] == life
    walk.clock.advance(timedelta(seconds=life - 1))
    assert walk.oauth.identify(answer["access_token"])
    walk.clock.advance(timedelta(seconds=1))
    assert walk.oauth.identify(answer["access_token"]) is None


@pytest.mark.parametrize("bearer", ["", "x", "\x00", "\ud800", "a.b.c"])
def test_nonsense_stands_for_nobody(bearer):
    assert Walk().oauth.identify(bearer) is None


def test_a_token_signed_elsewhere_stands_for_nobody(tmp_path):
    stranger = Walk(database=Database(str(tmp_path / "other.db")))
    assert Walk().oauth.identify(issued(stranger)["access_token"]) is None


def test_tokens_are_issued_only_to_users_of_the_account():
    with pytest.raises(LookupError):
        Walk().oauth.issue("another account", OWNER.login, ["contact_data"])


def test_ended_access_is_cured_by_a_refresh_and_a_disconnected_account_is_not():
    walk = Walk()
    tokens = issued(walk)
    walk.oauth.grants.expire_access("a01")
    assert walk.oauth.identify(tokens["access_token"]) is None
    renewed = walk.refresh(tokens["refresh_token"]).json
    walk.oauth.grants.disconnect("a01")
    assert walk.oauth.identify(renewed["access_token"]) is None
    assert walk.refresh(renewed["refresh_token"]).json["error"] == "invalid_grant"
