"""P7: the history with as many entries as the account has contacts, on an account of a few thousand people."""

from collections.abc import Iterator

from bench.course import SEED, Course
from bench.measure import Series

FEW = 5_000


def measure(course: Course) -> Iterator[Series]:
    emulator = course.emulator(FEW)
    for name in course.databases:
        for size in course.page_sizes:
            with course.passing(name, emulator) as here:
                here.run("sync", "whole_first")
                yield from here.run("history", "every_page", str(SEED), str(size))
                for form in ("csv", "jsonl"):
                    yield from here.run("exports", "history", form)
