"""P1: how much of the API's own pace a sync keeps, with 4 calls a second allowed on both sides and slow answers."""

from collections.abc import Iterator

from bench.course import Course
from bench.measure import Series

LATENCIES = (100, 400, 800)
# Forty pages: long enough that the first and the last call do not decide.
SHORT = 20_000
#: A run takes as long as the API would: 50 s for 100,000 contacts.
LONGEST = 100_000


def measure(course: Course) -> Iterator[Series]:
    size = SHORT if course.wish.short else min(LONGEST, course.wish.sizes[-1])
    for latency in LATENCIES:
        for turn in range(course.waiting_rounds):
            names = list(course.databases)
            for name in names if turn % 2 == 0 else reversed(names):
                yield from _run(course, name, size, latency)


def _run(course: Course, name: str, size: int, latency: int) -> Iterator[Series]:
    emulator = course.emulator(size)
    with course.passing(name, emulator, calls_per_second=4) as place:
        emulator.limit(4, latency_ms=latency)
        yield from place.run("sync", "limited", str(latency))
        emulator.limit(None)
        # How long an answer took makes no difference to what is in it, but windows are read in another order.
        if latency in (LATENCIES[0], LATENCIES[-1]):
            yield from place.run("truth", "compare")
