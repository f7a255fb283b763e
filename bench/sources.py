"""Where the contacts come from: an emulator, or the pages it once gave, out of files."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench import still
from tests.emulation import Process, emulator_process

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60


@dataclass(frozen=True)
class Source:
    """An address that answers as Constant Contact does, and what an installation needs to be linked to it."""

    base: str
    account: str
    bearer: str

    def settings(self) -> dict[str, str]:
        """As environment variables."""
        return {
            "CC_API_BASE": f"{self.base}/v3",
            "CC_TOKEN_URL": f"{self.base}/oauth2/default/v1/token",
            "CC_CLIENT_ID": "6f1d2c3b-0a4e-4f5d-9c8b-7a6e5d4c3b2a",
            "CC_CLIENT_SECRET": "emulated-secret",
            "BENCH_SOURCE": self.base,
            "BENCH_BEARER": self.bearer,
            "BENCH_ACCOUNT": self.account,
        }


class Emulator(Source):
    """A running emulator and its control door."""

    def limit(self, calls_per_second: int | None, *, latency_ms: int = 0) -> None:
        """None is no limit, neither of a second nor of the day. Whatever was counted before is forgotten."""
        per_day = 10_000 if calls_per_second else 0
        self.order("limits", per_second=calls_per_second or 0, per_day=per_day, latency_ms=latency_ms, forget=True)

    def order(self, path: str, **order: object) -> None:
        requests.post(f"{self.base}/_control/{path}", json=order, timeout=SECONDS).raise_for_status()

    def calls(self, path: str) -> list[Mapping[str, float]]:
        """What the log holds of calls to this path, since it was emptied."""
        answer = requests.get(f"{self.base}/_control/log", params={"limit": 100_000}, timeout=SECONDS)
        answer.raise_for_status()
        return [each for each in answer.json()["requests"] if each["path"] == path]

    def forget_log(self) -> None:
        requests.delete(f"{self.base}/_control/log", timeout=SECONDS).raise_for_status()


@contextmanager
def generated(number: int, *, seed: int) -> Iterator[Emulator]:
    """An emulator in memory, in a process of its own, with so many generated contacts and no limit."""
    unlimited = ("--calls-per-second", "0", "--calls-per-day", "0")
    with emulator_process(":memory:", "--contacts", str(number), "--seed", str(seed), *unlimited) as process:
        yield _emulator(process)


def _emulator(process: Process) -> Emulator:
    return Emulator(process.base, process.account_id, process.bearer)


def record(source: Source, folder: Path) -> int:
    """Keep every answer that a full walk gets in ``folder``; how many bytes that are."""
    folder.mkdir(exist_ok=True)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {source.bearer}"
    return sum(_record(session, source.base, each, folder) for each in still.FIRST)


def _record(session: requests.Session, base: str, path: str, folder: Path) -> int:
    params: dict[str, str] | None = dict(still.FIRST[path])
    size = 0
    while params is not None:
        answer = session.get(f"{base}{path}", params=params, timeout=SECONDS)
        answer.raise_for_status()
        size += still.file_of(folder, path, params.get("cursor", "")).write_bytes(answer.content)
        cursor = still.cursor_in(answer.json())
        params = {"cursor": cursor} if cursor else None
    return size


@contextmanager
def recorded(folder: Path, *, like: Source) -> Iterator[Source]:
    """The answers in ``folder`` from a small server in a process of its own, which knows nothing else."""
    command = [sys.executable, "-m", "bench.still", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Source(f"http://127.0.0.1:{int(process.stdout.readline())}", like.account, like.bearer)
        finally:
            process.kill()
