"""One request over the wire, with every limit that keeps a bad line from holding us.

The one question that matters afterwards is answered here: did the request surely not arrive (NotSent), or
may it have been carried out (NoAnswer)? When in doubt it is NoAnswer.
"""

import ipaddress
import logging
import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from contacts.api.answers import Answer
from contacts.api.errors import APIError, NoAnswer, NotSent, Unreadable

# Cloudflare in front of the token host refuses Python's own names (CC reference, section 3.11).
USER_AGENT = "ccadmin/0.1"
CHUNK = 65_536
UNPACKED_AT_ONCE, ERROR_BYTES = 2**20, 2**20
NEVER_LEFT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidJSONError,
)

# At DEBUG urllib3 writes whole URLs, and a URL may hold a person's address.
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, between two bytes, and in all; bytes of a body once it is decompressed."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 90.0
    size: int = 64 * 2**20


class Bearer(AuthBase):
    """The token on its way into one request. An auth object, because a header could be replaced from .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def checked_base(url: str, *, allow_loopback: bool) -> str:
    """The URL without a final slash. ValueError unless it is https, or loopback where that is allowed."""
    parts = urlsplit(url)
    plain = not (parts.username or parts.password or parts.query or parts.fragment) and bool(parts.hostname)
    safe = parts.scheme == "https" or (parts.scheme == "http" and allow_loopback and is_loopback(url))
    if not (plain and safe):
        raise ValueError("The address of Constant Contact starts with https:// and holds no user, query or fragment.")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """True for 127.0.0.0/8, ::1 and localhost."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def new_session(url: str) -> requests.Session:
    """A session that keeps no cookie and repeats nothing by itself.

    The machine's proxy and certificate settings are its administrator's decision and are followed (through a
    proxy the token stays inside TLS), but never for loopback, where a proxy only stands in the way.
    """
    session = requests.Session()
    session.trust_env = not is_loopback(url)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"})
    return session


def exchange(session: requests.Session, method: str, url: str, *, limits: Limits, **parts: Any) -> Answer:
    """Send one request, never follow a redirect, and read the whole answer.

    ``parts`` are those of requests: ``params``, ``json``, ``data``, ``auth``. Raises NotSent, NoAnswer, or
    Unreadable for a body that is too large or wrongly packed. A body that cannot be read under a 4xx or 5xx
    comes back empty, because the status alone decides there.
    """
    deadline = time.monotonic() + limits.total
    timeout = (limits.connect, limits.read)
    try:
        response = session.request(method, url, stream=True, allow_redirects=False, timeout=timeout, **parts)
    except requests.RequestException as problem:
        # "from None" here and below: the chained exceptions hold the URL, and the URL may hold an address.
        raise _unanswered(problem, method) from None
    with closing(response):
        try:
            body = _body(response, method=method, deadline=deadline, size=limits.size)
        except APIError:
            if response.status_code < 400:
                raise
            body = b""
        return Answer(response.status_code, response.headers, body)


@contextmanager
def downloading(
    session: requests.Session, url: str, *, limits: Limits, **parts: Any
) -> Iterator[tuple[Answer, Iterator[bytes]]]:
    """One GET whose body is given on piece by piece. Of a status that is no success the answer has the body itself.

    Raises NotSent, NoAnswer or Unreadable, also from the pieces.
    """
    deadline = time.monotonic() + limits.total
    timeout = (limits.connect, limits.read)
    try:
        response = session.request("GET", url, stream=True, allow_redirects=False, timeout=timeout, **parts)
    except requests.RequestException as problem:
        raise _unanswered(problem, "GET") from None
    with closing(response):
        is_file = 200 <= response.status_code < 300
        size = limits.size if is_file else ERROR_BYTES
        pieces = _unpacked(response, method="GET", deadline=deadline, size=size)
        try:
            body = b"" if is_file else b"".join(pieces)
        except APIError:
            body = b""
        yield Answer(response.status_code, response.headers, body), pieces


def _unanswered(problem: requests.RequestException, method: str) -> APIError:
    cause = getattr(problem.args[0], "reason", None) if problem.args else None
    # A refused certificate ends the handshake, so the request itself never left either.
    detail = cause.args[0] if isinstance(cause, Exception) and cause.args else None
    unconnected = isinstance(cause, NewConnectionError | ConnectTimeoutError)
    if isinstance(problem, NEVER_LEFT) or unconnected or isinstance(detail, ssl.SSLCertVerificationError):
        return NotSent(type(problem).__name__, method=method)
    return NoAnswer(type(problem).__name__, method=method)


def _body(response: requests.Response, *, method: str, deadline: float, size: int) -> bytes:
    return b"".join(_unpacked(response, method=method, deadline=deadline, size=size))


def _unpacked(response: requests.Response, *, method: str, deadline: float, size: int) -> Iterator[bytes]:
    """The decompressed body, piece by piece, so that neither a drip nor a bomb gets past the limits."""
    problem: dict[str, Any] = {"status": response.status_code, "method": method}
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in {"gzip", "identity", ""}:
        raise Unreadable(f"packed as {packed[:20]}", **problem)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed == "gzip" else None
    taken = 0
    try:
        for piece in _pieces(response, deadline):
            for part in _parts(unpack, piece, size=size) if unpack else (piece,):
                taken += len(part)
                if taken > size:
                    raise Unreadable("larger than we accept", **problem)
                yield part
    except (HTTPError, OSError) as broken:
        raise NoAnswer(type(broken).__name__, **problem) from None
    except zlib.error:
        raise Unreadable("wrongly packed", **problem) from None
    if unpack and taken and not unpack.eof:
        raise NoAnswer("cut short", **problem)


def _parts(unpack: Any, piece: bytes, *, size: int) -> Iterator[bytes]:
    """What one piece unpacks to, a megabyte at a time."""
    while piece:
        yield unpack.decompress(piece, min(size + 1, UNPACKED_AT_ONCE))
        piece = unpack.unconsumed_tail


def _pieces(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Whatever has arrived, as it arrives. ``read1`` asks the socket once; ``read`` would wait for a full piece."""
    while piece := response.raw.read1(CHUNK, decode_content=False):
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError
    response.raw.release_conn()
