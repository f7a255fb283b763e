"""One run of the benchmarks: what was asked for, and what its parts share."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Series
from bench.place import DATABASES, Databases, Place, remove
from bench.report import say
from bench.sources import Emulator, Source, generated, record, recorded
from tools.postgres import NoPostgres

SEED = 2026


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asked for. ``sizes`` are numbers of contacts, in rising order."""

    sizes: tuple[int, ...]
    rounds: int
    short: bool = False
    databases: tuple[str, ...] = ("SQLite", "PostgreSQL")
    suite: bool = False
    suite_log: Path | None = None


@dataclass
class Mirrored:
    """An installation that holds the whole account of an emulator, with no limit on either side."""

    place: Place
    emulator: Emulator


@dataclass
class Course:
    """Databases, emulators and recorded pages, made when they are first needed and kept for the parts that follow."""

    wish: Wish
    stack: ExitStack
    databases: dict[str, Databases] = field(default_factory=dict)
    _emulators: dict[int, Emulator] = field(default_factory=dict)
    _mirrored: dict[tuple[str, int], Mirrored] = field(default_factory=dict)

    def emulator(self, size: int) -> Emulator:
        """One with so many contacts; the parts that change more than names take ``own_emulator`` instead."""
        if size not in self._emulators:
            self._emulators[size] = self.stack.enter_context(generated(size, seed=SEED))
        self._emulators[size].limit(None)
        return self._emulators[size]

    @contextmanager
    def own_emulator(self, size: int) -> Iterator[Emulator]:
        with generated(size, seed=SEED) as emulator:
            yield emulator

    @contextmanager
    def pages(self, size: int) -> Iterator[Source]:
        """The answers of that emulator as they are now, out of files that are gone afterwards."""
        emulator = self.emulator(size)
        with tempfile.TemporaryDirectory(prefix="ccadmin-bench-") as folder:
            room = record(emulator, Path(folder))
            say(f"Recorded {size:,} contacts, {room / 2**20:,.0f} MB of answers.")
            with recorded(Path(folder), like=emulator) as source:
                yield source

    def fresh(self, database: str, source: Source, *, calls_per_second: int | None = None) -> Place:
        """A new installation linked to this source."""
        return Place(self.databases[database](), source, name=database, calls_per_second=calls_per_second)

    @contextmanager
    def passing(self, database: str, source: Source, *, calls_per_second: int | None = None) -> Iterator[Place]:
        """The same, removed again."""
        place = self.fresh(database, source, calls_per_second=calls_per_second)
        try:
            yield place
        finally:
            remove(place.env["DATABASE_URL"])

    def mirrored(self, database: str, size: int) -> Mirrored:
        """The installation that a part before has kept, else a new one."""
        if (database, size) not in self._mirrored:
            emulator = self.emulator(size)
            place = self.fresh(database, emulator)
            place.run("sync", "first")
            self._mirrored[database, size] = Mirrored(place, emulator)
        found = self._mirrored[database, size]
        found.emulator.limit(None)
        return found

    def keep(self, database: str, size: int, place: Place) -> None:
        """What this place holds is what the emulator of that size holds."""
        place.use(self.emulator(size))
        self._mirrored[database, size] = Mirrored(place, self.emulator(size))

    @property
    def page_sizes(self) -> tuple[int, ...]:
        """The sizes that pages are measured at: of a short run the largest alone."""
        return self.wish.sizes[-1:] if self.wish.short else self.wish.sizes

    @property
    def waiting_rounds(self) -> int:
        """How often to measure what takes long for what it says: once in a short run."""
        return 1 if self.wish.short else self.wish.rounds

    @property
    def usual(self) -> int:
        """The size for what is measured at one size only: 100,000 where so many were asked for."""
        return min(100_000, self.wish.sizes[-1])


@contextmanager
def course(wish: Wish) -> Iterator[tuple[Course, list[Series]]]:
    """The course, and a series without values for each database that cannot be had here."""
    with ExitStack() as stack:
        found, left_out = Course(wish, stack), []
        for name in wish.databases:
            try:
                found.databases[name] = stack.enter_context(DATABASES[name]())
            except NoPostgres as reason:
                left_out.append(Series("Everything on it", 0, "", [], database=name, why=str(reason)))
        yield found, left_out
