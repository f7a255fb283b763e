"""What a line of the log belongs to: a request by its number, or a task with its job, run and account.

Kept beside the code that runs, so nobody hands it on: whoever writes a line, also a library, writes it about this.
Only numbers and tokens are kept, never a name. A new thread begins with nothing; ``contextvars.copy_context().run``
takes it along.
"""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

type Ids = Mapping[str, str | int]

NOTHING: Final[Ids] = MappingProxyType({})
#: What a proxy may call a request: nothing that could be an address, a line of its own, or a markup.
HARMLESS: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}")

_now: ContextVar[Ids] = ContextVar("trace", default=NOTHING)


def now() -> Ids:
    """What is under way in this thread, by kind: ``request``, ``task``, ``run``, ``job``, ``account`` and so on."""
    return _now.get()


def words() -> str:
    """The same for a line: ``task=walk run=7``, or ""."""
    return " ".join(f"{kind}={value}" for kind, value in now().items())


def number() -> str:
    """The number of the request under way, or "" outside of one."""
    return str(now().get("request", ""))


def new_number() -> str:
    """A number for one request that nobody else has: 12 hex digits, short enough to be read out on the telephone."""
    return secrets.token_hex(6).upper()


def begin(**ids: str | int) -> None:
    """From here on this thread works on something else, until ``end``."""
    _now.set(MappingProxyType(ids))


def end() -> None:
    """What was under way is over."""
    _now.set(NOTHING)


class about:
    """What happens inside is about these as well. What is raised takes a note of them along, for whoever logs it."""

    def __init__(self, **ids: str | int) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        self._token = _now.set(MappingProxyType({**now(), **self._ids}))

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        if problem is not None:
            problem.add_note(words())
        _now.reset(self._token)
