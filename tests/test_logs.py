"""The second line of defence of the log: what no line of ours should have, and some other text may bring."""

import logging
import sys
import time

import pytest
from django.conf import settings

from ccadmin.logs import Redacting


def written(message, *args, problem=None):
    """What the formatter of the settings makes of it."""
    given = settings.LOGGING["formatters"]["line"]
    assert given["()"] == "ccadmin.logs.Redacting"
    told = None
    if problem:
        try:
            raise problem
        except type(problem):
            told = sys.exc_info()
    record = logging.LogRecord("contacts.site", logging.ERROR, __file__, 1, message, args, told)
    return Redacting(given["fmt"], style=given["style"]).format(record)


@pytest.mark.parametrize(
    "text",
    [
        "maeve.doyle@example.net",
        "<maeve.doyle@example.net>",
        "Key (address)=(maeve.doyle@example.net) already exists.",
        "{'email': 'maeve.doyle@example.net'}",
        "maeve.doyle+news@mail.example.co.uk, and more",
        "MAEVE.DOYLE@EXAMPLE.NET",
    ],
)
def test_an_address_is_hidden_in_a_message_and_in_a_traceback(text):
    for line in (written("It was %s here", text), written("It broke", problem=ValueError(text))):
        assert "maeve" not in line.lower()
        assert "(address hidden)" in line
        assert "It " in line


@pytest.mark.parametrize(
    "token", ["eyJraWQiOiJSUXBIU0.eyJ2ZXIiOjEsImp0a.m9dCLkFAk-iS", "gAAAAABm0123456789012345678901234567=="]
)
def test_a_token_is_hidden(token):
    for text in (f"Authorization: Bearer {token}", token, repr({"token": token})):
        line = written("Sent %s", text, problem=ValueError(text))
        assert token[:12] not in line
        assert "hidden" in line


def test_an_opaque_token_is_hidden_behind_its_word():
    assert "0123abcd" not in written("Authorization: Bearer 0123abcd")


def test_a_message_stays_on_its_line_and_a_traceback_below_it():
    line = written("Not Found: %s", "/a/x\r\n2026-11-21 INFO forged")
    assert line.count("\n") == 0
    assert "forged" in line
    assert written("It broke", problem=ValueError("x")).count("\n") >= 2


def test_what_names_nobody_stays_as_it_is():
    for text in ("Reference A1B2C3: GET /a/harbour/audit/42/", "user 7 @ 12:00", "postgres on 127.0.0.1:5432", "a@b"):
        assert text in written(text)


def test_a_long_text_takes_no_longer_than_any_other():
    began = time.monotonic()
    written("%s", "a" * 300_000 + "@")
    assert time.monotonic() - began < 5
