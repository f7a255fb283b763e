"""P10: the big job of the story, on an account of the story's size, each time a new one."""

from collections.abc import Iterator

from bench.course import Course
from bench.measure import Series

STORY = 4_000


def measure(course: Course) -> Iterator[Series]:
    for _ in range(course.waiting_rounds):
        for name in course.databases:
            with course.own_emulator(STORY) as emulator, course.passing(name, emulator) as here:
                here.run("sync", "whole_first")
                here.run("jobs", "crowd")
                emulator.limit(4, latency_ms=100)
                here.use(emulator, calls_per_second=4)
                yield from here.run("jobs", "bring_back", "answers in 100 ms")
                emulator.limit(None)
                here.use(emulator)
                here.run("sync", "whole")
                yield from here.run("truth", "compare")
