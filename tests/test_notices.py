"""What is said once on the next page: nobody reads it in a row, a cookie or a header on the way."""

import json
import uuid

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from contacts.services import traces
from tests.rows import just_signed_in, make_access, make_account, make_user

pytestmark = pytest.mark.django_db
CANARY = "canary.invited@example.org"


def invited(client):
    """What an admin who invited somebody was answered; the next page says to whom the mail went."""
    account = make_account(slug="harbour")
    client.force_login(make_access(account, "admin", user=make_user(name="Canary Admin")).user)
    just_signed_in(client)
    return client.post(reverse("people_invite", args=["harbour"]), {"email": CANARY, "role": "agent"})


def test_it_is_kept_sealed_and_said_once(client):
    answer = invited(client)
    kept = json.dumps([session.get_decoded() for session in Session.objects.all()])
    assert "_messages" in kept and "canary" not in kept.casefold()
    assert set(client.cookies) == {"sessionid"}
    assert f"A mail is on its way to {CANARY}" in client.get(answer["Location"]).content.decode()
    assert "A mail is on its way" not in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("keys", [[Fernet.generate_key().decode()], []])
def test_without_its_key_it_is_not_said_and_nothing_breaks(client, settings, keys):
    answer = invited(client)
    settings.ENCRYPTION_KEYS = keys
    signing_in = {"login": "nobody@example.org", "password": "wrong"}
    assert Client().post(reverse("account_login"), signing_in).status_code == 200
    assert client.post(reverse("alert_choose", args=["harbour"]), {"reset": "1"}).status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "A mail is on its way" not in page.content.decode()


def test_an_erasure_finds_who_is_named_in_what_waits_to_be_said(client):
    invited(client)
    gone = traces.drop_passing(traces.Words(str(uuid.uuid4()), (CANARY.upper(),)))
    assert gone == 1
    assert not Session.objects.exists()
