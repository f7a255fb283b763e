"""The emulated Constant Contact over HTTP, as one WSGI application."""

import json
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from emulator import errors, mischief
from emulator.endpoints import Call, Reply, Route, url_map
from emulator.faults import Fault, Faults
from emulator.held import HeldCalls
from emulator.limits import Limits
from emulator.log import RequestLog
from emulator.oauth import Grant, OAuth
from emulator.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

IN_PROCESS = "emulator.in_process"


class Emulator:
    """API, authorization host and (when ``control`` is true) control door behind one address.

    The order of a call is the recorded one: routing, then authentication, then limits, then rights (CC reference,
    sections 5 and 6). ``latency`` is added to every answer, in seconds; ``pause`` is how the emulator waits.
    """

    def __init__(
        self,
        state: State,
        oauth: OAuth,
        limits: Limits,
        log: RequestLog,
        *,
        control: Callable[["Emulator", Request], Response] | None = None,
        latency: float = 0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.state = state
        self.oauth = oauth
        self.limits = limits
        self.log = log
        self.faults = Faults()
        self.held = HeldCalls()
        self.latency = latency
        self.pause = pause
        self._control = control
        self._map = url_map()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.answer(request)
        except mischief.NoAnswer as silence:
            if environ.get(IN_PROCESS):
                raise
            self.pause(silence.seconds)
            raise mischief.Dropped("closed without an answer") from silence
        return response(environ, start_response)

    def answer(self, request: Request) -> Response:
        """The whole answer to one request. Raises NoAnswer or Dropped where a fault withholds it."""
        if request.path.startswith("/_control") and self._control is not None:
            return self._control(self, request)
        secret = request.path.startswith("/oauth2/")
        shown = _grant_type(request) if secret else request.get_data().decode("utf-8", "replace")
        number = self.log.begin(method=request.method, path=request.path, query=_query(request), body=shown)
        faults: list[Fault] = []
        status: int | None = None
        try:
            response = self._authorize(request, faults) if secret else self._respond(request, number, faults)
            status = response.status_code
        except errors.ApiError as problem:
            response = _shown(Reply(problem.status, problem.body, problem.headers))
            status = problem.status
        finally:
            self.log.end(number, status=status, fault=", ".join(each.kind for each in faults))
        return self._stamped(response)

    def perform(self, route: Route, call: Call) -> Reply:
        """Do what the call asks. Raises ApiError."""
        self.state.activities.settle()
        return route.answer(call)

    def _respond(self, request: Request, number: int, faults: list[Fault]) -> Response:
        """An API call; the faults that strike it are added to ``faults``, for the log."""
        if not request.path.startswith("/v3/"):
            raise errors.forbidden_gateway()
        if request.method == "OPTIONS":
            return _shown(Reply(200, {}))
        route, ids = self._route(request)
        grant = self._grant(request)
        self.log.name(number, account_id=grant.account_id, api_key=grant.client_id)
        self.limits.check(grant.client_id)
        call = self._call(request, number, grant, ids)
        self._strike(request, faults, passing=() if route.queues else mischief.FATES)
        return self._struck(route, replace(call, fate=mischief.fate(faults)), grant, faults)

    def _struck(self, route: Route, call: Call, grant: Grant, faults: list[Fault]) -> Response:
        """Handle the call between the faults that strike before it and those that strike after it."""
        for fault in faults:
            if fault.kind in mischief.INSTEAD:
                return mischief.INSTEAD[fault.kind](fault)
            if fault.kind in mischief.CHANGES and fault.when == "before":
                mischief.change(fault, call)
        _check_rights(route, grant)
        if later := next((each for each in faults if each.kind == mischief.LATER), None):
            self.held.add(lambda: self.perform(route, call), seconds=later.options.get("seconds"))
            raise mischief.NoAnswer(float(later.options.get("silence", 0)))
        response = _shown(self.perform(route, call))
        for fault in faults:
            if fault.kind in mischief.CHANGES and fault.when == "after":
                mischief.change(fault, call)
        for fault in faults:
            if fault.kind in mischief.AFTERWARDS:
                response = mischief.AFTERWARDS[fault.kind](fault, call, response)
        return response

    def _authorize(self, request: Request, faults: list[Fault]) -> Response:
        """The authorization host; of the faults those that answer instead, wait, or lose the answer."""
        self._strike(request, faults)
        for fault in faults:
            if fault.kind in mischief.INSTEAD:
                return mischief.INSTEAD[fault.kind](fault)
        response = self.oauth.handle(request)
        if any(each.kind == "answer_lost" for each in faults):
            raise mischief.Dropped("the token answer is lost")
        return response or Response(status=404)

    def _strike(self, request: Request, faults: list[Fault], *, passing: Collection[str] = ()) -> None:
        """Add the faults that strike this request, and wait as long as they and the latency ask.

        Those whose kind is in ``passing`` wait for another request.
        """
        query = _query(request)
        target = f"{request.path}?{query}" if query else request.path
        faults += self.faults.take(request.method, target, answering=mischief.ANSWERING, passing=passing)
        delays = [float(each.options.get("seconds", 1)) for each in faults if each.kind == mischief.DELAY]
        if seconds := self.latency + sum(delays):
            self.pause(seconds)

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        """Raises 404 for an unknown path and for a wrong method (section 5)."""
        try:
            route, ids = self._map.bind_to_environ(request.environ).match()
        except HTTPException as exc:
            raise errors.no_route() from exc
        return route, dict(ids)

    def _grant(self, request: Request) -> Grant:
        """Who calls. Raises the one 401 for everything that is wrong with the token (section 5)."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self.oauth.identify(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
        if grant is None:
            raise errors.unauthorized()
        return grant

    def _call(self, request: Request, number: int, grant: Grant, ids: dict[str, str]) -> Call:
        return Call(
            state=self.state,
            log=self.log,
            number=number,
            account_id=grant.account_id,
            privileges=tuple(grant.privileges),
            method=request.method,
            path=request.path,
            ids=ids,
            query=request.args,
            content_type=request.headers.get("Content-Type", ""),
            body=request.get_data(),
        )

    def _stamped(self, response: Response) -> Response:
        """The headers of the infrastructure and the emulator's time (section 4)."""
        response.headers["Date"] = http_date(self.state.clock.now())
        response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
        response.headers["x-amz-apigw-id"] = uuid.uuid4().hex[:15]
        if response.status_code >= 400:
            response.headers["x-amzn-ErrorType"] = f"Error{response.status_code}"
        return response


def _check_rights(route: Route, grant: Grant) -> None:
    """Scope and privilege; both are the same 403 (section 20, question 8)."""
    if route.scope and route.scope not in grant.scopes:
        raise errors.access_denied()
    if route.privilege and route.privilege not in grant.privileges:
        raise errors.access_denied()


def _shown(reply: Reply) -> Response:
    body = reply.body if isinstance(reply.body, bytes) else _dumped(reply.body)
    response = Response(b"" if reply.body is None else body, status=reply.status, headers=reply.headers)
    if reply.body is None:
        response.headers.pop("Content-Type", None)
    elif body is not reply.body:
        response.headers["Content-Type"] = "application/json;charset=UTF-8"
    return response


def _dumped(body: Any) -> bytes:
    """UTF-8, as the service sends it; escapes only where half a character has no UTF-8."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def _query(request: Request) -> str:
    """The query as the log may know it: a call to the authorization host can carry secrets there."""
    return "" if request.path.startswith("/oauth2/") else request.query_string.decode("latin-1")


def _grant_type(request: Request) -> str:
    """All that the log may know about a call to the authorization host."""
    try:
        kind = request.form.get("grant_type") or request.args.get("grant_type") or ""
    except HTTPException:
        return "unreadable form"
    return f"grant_type={kind}" if kind else ""
