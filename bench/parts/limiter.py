"""P8: four processes share one key. What left when is read from the emulator's log, not from our own count."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.course import Course
from bench.measure import Series
from bench.place import Place, Stopped
from bench.sources import Emulator

FEW = 5_000
PROCESSES = ("person", "person", "background", "background")
CALLS_PER_SECOND = 4
PATH = "/v3/contacts/counts"
START_LINE, GO = "start-line", "go"


def measure(course: Course) -> Iterator[Series]:
    seconds = 15 if course.wish.short else 30
    with course.own_emulator(FEW) as emulator:
        for _ in range(course.waiting_rounds):
            for name in course.databases:
                with course.passing(name, emulator, calls_per_second=CALLS_PER_SECOND) as place:
                    place.run("limiter", "prepare")
                    yield replace(_together(place, emulator, seconds), database=name)


def _together(place: Place, emulator: Emulator, seconds: int) -> Series:
    emulator.limit(CALLS_PER_SECOND)
    emulator.forget_log()
    line = Path(place.env["CCADMIN_VAR"], START_LINE)
    running = [
        place.start("limiter", "call", whose, str(number), str(seconds)) for number, whose in enumerate(PROCESSES)
    ]
    while len(list(line.iterdir())) < len(running) and all(each.poll() is None for each in running):
        time.sleep(0.05)
    Path(line, GO).touch()
    told = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise Stopped("A process of the limiter failed.")
    put_off = sum(json.loads(each)[0]["facts"]["put off"] for each in told)
    calls = emulator.calls(PATH)
    own = place.run("limiter", "counted")[0].median
    arrived = sorted(float(each["real"]) for each in calls)
    facts = {
        "seconds above 4": too_close(arrived, most=CALLS_PER_SECOND),
        "miscounted calls": abs(own - len(calls)),
        "refused": sum(each["status"] != 200 for each in calls),
        "put off": put_off,
        "calls": len(calls),
    }
    share = 100 * (len(arrived) - 1) / (arrived[-1] - arrived[0]) / CALLS_PER_SECOND
    return Series("Four processes at 4 calls/s", 0, "% of 4/s", [share], facts, goal="P8")


def too_close(arrived: list[float], *, most: int) -> int:
    """How many sliding seconds had more than ``most`` calls in them."""
    return sum(later - earlier < 1 for earlier, later in zip(arrived, arrived[most:], strict=False))
