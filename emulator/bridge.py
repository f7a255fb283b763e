"""The emulator without a socket: behind ``responses``, or any other stand-in for the transport of ``requests``."""

from typing import TYPE_CHECKING

import requests
from werkzeug.test import EnvironBuilder, run_wsgi_app

from emulator.mischief import Dropped, NoAnswer
from emulator.server import IN_PROCESS, Emulator

if TYPE_CHECKING:
    from requests import PreparedRequest


def answer(app: Emulator, request: "PreparedRequest") -> tuple[int, dict[str, str], bytes]:
    """What ``app`` answers: a callback for ``responses.add_callback`` once ``app`` is bound.

    Raises what requests would raise: ReadTimeout where the emulator keeps silent, ConnectionError where it hangs up,
    ChunkedEncodingError where the body ends too early.
    """
    body = request.body.encode() if isinstance(request.body, str) else request.body
    sent = list(request.headers.items())
    builder = EnvironBuilder(path=request.url or "/", method=request.method or "GET", headers=sent, data=body)
    environ = builder.get_environ()
    environ[IN_PROCESS] = True
    try:
        pieces, status, headers = run_wsgi_app(app, environ)
    except NoAnswer as exc:
        raise requests.ReadTimeout(str(exc)) from exc
    except Dropped as exc:
        raise requests.ConnectionError(str(exc)) from exc
    try:
        return int(status.split()[0]), dict(headers.items()), b"".join(pieces)
    except Dropped as exc:
        raise requests.exceptions.ChunkedEncodingError(str(exc)) from exc
