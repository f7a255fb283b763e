"""P11: what people take away as a file, at the largest size."""

from collections.abc import Iterator

from bench.course import Course
from bench.measure import Series


def measure(course: Course) -> Iterator[Series]:
    for name in course.databases:
        yield from course.mirrored(name, course.wish.sizes[-1]).place.run("exports", "people")
