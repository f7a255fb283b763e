"""P9: 25 people click, a worker runs a full sweep and the big job, and the limits of the API are on."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bench import clicks
from bench.course import Course
from bench.measure import Series
from bench.place import Place
from bench.report import say
from bench.serving import log_of, serving

PEOPLE, GHOSTS = 25, 100
SHORT = 10_000


def measure(course: Course) -> Iterator[Series]:
    size, seconds = (SHORT, 20.0) if course.wish.short else (course.usual, 60.0)
    for name in course.databases:
        with course.own_emulator(size) as emulator, course.passing(name, emulator) as place:
            place.run("sync", "whole_first")
            place.run("jobs", "crowd")
            place.run("load", "people", str(PEOPLE), str(GHOSTS))
            place.run("load", "try_job")
            emulator.limit(4, latency_ms=100)
            place.use(emulator, calls_per_second=4)
            for each in _clicked(place, seconds):
                yield replace(each, database=name, size=size)
            emulator.limit(None)
            place.use(emulator)
            place.run("load", "finish")
            yield from place.run("truth", "compare")


def _clicked(place: Place, seconds: float) -> Iterator[Series]:
    targets: clicks.Targets = json.loads(Path(place.env["CCADMIN_VAR"], "targets.json").read_text())
    place.run("load", "order")
    before = _progress(place)
    with serving(place, worker=True) as (base, _):
        began = time.monotonic()
        sign_ins, seen = clicks.together(base, targets, seconds=seconds)
        took = time.monotonic() - began - sum(sign_ins) / 1000
    after = _progress(place)
    for error in sorted(set(seen.errors)):
        say(f"{place.name}, an answer that must not be: {error}")
    if seen.errors:
        say(log_of(place).read_text()[-4000:])
    yield Series("Sign-in before the clicking", 0, "ms", sign_ins)
    yield _all(seen, took)
    moved = {"sync pages": after["pages"] - before["pages"], "job calls": after["calls"] - before["calls"]}
    yield Series("Least of sync pages and job calls meanwhile", 0, "", [min(moved.values())], moved, goal="P9 progress")
    for what, times in seen.times.items():
        yield Series(f"Under load, {what}", 0, "ms", times)


def _all(seen: clicks.Seen, seconds: float) -> Series:
    name, every = f"{PEOPLE} people, every page over HTTP", seen.every
    found = Series(name, 0, "ms", every, goal="P9")
    facts = {"errors": len(seen.errors), "p99": found.percentile(99), "pages/s": len(every) / seconds}
    facts["reconnects"] = seen.reconnects
    return replace(found, facts=facts)


def _progress(place: Place) -> Mapping[str, float]:
    return place.run("load", "progress")[0].facts
