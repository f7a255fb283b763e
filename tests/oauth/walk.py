"""A person's walk: from our form to Constant Contact's page and back, step by step."""

from urllib.parse import parse_qsl, urlsplit

import requests
from django.urls import reverse

from tests.emulation import LOGIN, running_emulator


def back_address(settings):
    return f"{settings.BASE_URL}{reverse('constantcontact_callback')}"


def emulator_that_sends_back(settings, **options):
    return running_emulator(redirect_uris=(back_address(settings),), **options)


def depart(client, **form):
    """Post our form; the address of Constant Contact's page, with everything we ask for."""
    answer = client.post(reverse("constantcontact_login"), form)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def decide(address, *, decision="allow", login=LOGIN):
    """Answer Constant Contact's page; the address it sends the browser back to."""
    page = urlsplit(address)
    form = {**dict(parse_qsl(page.query)), "decision": decision, "login": login}
    answer = requests.post(address.partition("?")[0], data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def come_back(client, address):
    """Open the address we were sent back to, as the browser would."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def walk(client, *, decision="allow", login=LOGIN, **form):
    return come_back(client, decide(depart(client, **form), decision=decision, login=login))
