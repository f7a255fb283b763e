"""P11: what people take away as a file, and the check of a file that they bring, at the largest size."""

from collections.abc import Iterator

from bench.course import Course
from bench.measure import Series


def measure(course: Course) -> Iterator[Series]:
    for name in course.databases:
        here = course.mirrored(name, course.wish.sizes[-1]).place
        # Each in a process of its own, because each is asked for its memory.
        for columns in ("usual", "every"):
            yield from here.run("exports", "people", columns)
        yield from here.run("exports", "file")
