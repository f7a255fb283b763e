"""P12: from the start of the web process to its first answer, and the time of the whole test suite."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from bench.course import Course
from bench.measure import Series
from bench.report import ROOT
from bench.serving import serving

FEW, STARTS = 5_000, 5
PART = re.compile(r"^=== .+: (\d+) s ===$", re.MULTILINE)


def measure(course: Course) -> Iterator[Series]:
    emulator = course.emulator(FEW)
    for name in course.databases:
        with course.passing(name, emulator) as place:
            starts = []
            # The first one, not counted, translates the code and fills the machine's file cache.
            for _ in range(1 + STARTS):
                with serving(place, worker=False) as (_, seconds):
                    starts.append(seconds)
            yield Series("Cold start of the site", 0, "s", starts[1:], database=name, goal="P12 start")
    yield _suite(course)


def _suite(course: Course) -> Series:
    """Run now, or taken from the output of another run; else not measured."""
    blank = Series("The whole test suite, both databases", 0, "minutes", [], goal="P12 suite")
    if course.wish.suite:
        began = time.monotonic()
        code = subprocess.run(
            [sys.executable, "-m", "tools.suite"], cwd=ROOT, stdout=sys.stderr, check=False
        ).returncode
        minutes = (time.monotonic() - began) / 60
        return Series(blank.name, 0, "minutes", [minutes], {"exit code": code}, goal=blank.goal)
    if course.wish.suite_log:
        seconds = sum(map(int, PART.findall(course.wish.suite_log.read_text())))
        return replace(blank, values=[seconds / 60])
    return replace(blank, why="it takes minutes; --suite runs it")
