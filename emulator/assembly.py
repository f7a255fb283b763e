"""Putting an emulator together from a handful of options."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.clock import Clock
from emulator.control import control_door
from emulator.database import Database
from emulator.limits import Limits
from emulator.log import RequestLog
from emulator.oauth import Application, OAuth
from emulator.server import Emulator
from emulator.state import State
from emulator.switches import Switches

CLIENT_ID = "6f1d2c3b-0a4e-4f5d-9c8b-7a6e5d4c3b2a"
CLIENT_SECRET = "emulated-secret"  # noqa: S105 (opens nothing but this emulator)
SCOPES = ("contact_data", "account_read", "offline_access")


@dataclass(kw_only=True)
class Options:
    """What ``python -m emulator`` can be told, as values. ``data`` is a file or ":memory:"; limits of 0 are none."""

    data: str = ":memory:"
    calls_per_second: int = 4
    calls_per_day: int = 10_000
    latency_ms: int = 0
    activity_seconds: float = 1.0
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirect_uris: tuple[str, ...] = ()
    rotating: bool = True
    control: bool = False
    switches: dict[str, str | bool] = field(default_factory=dict)
    pause: Callable[[float], None] = time.sleep


def assemble(options: Options) -> Emulator:
    """An emulator without any account in it, unless ``data`` is a file that has some."""
    db, switches = Database(options.data), Switches()
    clock = Clock(db)
    for name, value in options.switches.items():
        switches.set(name, value)
    application = Application(
        client_id=options.client_id,
        client_secret=options.client_secret,
        redirect_uris=options.redirect_uris,
        rotating=options.rotating,
        limit_token_calls=options.calls_per_second > 0,
    )
    return Emulator(
        State(db, clock, switches, activity_seconds=options.activity_seconds),
        OAuth(db, clock, application),
        Limits(db, clock, switches, per_second=options.calls_per_second, per_day=options.calls_per_day),
        RequestLog(db, clock),
        control=control_door if options.control else None,
        latency=options.latency_ms / 1000,
        pause=options.pause,
    )


def bearer(emulator: Emulator, account_id: str, *, scopes: tuple[str, ...] = SCOPES) -> str:
    """A ready-made access token of the account's first user. Raises LookupError when it has none."""
    for user in emulator.oauth.grants.users():
        if user.account_id == account_id:
            token: str = emulator.oauth.issue(account_id, user.login, scopes)["access_token"]
            return token
    raise LookupError(f"the account {account_id} has no user")
