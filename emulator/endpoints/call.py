"""One authenticated call and its answer, as the endpoints see them."""

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

from werkzeug.datastructures import MultiDict

from emulator.errors import JSON, invalid, unsupported_media_type
from emulator.log import RequestLog
from emulator.state import State


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that has passed routing, authentication, limits and rights.

    ``fate`` is what faults have in store for the activity it starts.
    """

    state: State
    log: RequestLog
    number: int
    account_id: str
    privileges: tuple[str, ...]
    method: str
    path: str
    ids: dict[str, str]
    query: MultiDict[str, str]
    content_type: str
    body: bytes
    fate: JSON = field(default_factory=dict)

    def json(self) -> Any:
        """The body. Raises 415 when it is not declared as JSON, 400 when it is not strict JSON (section 4)."""
        if self.content_type.split(";")[0].strip().lower() != "application/json":
            raise unsupported_media_type()
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as exc:
            raise invalid("the request body is not valid JSON") from exc


@dataclass(frozen=True)
class Reply:
    """Status, JSON body (None: no body at all; bytes: sent as they are) and extra headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def collection(name: str, items: list[JSON], *, count: tuple[str, int] | None = None, link: str | None = None) -> Reply:
    """One page: the collection first, then the count, then ``_links``, {} on the last page (section 7)."""
    body: JSON = {name: items}
    if count is not None:
        body[count[0]] = count[1]
    body["_links"] = {"next": {"href": link}} if link else {}
    return Reply(200, body)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
