"""The parts of a run, by the names that ``--part`` takes, in the order in which they are measured.

Each takes the course and yields what was measured. The first databases and pages of one part are used by the next.
"""

from collections.abc import Callable, Iterable

from bench.course import Course
from bench.measure import Series
from bench.parts import cold, export, history, ingest, job, limited, limiter, load, pages

type Part = Callable[[Course], Iterable[Series]]

PARTS: dict[str, Part] = {
    "sync": limited.measure,
    "ingest": ingest.measure,
    "pages": pages.measure,
    "history": history.measure,
    "limiter": limiter.measure,
    "load": load.measure,
    "job": job.measure,
    "export": export.measure,
    "cold": cold.measure,
}
