"""What a line of the log says and belongs to, and what none of them may have: as text, and as JSON."""

import json
import logging
import re
import sys
import time
from uuid import UUID

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from ccadmin import env, logs
from contacts import tasks, trace
from contacts.models import LinkedAccount, SyncRun
from tests.rows import make_access, make_account

FORMATTERS = {"text": logs.Redacting, "json": logs.Json}
both = pytest.mark.parametrize("form", FORMATTERS)


def formatted(record, form="text"):
    """What the formatter of the settings makes of it."""
    given = logs.config(form=form, level="INFO")["formatters"]["line"]
    assert given["()"] == f"ccadmin.logs.{FORMATTERS[form].__name__}"
    return FORMATTERS[form]().format(record)


def written(message, *args, problem=None, form="text"):
    told = None
    if problem:
        try:
            raise problem
        except type(problem):
            told = sys.exc_info()
    return formatted(logging.LogRecord("contacts.site", logging.ERROR, __file__, 1, message, args, told), form)


def test_the_settings_write_text_unless_json_is_asked_for(monkeypatch):
    assert logs.config(form="text", level="INFO") == settings.LOGGING
    monkeypatch.setenv("CCADMIN_LOG_FORMAT", "JSON")
    assert env.one_of("CCADMIN_LOG_FORMAT", logs.FORMS) == "json"
    monkeypatch.setenv("CCADMIN_LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="CCADMIN_LOG_FORMAT is one of text, json"):
        env.one_of("CCADMIN_LOG_FORMAT", logs.FORMS)


@both
@pytest.mark.parametrize(
    "text",
    [
        "maeve.doyle@example.net",
        "<maeve.doyle@example.net>",
        "Key (address)=(maeve.doyle@example.net) already exists.",
        "{'email': 'maeve.doyle@example.net'}",
        "maeve.doyle+news@mail.example.co.uk, and more",
        "MAEVE.DOYLE@EXAMPLE.NET",
        "/check/?q=maeve.doyle%40example.net&page=2",
        "/accounts/login/?next=/check/%3Fq%3Dmaeve.doyle%2540example.net",
        '{"email": "maeve.doyle\\u0040example.net"}',
        "maeve.o'doyle@example.net",
        "two lines\nmaeve.doyle@example.net\tand more",
        "maevé.doyle@example.net",
    ],
)
def test_an_address_is_hidden_in_a_message_and_in_a_traceback(form, text):
    for line in (written("It was %s here", text, form=form), written("It broke", problem=ValueError(text), form=form)):
        assert "maev" not in line.lower()
        assert "(address hidden)" in line
        assert "It " in line


@both
@pytest.mark.parametrize(
    "token", ["eyJraWQiOiJSUXBIU0.eyJ2ZXIiOjEsImp0a.m9dCLkFAk-iS", "gAAAAABm0123456789012345678901234567=="]
)
def test_a_token_is_hidden(form, token):
    for text in (f"Authorization: Bearer {token}", token, repr({"token": token})):
        line = written("Sent %s", text, problem=ValueError(text), form=form)
        assert token[:12] not in line
        assert "hidden" in line


@both
def test_an_opaque_token_is_hidden_behind_its_word(form):
    assert "0123abcd" not in written("Authorization: Bearer 0123abcd", form=form)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\x0b", "\x85", "\u2028", "\u2029"])
def test_a_message_stays_on_its_line_and_nothing_in_a_traceback_passes_for_one(end):
    forged = f"/a/x{end}2026-11-21 12:00:00,000 INFO forged"
    line = written("Not Found: %s", forged)
    assert len(line.splitlines()) == 1
    assert "forged" in line
    first, *below = written("It broke", problem=ValueError(forged)).splitlines()
    assert len(below) >= 2 and all(each.startswith("  ") for each in below)
    assert first.endswith("It broke")


def test_nothing_steers_the_terminal_of_whoever_reads_it():
    for text in (written("%s", "\x1b[2J\x9b2J\x07"), written("x", problem=ValueError("\x1b[2J"))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_json_is_one_object_on_one_line_whatever_is_in_it():
    with trace.about(request="A1B2C3D4E5F6"):
        line = written("It was\n%s\u2028", "\x1b[2J“é”", problem=ValueError("x\r\ny"), form="json")
    assert line.isascii() and len(line.splitlines()) == 1
    told = json.loads(line)
    assert told["message"] == "It was\n\x1b[2J“é”\u2028"
    assert told["exception"].startswith("Traceback") and told["exception"].endswith("ValueError: x\r\ny")
    assert (told["level"], told["logger"], told["request"]) == ("ERROR", "contacts.site", "A1B2C3D4E5F6")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told["time"])


def test_what_names_nobody_stays_as_it_is():
    for text in ("Request A1B2C3: GET /a/harbour/audit/42/", "user 7 @ 12:00", "postgres on 127.0.0.1:5432", "a@b"):
        assert text in written(text)
        assert json.loads(written(text, form="json"))["message"] == text


@both
def test_a_long_text_takes_no_longer_than_any_other(form):
    began = time.monotonic()
    for end in ("@", "%40", "%"):
        written("%s", "a" * 300_000 + end, form=form)
    assert time.monotonic() - began < 15


def test_a_line_tells_what_it_belongs_to_and_afterwards_no_more():
    with trace.about(task="walk", run=7, account=3):
        assert written("Page stored").endswith("Page stored [task=walk run=7 account=3]")
    assert written("Page stored").endswith("Page stored")


# Requests


@pytest.fixture
def lines(caplog):
    """The lines of requests, as JSON has them; each formatted where it is written, as a handler does."""
    kept = []

    class Keep(logging.Handler):
        def emit(self, record):
            kept.append(json.loads(logs.Json().format(record)))

    handler, root = Keep(), logging.getLogger("contacts")
    root.addHandler(handler)
    caplog.set_level(logging.INFO)
    yield kept
    root.removeHandler(handler)


@pytest.mark.django_db
def test_a_request_has_a_number_in_its_lines_and_in_its_answer_and_a_line_with_keys_only(lines):
    access = make_access(make_account(), "agent")
    client = Client()
    client.force_login(access.user)
    address = reverse("contact_detail", kwargs={"account": access.account.slug, "remote_id": UUID(int=0)})
    answers = [client.get(address), client.get(f"/maeve.doyle@example.net/?q={access.user.email}")]
    first, second = (each for each in lines if each["logger"] == "contacts.requests")
    assert [each["X-Request-ID"] for each in answers] == [first["request"], second["request"]]
    assert first["request"] != second["request"]
    assert first["path"] == "/a/<slug:account>/contacts/<uuid:remote_id>/"
    assert (first["method"], first["status"], first["user"]) == ("GET", 404, access.user.pk)
    assert first["account"] == access.account_id
    assert isinstance(first["ms"], int)
    assert (second["path"], second["status"]) == ("(no page)", 404)
    assert "maeve" not in str(lines) and access.account.slug not in str(lines)
    assert trace.now() == {}, "what is written after a request is not about it"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "form"),
    [("/nowhere/", 404, None), ("/accounts/login/", 403, {"login": "x"}), ("/\0", 404, None)],
)
def test_a_page_that_refuses_tells_the_number_to_say(path, status, form):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path, form) if form else client.get(path)
    assert answer.status_code == status
    assert f"say this number: <strong>{answer['X-Request-ID']}</strong>" in answer.text


