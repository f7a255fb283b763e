"""``python -m emulator``: an imitation of Constant Contact's V3 API on this machine."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence

from emulator import generator, story
from emulator.assembly import CLIENT_ID, CLIENT_SECRET, Options, assemble, bearer
from emulator.server import Emulator
from emulator.serving import serve
from emulator.switches import Switches


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM. 0 when it ended as asked, 1 when it could not start."""
    given = command_line().parse_args(arguments)
    try:
        emulator = assemble(_options(given))
        _fill(emulator, given)
    except sqlite3.DatabaseError as exc:
        sys.stderr.write(f"The emulator cannot start: the data file {given.data} cannot be used: {exc}.\n")
        return 1
    except (ValueError, LookupError, story.OutOfOrder) as exc:
        sys.stderr.write(f"The emulator cannot start: {exc}\n")
        return 1
    try:
        server = serve(emulator, host=given.host, port=given.port)
    except OSError as exc:
        reason = os.strerror(exc.errno or 0).lower()
        sys.stderr.write(
            f"Port {given.port} on {given.host} cannot be used: {reason}."
            " End what uses it, or choose another with --port.\n"
        )
        return 1
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=server.shutdown).start())
    _tell(emulator, given.host, server.socket.getsockname()[1], control=given.control)
    server.serve_forever()
    server.server_close()
    emulator.state.db.close()
    return 0


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8765, help="port (default 8765; 0 takes any free one)")
    parser.add_argument("--data", default="memory", metavar="FILE", help='where to keep everything, or "memory"')
    _filling(parser)
    parser.add_argument("--put-mode", choices=("documented", "strict"), help="what a PUT leaves out: kept or nulled")
    parser.add_argument("--calls-per-second", type=int, default=4, metavar="N", help="0: no limit (default 4)")
    parser.add_argument("--calls-per-day", type=int, default=10_000, metavar="N", help="0: no limit (default 10000)")
    parser.add_argument("--latency", type=int, default=0, metavar="MS", help="milliseconds added to each answer")
    parser.add_argument(
        "--activity-seconds", type=_time, default=1.0, metavar="S", help="how long a bulk activity takes (default 1)"
    )
    parser.add_argument("--client-id", default=CLIENT_ID, metavar="UUID", help="the API key")
    parser.add_argument("--client-secret", default=CLIENT_SECRET, metavar="TEXT")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URL",
        help="may be repeated; none given: any on loopback",
    )
    parser.add_argument(
        "--long-lived", action="store_true", help="refresh tokens that stay the same (default: rotating)"
    )
    parser.add_argument("--control", action="store_true", help="open the control door at /_control")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"an open question answered otherwise; names: {', '.join(Switches().as_dict())}",
    )
    return parser


def _filling(parser: argparse.ArgumentParser) -> None:
    """What it holds in the beginning."""
    filling = parser.add_mutually_exclusive_group()
    filling.add_argument(
        "--story",
        nargs="?",
        const=story.CHAPTERS[0].name,
        choices=[each.name for each in story.CHAPTERS],
        help="the demo accounts, told up to this chapter (default: the first)",
    )
    filling.add_argument("--contacts", type=int, metavar="N", help="one account with N generated contacts")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which generated contacts (default 1)")


def _time(text: str) -> float:
    """Seconds, from none to a day. Raises ValueError."""
    if not 0 <= (seconds := float(text)) <= 86_400:
        raise ValueError(text)
    return seconds


def _options(given: argparse.Namespace) -> Options:
    """Raises ValueError for a switch without a value."""
    switches: dict[str, str | bool] = {}
    for each in given.switch:
        name, equals, value = each.partition("=")
        if not equals:
            raise ValueError(f"--switch {each} lacks its value: write {each}=VALUE.")
        switches[name] = value
    if given.put_mode:
        switches["put_mode"] = given.put_mode
    return Options(
        data=":memory:" if given.data == "memory" else given.data,
        calls_per_second=given.calls_per_second,
        calls_per_day=given.calls_per_day,
        latency_ms=given.latency,
        activity_seconds=given.activity_seconds,
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=tuple(given.redirect_uri),
        rotating=not given.long_lived,
        control=given.control,
        switches=switches,
    )


def _fill(emulator: Emulator, given: argparse.Namespace) -> None:
    """Put accounts in, unless the data file has some already."""
    if given.story:
        for user in story.USERS:
            emulator.oauth.add_user(user)
        names = [each.name for each in story.CHAPTERS]
        told = story.told(emulator.state)
        for name in names[names.index(told) + 1 if told else 0 : names.index(given.story) + 1]:
            story.play(emulator.state, name)
    elif not emulator.state.accounts.ids():
        generator.fill(emulator.state, given.contacts or 0, seed=given.seed)
        emulator.oauth.add_user(generator.OWNER)


def _tell(emulator: Emulator, host: str, port: int, *, control: bool) -> None:
    """Print what a client needs to reach the emulator."""
    base = f"http://{host}:{port}"
    told = [
        f"API base        {base}/v3",
        f"Authorize URL   {base}/oauth2/default/v1/authorize",
        f"Token URL       {base}/oauth2/default/v1/token",
        f"Client id       {emulator.oauth.application.client_id}",
        f"Client secret   {emulator.oauth.application.client_secret}",
    ]
    if control:
        told.append(f"Control door    {base}/_control")
    for account_id in emulator.state.accounts.ids():
        told.append(emulator.state.accounts.summary(account_id)["organization_name"])
        told.append(f"  account       {account_id}")
        told.append(f"  bearer        {bearer(emulator, account_id)}")
    told.append("Ready. Ctrl-C ends it.")
    sys.stdout.write("\n".join(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
