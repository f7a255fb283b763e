"""From one HTTP answer to its JSON, or to the error that names what to do."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

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

BY_STATUS: dict[int, type[APIError]] = {401: LinkExpired, 403: Forbidden, 404: NotFound, 409: Conflict}
LONGEST_MESSAGE = 1000
LONGEST_WAIT = 3600.0

# Said on the way there by whoever stopped waiting: what was sent may still be carried out.
TIMED_OUT = (408, 499)


@dataclass(frozen=True)
class Answer:
    """One complete answer. ``body`` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        """What Constant Contact's support asks for (CC reference, section 4), or ""."""
        return self.headers.get("x-amzn-RequestId", "")[:100]

    @property
    def server_time(self) -> datetime | None:
        """The ``Date`` header in UTC; None when it is missing, no date, or one that not every zone can show."""
        try:
            moment = parsedate_to_datetime(self.headers.get("Date", ""))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return moment if MINYEAR < moment.year < MAXYEAR else None

    @property
    def retry_after(self) -> float | None:
        """The ``Retry-After`` header in seconds, 0 to 3600, whether it was a number or a date; else None."""
        text = self.headers.get("Retry-After", "").strip()
        try:
            wait = float(text) if text.isdecimal() else parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
        return min(max(wait, 0.0), LONGEST_WAIT)


def understood(answer: Answer, *, method: str, readable: bool = True) -> Any:
    """The JSON of a 2xx answer; any other status is raised as its error, a broken body as Unreadable.

    Without ``readable`` the body of a success does not matter and None comes back. Keys that nobody knows are
    kept. So are NUL and lone surrogates inside strings: who stores them must cope, and who sends them back sends
    what was there.
    """
    if not 200 <= answer.status < 300:
        raise error_for(answer, method=method)
    if not readable:
        return None
    try:
        return json.loads(answer.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON", status=answer.status, request_id=answer.request_id, method=method) from None


def error_for(answer: Answer, *, method: str) -> APIError:
    """The error for a status that is no success (CC reference, section 5)."""
    key, message = _key_and_message(answer.body)
    kind = _kind(answer.status, key, message)
    return kind(
        message,
        status=answer.status,
        error_key=key,
        request_id=answer.request_id,
        method=method,
        retry_after=answer.retry_after,
    )


def _kind(status: int, key: str, message: str) -> type[APIError]:
    if status == 429:
        return _kind_of_429(key, message)
    if status >= 500 or status in TIMED_OUT:
        return Unavailable
    if status < 400:
        # A redirect: no answer of the API looks like that, and following it would hand over the token.
        return Unreadable
    return BY_STATUS.get(status, Rejected)


def _kind_of_429(key: str, message: str) -> type[APIError]:
    if key == "quota_exceeded":
        return QuotaSpent
    # The body for a full queue is unknown (CC reference, section 20), so its likely words have to do. A 429 that
    # says nothing, as the gateway sends it, is taken for haste: waiting a moment is right in any case.
    about_the_queue = re.search("activit|queue", f"{key} {message}", re.IGNORECASE)
    return QueueFull if about_the_queue and key != "throttled" else Throttled


def _key_and_message(body: bytes) -> tuple[str, str]:
    """Read ``[{error_key, error_message}]``, ``{error_key, error_message}``, ``{message}``; OAuth's ``{error}``."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    entries = [each for each in (content if isinstance(content, list) else [content]) if isinstance(each, dict)]
    keys = list(_texts(entries, "error_key", "error"))
    messages = _texts(entries, "error_message", "message")
    return _word(keys[0] if keys else ""), _one_line("; ".join(messages))


def _texts(entries: list[dict[str, Any]], *names: str) -> Iterator[str]:
    return (each[name] for each in entries for name in names if isinstance(each.get(name), str))


def _word(key: str) -> str:
    """A key is a word; anything else, which could be somebody's address, has no place in a log."""
    return key if re.fullmatch(r"[\w.-]{1,100}", key, re.ASCII) else ""


def _one_line(text: str) -> str:
    """Without control characters, which would forge lines in a log, and not longer than a screen.

    Halves of a surrogate pair go too: neither a page nor a database can hold them.
    """
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+", " ", text)[:LONGEST_MESSAGE]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