def test_an_unknown_host_is_told_a_number_too():
    answer = Client().get("/healthz", headers={"Host": "elsewhere.example.org"})
    assert answer.status_code == 400
    assert answer["X-Request-ID"] in answer.text


@pytest.mark.parametrize("given", ["maeve@example.net", "x\ny", "<b>12345678", "short", "a" * 65, "-2345678", ""])
def test_a_number_from_outside_is_taken_only_from_our_proxy_and_only_when_it_is_harmless(settings, given):
    fine = "0f3a9c1e-7d42-4b55-9a3b-1c2d3e4f5a6b"
    assert Client().get("/healthz", headers={"X-Request-ID": fine})["X-Request-ID"] != fine
    settings.BEHIND_PROXY = True
    assert Client().get("/healthz", headers={"X-Request-ID": fine})["X-Request-ID"] == fine
    assert re.fullmatch("[0-9A-F]{12}", Client().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"])


def test_what_a_machine_asks_every_few_seconds_is_not_worth_a_line(lines):
    Client().get("/healthz")
    assert lines == []


@pytest.mark.django_db
def test_the_line_of_a_request_costs_no_query(django_assert_num_queries, lines):
    with django_assert_num_queries(0):
        Client().get("/nowhere/")
    assert len(lines) == 1


# Tasks


@pytest.mark.django_db
def test_every_line_of_a_task_tells_its_task_run_and_account(lines, monkeypatch):
    account = make_account()
    LinkedAccount.objects.filter(pk=account.pk).update(state="broken")
    run = SyncRun.objects.create(account=account, kind="full", step="account")
    seen = []
    monkeypatch.setattr(tasks.sync, "carry_on", lambda *_, **__: seen.append(dict(trace.now())))
    tasks.walk.func(run.pk)
    assert seen == [{"task": "walk", "run": run.pk, "account": account.pk}]
    assert trace.now() == {}


def test_what_breaks_a_task_tells_them_to_whoever_logs_it():
    def broken():
        with trace.about(task="walk", run=7):
            raise ValueError("x")

    with pytest.raises(ValueError, match="x") as problem:
        broken()
    assert written("The task failed", problem=problem.value).endswith("ValueError: x\n  task=walk run=7")
