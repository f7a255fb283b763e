"""P2 to P5: the first load beside raw SQL and dlt, re-syncs, memory and disk; all from the same prepared pages."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bench.course import SEED, Course
from bench.measure import Series, ratios
from bench.place import Place, remove
from bench.report import ROOT, say
from bench.sources import Source

OURS, RAW, DLT = "First load", "Raw SQL into the same tables", "dlt, merge on contact_id"
AGAIN = "Unchanged re-sync"
SMALLEST = 10_000


def measure(course: Course) -> Iterator[Series]:
    costs: dict[str, dict[int, list[float]]] = defaultdict(dict)
    for size in course.wish.sizes:
        whole = not course.wish.short or size == course.wish.sizes[-1]
        for each in _of_size(course, size) if whole else _only_ours(course, size):
            yield each
            if each.name == OURS:
                costs[each.database].setdefault(size, []).extend(1 / value for value in each.values)
    for name, by_size in costs.items():
        yield _cost(name, by_size)


def _of_size(course: Course, size: int) -> Iterator[Series]:
    found: dict[tuple[str, str], list[Series]] = defaultdict(list)
    kept: dict[str, Place] = {}
    with course.pages(size) as source:
        for turn in range(course.wish.rounds):
            for each in _turn(course, source, kept, turn):
                found[each.name, each.database].append(each)
                yield each
        for name in course.databases:
            for each in _again(course, kept[name]):
                found[each.name, each.database].append(each)
                yield each
    yield from _changes(course, kept, size)
    for name in course.databases:
        course.keep(name, size, kept[name])
        yield from _ratios(name, found)


def _only_ours(course: Course, size: int) -> Iterator[Series]:
    """Our first loads and nothing beside them, for what a contact costs at this size."""
    with course.pages(size) as source:
        for _ in range(course.wish.rounds):
            for name in course.databases:
                with course.passing(name, source) as place:
                    yield from place.run("sync", "first")


def _turn(course: Course, source: Source, kept: dict[str, Place], turn: int) -> Iterator[Series]:
    """Ours, the raw load and dlt after one another, each second time in reverse; our last place of each is kept."""
    for name in course.databases:
        deeds = [partial(_ours, course, source, kept, name), partial(_raw, course, source, name, turn)]
        if name == "PostgreSQL":
            deeds.append(partial(_dlt, course, source))
        for deed in deeds if turn % 2 == 0 else reversed(deeds):
            yield from deed()


def _ours(course: Course, source: Source, kept: dict[str, Place], name: str) -> list[Series]:
    if name in kept:
        remove(kept.pop(name).env["DATABASE_URL"])
    kept[name] = course.fresh(name, source)
    return kept[name].run("sync", "first")


def _raw(course: Course, source: Source, name: str, turn: int) -> list[Series]:
    """The first time it is looked whether it really leaves what we leave."""
    with course.passing(name, source) as place:
        loaded = place.run("raw", "load")
        if turn == 0:
            place.run("truth", "compare")
        return loaded


def _dlt(course: Course, source: Source) -> list[Series]:
    with course.passing("PostgreSQL", source) as place:
        command = [sys.executable, "-m", "bench.beside", source.base]
        done = subprocess.run(command, env=place.env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            return [Series(DLT, 0, "contacts/s", [], database="PostgreSQL", why="dlt did not end well", goal="P2 dlt")]
        told = json.loads(done.stdout.splitlines()[-1])
        say(f"dlt: {told['seconds']:.0f} s")
        pace = [told["contacts"] / told["seconds"]]
        return [Series(DLT, told["contacts"], "contacts/s", pace, {"MB": told["memory"]}, "PostgreSQL")]


def _again(course: Course, place: Place) -> Iterator[Series]:
    """The whole again, unchanged."""
    yield from place.run("truth", "compare")
    for _ in range(course.wish.rounds):
        yield from place.run("sync", "again")


def _changes(course: Course, kept: dict[str, Place], size: int) -> Iterator[Series]:
    """One contact in a hundred changes at the emulator, its pages are recorded anew, and every place reads them."""
    emulator = course.emulator(size)
    for turn in range(course.waiting_rounds):
        first = next(iter(kept.values()))
        first.use(emulator)
        first.run("truth", "change", f"{SEED}-{turn}", "0.01")
        with course.pages(size) as source:
            for place in kept.values():
                place.use(source)
                yield from place.run("sync", "changed")
                if turn == course.waiting_rounds - 1:
                    yield from place.run("truth", "compare")


def _ratios(name: str, found: dict[tuple[str, str], list[Series]]) -> Iterator[Series]:
    """Of figures that were measured in the same turn."""
    ours, raw, again = (found[each, name] for each in (OURS, RAW, AGAIN))
    yield ratios("First load against raw SQL", ours, raw, times=100, unit="%", goal="P2 raw")
    yield ratios("Unchanged re-sync against first load", again, ours, times=1, unit="times", goal="P3 pace")
    beside = [each for each in found[DLT, name] if each.values]
    if len(beside) == len(ours):
        yield ratios("First load against dlt", ours, beside, times=1, unit="times", goal="P2 dlt")


def _cost(name: str, by_size: dict[int, list[float]]) -> Series:
    """What a contact costs at the largest size against what it costs at 10,000."""
    sizes = sorted(by_size)
    blank = Series("Cost of a contact against 10,000", sizes[-1], "times", [], database=name, goal="P4 cost")
    if sizes[0] != SMALLEST or len(sizes) == 1:
        return replace(blank, why="it takes 10,000 and a larger size")
    small, large = by_size[sizes[0]], by_size[sizes[-1]]
    return replace(blank, values=[one / other for one, other in zip(large, small, strict=True)])
