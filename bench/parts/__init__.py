"""The parts of a run, by the names that ``--part`` takes, in the order in which they are measured.

Each takes the course and yields what was measured. The first databases and pages of one part are used by the next.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.course import Course
from bench.measure import Series
from bench.parts import cold, export, history, ingest, job, limited, limiter, load, pages
from bench.place import Stopped

STOPPED = "The rest of it"


@dataclass(frozen=True)
class Part:
    """``goals`` are the numbers of those that it measures."""

    measure: Callable[[Course], Iterable[Series]]
    goals: tuple[str, ...]


PARTS = {
    "sync": Part(limited.measure, ("P1",)),
    "ingest": Part(ingest.measure, ("P2", "P3", "P4", "P5")),
    "pages": Part(pages.measure, ("P6",)),
    "history": Part(history.measure, ("P7",)),
    "limiter": Part(limiter.measure, ("P8",)),
    "load": Part(load.measure, ("P9",)),
    "job": Part(job.measure, ("P10",)),
    "export": Part(export.measure, ("P11",)),
    "cold": Part(cold.measure, ("P12",)),
}


def measured(name: str, course: Course) -> list[Series]:
    """What the part measured. When it stopped on its way: what it had, and why, for each of its goals."""
    found: list[Series] = []
    try:
        found.extend(PARTS[name].measure(course))
    except (Stopped, OSError) as reason:
        found += [Series(STOPPED, 0, "", [], goal=each, why=f"it stopped: {reason}") for each in PARTS[name].goals]
    return found
