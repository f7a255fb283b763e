"""What each kind of fault does to a request or to its answer (the list is in README.md).

Four families: ``INSTEAD`` answers without handling the request, ``CHANGES`` alters the data before or after it is
handled, ``AFTERWARDS`` spoils the answer of a request that was handled, so the change it made stands, ``FATES`` bends
the activity that it starts.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from werkzeug import Response

from emulator import errors
from emulator.errors import JSON
from emulator.faults import Fault

if TYPE_CHECKING:
    from emulator.endpoints import Call
    from emulator.state import State

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_PAGE = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>We will be right back</h1></body></html>"


class NoAnswer(Exception):
    """The connection is held for ``seconds`` without a byte, then closed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer for {seconds} seconds")
        self.seconds = seconds


class Dropped(ConnectionError):
    """The connection is closed at once, in place of an answer or in the middle of it."""


def _silent(fault: Fault) -> Response:
    raise NoAnswer(float(fault.options.get("seconds", 60)))


def _drop(_fault: Fault) -> Response:
    raise Dropped("the connection was closed before an answer")


def _html(fault: Fault) -> Response:
    return Response(_PAGE, status=fault.options.get("status", 200), content_type="text/html; charset=utf-8")


def _raw(fault: Fault) -> Response:
    content_type = fault.options.get("content_type", "application/json")
    return Response(fault.options.get("body", ""), status=fault.options.get("status", 200), content_type=content_type)


def _refusal(make: Callable[[Fault], errors.ApiError]) -> Callable[[Fault], Response]:
    def answer(fault: Fault) -> Response:
        raise make(fault)

    return answer


def _status(fault: Fault) -> errors.ApiError:
    status = int(fault.options.get("status", 503))
    if "body" in fault.options:
        return errors.ApiError(status, fault.options["body"])
    return errors.server_error(status)


INSTEAD: dict[str, Callable[[Fault], Response]] = {
    "throttled": _refusal(lambda fault: errors.throttled(bool(fault.options.get("retry_after")))),
    "quota_exceeded": _refusal(lambda fault: errors.quota_exceeded(bool(fault.options.get("retry_after")))),
    "status": _refusal(_status),
    "unauthorized": _refusal(lambda _fault: errors.unauthorized()),
    "forbidden": _refusal(lambda _fault: errors.access_denied()),
    "expired_cursor": _refusal(lambda _fault: errors.invalid(errors.not_valid("cursor"))),
    "html": _html,
    "raw": _raw,
    "silent": _silent,
    "drop": _drop,
}


def _unsubscribe(state: "State", account_id: str, target: str, fault: Fault) -> None:
    source = fault.options.get("source", "Contact")
    state.contacts.unsubscribe(account_id, target, source=source, reason=fault.options.get("reason", ""))


def _delete(state: "State", account_id: str, target: str, _fault: Fault) -> None:
    state.contacts.delete(account_id, target)


def _change(state: "State", account_id: str, target: str, fault: Fault) -> None:
    state.contacts.change(account_id, target, fault.options.get("values", {}))


def _delete_list(state: "State", account_id: str, target: str, _fault: Fault) -> None:
    state.lists.delete(account_id, target)


CHANGES: dict[str, Callable[["State", str, str, Fault], None]] = {
    "unsubscribe": _unsubscribe,
    "delete_contact": _delete,
    "change_contact": _change,
    "delete_list": _delete_list,
}


def change(fault: Fault, call: "Call") -> None:
    """Apply a fault of the family CHANGES. The target is the option ``id``, else the first id in the call's path."""
    found = _UUID.search(call.path)
    target = fault.options.get("id") or (found.group() if found else "")
    CHANGES[fault.kind](call.state, fault.options.get("account") or call.account_id, target, fault)


def _lost(_fault: Fault, _call: "Call", _response: Response) -> Response:
    raise Dropped("applied, and the answer is lost")


def _error_after(fault: Fault, _call: "Call", _response: Response) -> Response:
    raise errors.server_error(int(fault.options.get("status", 502)))


