"""The database and the clock under everything."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from emulator.clock import Clock
from emulator.database import Database

NOON = datetime(2026, 9, 2, 12, tzinfo=UTC)


@pytest.fixture
def db():
    made = Database()
    made.create("CREATE TABLE numbers (value INTEGER)")
    yield made
    made.close()


def values(db):
    return [row["value"] for row in db.rows("SELECT value FROM numbers ORDER BY value")]


def test_a_transaction_is_all_or_nothing(db):
    with pytest.raises(ZeroDivisionError), db.transaction() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (1)")
        _ = 1 / 0

    assert values(db) == []


def test_a_transaction_inside_another_joins_it(db):
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.execute("INSERT INTO numbers VALUES (1)")
        with db.transaction() as inner:
            inner.execute("INSERT INTO numbers VALUES (2)")
        _ = 1 / 0
    db.execute("INSERT INTO numbers VALUES (3)")

    assert values(db) == [3]


def test_threads_wait_for_each_other(db):
    db.execute("INSERT INTO numbers VALUES (0)")

    def count():
        for _ in range(50):
            with db.transaction() as cursor:
                value = cursor.execute("SELECT value FROM numbers").fetchone()["value"]
                cursor.execute("UPDATE numbers SET value = ?", (value + 1,))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert values(db) == [400]


def test_another_connection_sees_only_what_was_committed(tmp_path):
    path = str(tmp_path / "cc.db")
    first, second = Database(path), Database(path)
    first.create("CREATE TABLE numbers (value INTEGER)")
    with first.transaction() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (1)")
        assert values(second) == []

    assert values(second) == [1]


def test_a_set_clock_runs_on_and_a_frozen_one_stands(db):
    clock = Clock()
    clock.set(NOON)
    assert timedelta() <= clock.now() - NOON < timedelta(minutes=1)

    clock.freeze()
    stood = clock.now()
    assert clock.now() == stood
    clock.advance(timedelta(hours=1))
    assert clock.now() == stood + timedelta(hours=1)
    clock.thaw()
    assert not clock.frozen
    assert clock.now() >= stood + timedelta(hours=1)


def test_a_clock_remembers_in_its_database_how_it_was_set(db):
    clock = Clock(db)
    clock.set(NOON)
    clock.freeze()

    again = Clock(db)
    assert (again.now(), again.frozen) == (clock.now(), True)
    clock.reset()
    assert abs(Clock(db).now() - datetime.now(UTC)) < timedelta(minutes=1)
