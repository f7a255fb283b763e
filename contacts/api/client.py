"""Constant Contact's API over HTTP: what is there, in its own words. It talks and decides nothing."""

import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contacts.api.answers import Answer, understood
from contacts.api.errors import APIError, LinkExpired, NotSent, Unreadable
from contacts.api.pages import JSON, Page, read_page
from contacts.api.wire import Bearer, Limits, checked_base, exchange, new_session

EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
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
class Request:
    """What one method of the client wants to send."""

    method: str
    template: str
    params: dict[str, str] | None = None
    body: JSON | None = None
    identifier: str = ""

    @property
    def path(self) -> str:
        """The template with its id. ValueError for an id that could lead to another path."""
        if "{id}" in self.template and not IDENTIFIER.fullmatch(self.identifier):
            raise ValueError("An id of Constant Contact consists of letters, digits and hyphens.")
        return self.template.replace("{id}", self.identifier)


class Client:
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
        return f"<Client {self._base_url}>"

    def get_contact(self, contact_id: str) -> JSON:
        """One contact with every subresource, deleted ones too (CC reference, section 11).

        Raises NotFound, or Unreadable when the answer is another contact's.
        """
        request = Request("GET", "/contacts/{id}", {"include": EVERYTHING}, identifier=contact_id)
        return _same_contact(self._send(request), request)

    def find_contacts(self, email: str) -> list[JSON]:
        """The contacts with this address in any state, deleted included; compared here, whatever the case.

        Raises Unreadable when the answer is a list that does not fit the question: "not here" needs proof.
        Source: CC reference, section 9.
        """
        params = {"email": email, "status": "all", "include": EVERYTHING}
        page = self._page("/contacts", "contacts", "contact_id", params)
        found = [each for each in page.items if _address(each) == email.strip().casefold()]
        if page.cursor and not found:
            raise Unreadable("a list that does not fit the address")
        return found

    def contacts_page(
        self,
        *,
        cursor: str | None = None,
        status: str = "all",
        limit: int = 500,
        updated_after: datetime | None = None,
        optout_after: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        count: bool = False,
    ) -> Page:
        """One page of contacts with every subresource (CC reference, sections 7 and 9).

        With ``cursor`` everything else is ignored: the cursor carries the first page's parameters. Times must
        be aware. ``limit`` is 1 to 500.
        """
        times = {
            "updated_after": updated_after,
            "optout_after": optout_after,
            "created_after": created_after,
            "created_before": created_before,
        }
        params = {"status": status, "limit": str(limit), "include": EVERYTHING}
        params |= {name: _utc(moment) for name, moment in times.items() if moment is not None}
        params |= {"include_count": "true"} if count else {}
        return self._page("/contacts", "contacts", "contact_id", {"cursor": cursor} if cursor else params)

    def lists_page(self, *, cursor: str | None = None) -> Page:
        """One page of lists with member counts, deleted lists included (CC reference, section 13)."""
        params = {"status": "all", "limit": "500", "include_count": "true", "include_membership_count": "all"}
        return self._page("/contact_lists", "lists", "list_id", {"cursor": cursor} if cursor else params)

    def tags_page(self, *, cursor: str | None = None) -> Page:
        """One page of tags (CC reference, section 14)."""
        return self._page("/contact_tags", "tags", "tag_id", {"cursor": cursor} if cursor else {"limit": "500"})

    def custom_fields_page(self, *, cursor: str | None = None) -> Page:
        """One page of custom fields; an account has at most 100 (CC reference, section 14)."""
        params = {"cursor": cursor} if cursor else {"limit": "100"}
        return self._page("/contact_custom_fields", "custom_fields", "custom_field_id", params)

    def counts(self) -> JSON:
        """``total``, ``explicit``, ``implicit``, ``pending``, ``unsubscribed``, without the deleted (section 12)."""
        return _object(self._send(Request("GET", "/contacts/counts")))

    def account_summary(self) -> JSON:
        """``encoded_account_id``, ``organization_name``, ``time_zone_id`` and more (CC reference, section 16)."""
        return _object(self._send(Request("GET", "/account/summary")))

    def privileges(self) -> frozenset[str]:
        """What the linked user may do, as ``contacts:read``, ``contacts:write`` (CC reference, section 3.12)."""
        content = self._send(Request("GET", "/account/user/privileges"))
        if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
            raise Unreadable("no list of privileges")
        return frozenset(each["privilege_name"] for each in content if isinstance(each.get("privilege_name"), str))

    def put_contact(self, contact_id: str, body: JSON) -> JSON:
        """Replace a contact and return it as Constant Contact now holds it.

        ``body`` is the whole contact: a core value left out becomes null, a subresource left out is kept. A
        deleted contact comes back when ``update_source`` is "Account". Raises Rejected, LinkExpired, Forbidden,
        NotFound, Conflict, Throttled, QuotaSpent or NotSent when it surely was not done; NoAnswer, Unavailable
        or Unreadable when it may have been. Source: CC reference, section 11.
        """
        request = Request("PUT", "/contacts/{id}", body=body, identifier=contact_id)
        return _same_contact(self._send(request), request)

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact: it loses its lists and is hidden, its address stays taken (CC reference, section 11)."""
        self._send(Request("DELETE", "/contacts/{id}", identifier=contact_id), readable=False)

    def resubscribe(self, contact_id: str, list_ids: Iterable[str]) -> None:
        """Have the one confirmation mail sent that a contact ever gets (CC reference, section 12).

        Raises Conflict when it was sent before. The answer's body is described nowhere and not read.
        """
        body = {"list_ids": list(list_ids)}
        request = Request("PUT", "/contacts/resubscribe/{id}", body=body, identifier=contact_id)
        self._send(request, readable=False)

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
        if request.method == "GET":
            return exchange(self._reading, "GET", url, limits=self._limits, **parts)
        with new_session(self._base_url) as own_connection:
            return exchange(own_connection, request.method, url, limits=self._limits, **parts)


def _object(content: Any, *, method: str = "GET") -> JSON:
    if not isinstance(content, dict):
        raise Unreadable("no object", method=method)
    return content


def _same_contact(content: Any, request: Request) -> JSON:
    """The contact that was asked for. Another one's data under this id would be written back to the wrong person."""
    contact = _object(content, method=request.method)
    if str(contact.get("contact_id")).lower() != request.identifier.lower():
        raise Unreadable("another contact", method=request.method)
    return contact


def _address(contact: JSON) -> str:
    email = contact.get("email_address")
    return str(email.get("address", "")).strip().casefold() if isinstance(email, dict) else ""


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("Constant Contact is asked for aware times only.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