def _cut_json(fault: Fault, _call: "Call", response: Response) -> Response:
    """The right length for a body that ends too early."""
    body = response.get_data()
    response.set_data(body[: int(len(body) * float(fault.options.get("keep", 0.5)))])
    return response


def _cut_body(fault: Fault, _call: "Call", response: Response) -> Response:
    """Fewer bytes than announced, then the connection closes."""
    body = response.get_data()
    kept = body[: int(len(body) * float(fault.options.get("keep", 0.5)))]

    def pieces() -> Iterator[bytes]:
        yield kept
        raise Dropped("closed in the middle of the body")

    response.response = pieces()
    response.headers["Content-Length"] = str(len(body))
    return response


def _edited(edit: Callable[[Fault, "Call", JSON], None]) -> Callable[[Fault, "Call", Response], Response]:
    def answer(fault: Fault, call: "Call", response: Response) -> Response:
        body = json.loads(response.get_data())
        edit(fault, call, body)
        response.set_data(json.dumps(body))
        return response

    return answer


def _missing_key(fault: Fault, _call: "Call", body: JSON) -> None:
    body.pop(fault.options.get("key", "contacts"), None)


def _foreign_link(fault: Fault, _call: "Call", body: JSON) -> None:
    own = (body.get("_links") or {}).get("next", {}).get("href", "/v3/contacts?cursor=bmV4dD0y")
    body["_links"] = {"next": {"href": fault.options.get("href") or f"//evil.example.com{own}"}}


def _same_cursor(_fault: Fault, call: "Call", body: JSON) -> None:
    """The next link leads to this very page; on the first page it stays as it is."""
    if "cursor" in call.query:
        body["_links"] = {"next": {"href": f"{call.path}?cursor={call.query['cursor']}"}}


def _empty_page(fault: Fault, _call: "Call", body: JSON) -> None:
    """No contacts, with the link to the next page; with ``last`` the end of the walk."""
    body[fault.options.get("key", "contacts")] = []
    if fault.options.get("last"):
        body["_links"] = {}


def _merge(fault: Fault, _call: "Call", body: JSON) -> None:
    """Put ``values`` into the answer, and ``each`` into every contact of a page."""
    body |= fault.options.get("values", {})
    for contact in body.get("contacts", []):
        contact |= fault.options.get("each", {})


AFTERWARDS: dict[str, Callable[[Fault, "Call", Response], Response]] = {
    "answer_lost": _lost,
    "error_after": _error_after,
    "cut_json": _cut_json,
    "cut_body": _cut_body,
    "missing_key": _edited(_missing_key),
    "foreign_link": _edited(_foreign_link),
    "same_cursor": _edited(_same_cursor),
    "empty_page": _edited(_empty_page),
    "merge": _edited(_merge),
}

# What becomes of the activity that a request starts: (the fate, the options that bend it).
FATES: dict[str, JSON] = {
    "activity_failed": {"end": "failed", "most": 0},
    "activity_timed_out": {"end": "timed_out", "most": 0},
    "activity_cancelled": {"end": "cancelled", "most": 0},
    "activity_errors": {"errors": ["Message describing the error condition."]},
    "activity_vanishes": {"hidden": True},
    "activity_stuck": {"stuck": True, "most": 0},
    "activity_slow": {"seconds": 60},
}
_FATE_OPTIONS = ("most", "errors", "seconds")


def fate(faults: Iterable[Fault]) -> JSON:
    """What these faults have in store for an activity, as ``Activities.start`` takes it."""
    found: JSON = {}
    for each in faults:
        if each.kind in FATES:
            found |= FATES[each.kind] | {name: each.options[name] for name in _FATE_OPTIONS if name in each.options}
    return found


DELAY = "delay"
LATER = "later"
ANSWERING = frozenset((*INSTEAD, *AFTERWARDS, LATER))
KINDS = (*INSTEAD, *CHANGES, *AFTERWARDS, *FATES, DELAY, LATER)
