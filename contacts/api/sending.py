"""One call to Constant Contact: what is sent, and what is made of its answer."""

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts.api.answers import Answer, error_for, understood
from contacts.api.errors import APIError, LinkExpired, NotSent, Unreadable
from contacts.api.pages import JSON, Page, read_page
from contacts.api.wire import Bearer, Limits, checked_base, downloading, exchange, new_session

#: A file is as long as it is; a line may be slow. Between two bytes the usual limit holds.
DOWNLOAD_SECONDS, DOWNLOAD_BYTES = 3600.0, 2 * 2**30
IDENTIFIER = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True)
class Call:
    """One call as the request log keeps it. The path is the template: no id, no query, no address.

    ``status`` is None without an answer, ``ms`` counts from sending to the last byte, ``error`` is the name of
    the exception or "".
    """

    method: str
    path_template: str
    status: int | None
    ms: int
    error: str
    request_id: str = ""


@dataclass(frozen=True)
class Form:
    """A file on its way in a form, with the form's other fields."""

    name: str
    content: bytes
    kind: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Request:
    """What one method of the client wants to send."""

    method: str
    template: str
    params: dict[str, str] | None = None
    body: JSON | None = None
    identifier: str = ""
    form: Form | None = None

    @property
    def path(self) -> str:
        """The template with its id. ValueError for an id that could lead to another path."""
        if "{id}" in self.template and not IDENTIFIER.fullmatch(self.identifier):
            raise ValueError("An id of Constant Contact consists of letters, digits and hyphens.")
        return self.template.replace("{id}", self.identifier)


class Sender:
    """One linked account's calls.

    ``token()`` gives the access token of the moment. ``renew(rejected)`` gives a fresh one after a 401; it is
    asked once, and only for GET. ``gate()`` runs before every request: it waits for the call budget or raises
    QuotaSpent. ``log(call)`` runs after every request. ``timeout`` is seconds to connect and between two bytes.

    Every method raises APIError's children, see ``errors``. Only GET is ever repeated: once with a renewed
    token, or once when no connection could be made. Anything that writes goes over a connection of its own,
    because an idle one that breaks would leave us in doubt for nothing.
    """

    def __init__(
        self,
        token: Callable[[], str],
        *,
        base_url: str,
        gate: Callable[[], None] = lambda: None,
        log: Callable[[Call], None] = lambda call: None,
        renew: Callable[[str], str] | None = None,
        timeout: tuple[float, float] = (5, 30),
        total_seconds: float = 90,
        max_bytes: int = 64 * 2**20,
        allow_loopback: bool = False,
    ) -> None:
        self._base_url = checked_base(base_url, allow_loopback=allow_loopback)
        self._token = token
        self._gate = gate
        self._log = log
        self._renew = renew
        self._limits = Limits(connect=timeout[0], read=timeout[1], total=total_seconds, size=max_bytes)
        self._reading = new_session(self._base_url)
        #: Constant Contact's clock as of the latest answer (UTC), None before one or without a ``Date`` header.
        self.server_time: datetime | None = None
        #: The latest calls of this client, for a page that shows what was asked.
        self.calls: deque[Call] = deque(maxlen=8)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base_url}>"

    def _page(self, template: str, key: str, id_key: str, params: dict[str, str]) -> Page:
        content = self._send(Request("GET", template, params))
        return read_page(content, key=key, id_key=id_key, base_url=self._base_url, server_time=self.server_time)

    def _send(self, request: Request, *, readable: bool = True) -> Any:
        """The one way out. Returns the answer's JSON, or None when it is not to be read."""
        token = self._token()
        if request.method != "GET":
            return self._call(request, token, readable=readable)
        try:
            return self._call(request, token)
        except NotSent:
            # Once more at once: a lost packet is not worth a person's attention.
            return self._call(request, token)
        except LinkExpired:
            if self._renew is None:
                raise
            return self._call(request, self._renew(token))

    def _call(self, request: Request, token: str, *, readable: bool = True) -> Any:
        url = self._base_url + request.path
        self._gate()
        started = time.monotonic()
        status, error, request_id = None, "", ""
        try:
            answer = self._exchange(request, url, token)
            status, request_id = answer.status, answer.request_id
            self.server_time = answer.server_time
            return understood(answer, method=request.method, readable=readable)
        except APIError as problem:
            problem.hide(token)
            error = type(problem).__name__
            raise
        finally:
            ms = round((time.monotonic() - started) * 1000)
            call = Call(request.method, request.template, status, ms, error, request_id)
            self.calls.append(call)
            self._log(call)

    def _exchange(self, request: Request, url: str, token: str) -> Answer:
        parts: dict[str, Any] = {"params": request.params, "json": request.body, "auth": Bearer(token)}
        if request.form is not None:
            sent = request.form
            parts |= {"files": {"file": (sent.name, sent.content, sent.kind)}, "data": sent.fields}
        if request.method == "GET":
            return exchange(self._reading, "GET", url, limits=self._limits, **parts)
        with new_session(self._base_url) as own_connection:
            return exchange(own_connection, request.method, url, limits=self._limits, **parts)

    @contextmanager
    def _download(self, request: Request) -> Iterator[Iterator[bytes]]:
        """A file by GET, as it comes. It is sent once: with what came before a break nobody could go on."""
        token = self._token()
        url = self._base_url + request.path
        self._gate()
        started = time.monotonic()
        status, error, request_id = None, "", ""
        try:
            limits = replace(self._limits, total=DOWNLOAD_SECONDS, size=DOWNLOAD_BYTES)
            with downloading(self._reading, url, limits=limits, auth=Bearer(token)) as (answer, pieces):
                status, request_id = answer.status, answer.request_id
                self.server_time = answer.server_time
                if not 200 <= answer.status < 300:
                    raise error_for(answer, method="GET")
                yield pieces
        except APIError as problem:
            problem.hide(token)
            error = type(problem).__name__
            raise
        finally:
            ms = round((time.monotonic() - started) * 1000)
            self._log(Call(request.method, request.template, status, ms, error, request_id))


def as_object(content: Any, *, method: str = "GET") -> JSON:
    """The answer as an object; Unreadable when it is anything else."""
    if not isinstance(content, dict):
        raise Unreadable("no object", method=method)
    return content


def same_thing(content: Any, request: Request, *, id_key: str) -> JSON:
    """What was asked for, by its id. Another one's data under this id would be written back to the wrong place."""
    answer = as_object(content, method=request.method)
    if str(answer.get(id_key)).lower() != request.identifier.lower():
        raise Unreadable(f"another {id_key}", method=request.method)
    return answer


def new_thing(content: Any, *, id_key: str, method: str) -> JSON:
    """What was just made, with the id that leads to it; without one nobody could ever follow it up."""
    answer = as_object(content, method=method)
    found = answer.get(id_key)
    if not isinstance(found, str) or not IDENTIFIER.fullmatch(found):
        raise Unreadable(f"no {id_key}", method=method)
    return answer


def checked_ids(ids: Iterable[str]) -> list[str]:
    """Ids for a query or a body. ValueError for one that is none."""
    found = list(ids)
    if not all(IDENTIFIER.fullmatch(each) for each in found):
        raise ValueError("An id of Constant Contact consists of letters, digits and hyphens.")
    return found
