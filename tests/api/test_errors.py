"""Every status and every shape of an error becomes the one that names what to do, in words for a person."""

import json

import pytest

from contacts.api import errors
from contacts.api.answers import LONGEST_MESSAGE, Answer, error_for
from contacts.api.errors import (
    APIError,
    Conflict,
    Forbidden,
    LinkExpired,
    NotFound,
    QueueFull,
    QuotaSpent,
    Rejected,
    Throttled,
    Unavailable,
    Unreadable,
)

HOLDER = "af73e650-96f0-11ef-b2a0-fa163eafb85e"


def error(status: int, content: object = None, *, method: str = "PUT", **headers: str) -> APIError:
    body = b"" if content is None else json.dumps(content).encode()
    return error_for(Answer(status, headers, body), method=method)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (415, Rejected), (418, Rejected), (401, LinkExpired), (403, Forbidden), (404, NotFound),
     (409, Conflict), (429, Throttled), (500, Unavailable), (502, Unavailable), (503, Unavailable), (302, Unreadable)],
)  # fmt: skip
def test_each_status_has_its_error_even_with_an_empty_body(status, kind):
    found = error(status)
    assert type(found) is kind
    assert found.status == status
    assert found.advice


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        ([{"error_key": "contacts.api.conflict", "error_message": "taken"}], "contacts.api.conflict", "taken"),
        ({"error_key": "unauthorized", "error_message": "Unauthorized"}, "unauthorized", "Unauthorized"),
        ({"message": "Forbidden"}, "", "Forbidden"),
        ([{"error_key": "a", "error_message": "one"}, {"error_key": "b", "error_message": "two"}], "a", "one; two"),
        ([], "", ""),
        ([1, None, "x"], "", ""),
        ({"error_key": 5, "error_message": ["x"]}, "", ""),
        ("text", "", ""),
    ],
)
def test_all_shapes_of_an_error_are_understood(content, key, message):
    found = error(403, content)
    assert (found.error_key, found.message) == (key, message)


def test_a_body_that_is_no_json_leaves_the_status_to_decide():
    found = error_for(Answer(403, {}, b"<html>\xff</html>"), method="GET")
    assert isinstance(found, Forbidden)


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("Validation failed: EmailAddress is not unique", None),
        (f"Validation failed: Email already exists for contact {HOLDER}", HOLDER),
        (f"Email already exists for contact {HOLDER.upper()}", HOLDER),
    ],
)
def test_a_conflict_names_the_holder_when_the_text_does(text, holder):
    found = error(409, [{"error_key": "contacts.api.conflict", "error_message": text}])
    assert isinstance(found, Conflict)
    assert found.contact_id == holder
    assert "already belongs to a contact" in found.advice


def test_the_holder_may_stand_in_any_of_the_messages():
    found = error(409, [{"error_key": "x", "error_message": "not valid"}, {"error_message": f"contact {HOLDER}"}])
    assert isinstance(found, Conflict)
    assert found.contact_id == HOLDER


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"error_key": "throttled", "error_message": "Too Many Requests"}, Throttled),
        ({"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}, QuotaSpent),
        ({"error_key": "activities.queue", "error_message": "Too many activities are queued"}, QueueFull),
        ({"error_key": "something.new", "error_message": "no"}, Throttled),
        (None, Throttled),
    ],
)
def test_the_kinds_of_429_are_told_apart(content, kind):
    assert type(error(429, content)) is kind


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("999999", 3600.0), ("Sat, 21 Nov 2020 10:00:00 GMT", 0.0), ("soon", None), ("", None), ("-3", None)],
)
def test_the_hint_when_to_come_back_is_kept_within_an_hour(header, seconds):
    assert error(429, **{"Retry-After": header}).retry_after == seconds


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Request forbidden due to insufficient user privileges.", "user who connected"),
        ("Token lacks the scope contact_data", "permission given at linking"),
        ("", "may be switched off"),
    ],
)
def test_the_causes_of_a_403_are_told_apart(message, part):
    assert part in error(403, {"error_key": "access_denied", "error_message": message}).advice


def test_a_missing_contact_is_named_only_when_the_contact_is_missing():
    assert "this contact" in error(404, [{"error_key": "contacts.api.not_found", "error_message": "x"}]).advice
    assert "this contact" not in error(404, [{"error_key": "not_found", "error_message": "x"}]).advice


def test_a_rejection_carries_the_reason_without_any_address():
    found = error(400, [{"error_message": "grete+news@example.org is no address, birthday month must be 1 to 12."}])
    assert found.advice.startswith("Constant Contact did not accept: (address) is no address, birthday month must")
    assert "grete" not in found.advice + str(found) + repr(found)


def test_a_message_cannot_forge_log_lines_nor_fill_the_page():
    found = error(400, {"message": "a\r\nERROR forged\x00\u2028" + "x" * 5000})
    assert found.message.startswith("a ERROR forged x")
    assert len(found.message) == LONGEST_MESSAGE


def test_a_server_fault_while_reading_changed_nothing():
    assert not error(503, method="GET").may_have_happened
    assert error(503, method="GET").advice.startswith("Constant Contact has a fault of its own (503).")
    assert error(503, method="PUT").may_have_happened


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("kind", [APIError, *APIError.__subclasses__()])
def test_every_error_has_advice_in_our_words(kind, method):
    advice = kind("token secret grete@example.org", status=503, method=method).advice
    assert advice.endswith(".")
    assert "grete" not in advice
    assert not any(word in advice.lower() for word in ("please", "oops", "ghost", "!", "  "))
    assert ("Nothing was changed" in advice) is not kind("", status=503, method=method).may_have_happened


def test_every_error_of_the_module_is_one_family():
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert all(issubclass(each, APIError) for each in kinds)
