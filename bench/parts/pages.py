"""P6: every page of people at every size, the acts behind them, and the run for changes between."""

from collections.abc import Iterator

from bench.course import SEED, Course
from bench.measure import Series


def measure(course: Course) -> Iterator[Series]:
    for size in course.page_sizes:
        for name in course.databases:
            here = course.mirrored(name, size).place
            yield from here.run("pages", "every_page", str(SEED))
        yield from _changes(course, size)
        for name in course.databases:
            here = course.mirrored(name, size).place
            yield from here.run("acts", "every_act", str(SEED))
            # The other databases have yet to hear of what was brought back.
            for other in course.databases:
                course.mirrored(other, size).place.run("sync", "changes")
            yield from here.run("truth", "compare")


def _changes(course: Course, size: int) -> Iterator[Series]:
    """What the clock does every quarter of an hour, after one contact in a hundred changed."""
    for turn in range(course.waiting_rounds):
        places = [course.mirrored(name, size).place for name in course.databases]
        places[0].run("truth", "change", f"{SEED}-changes-{turn}", "0.01")
        for here in places:
            yield from here.run("sync", "changes")
