"""What an error of the database says, from the drivers' own errors."""

import sqlite3

import pytest
from psycopg import errors

from contacts.rules.storage import Storage, why


def caught(statements):
    with sqlite3.connect(":memory:", timeout=0, isolation_level=None) as connection:
        try:
            for each in statements:
                connection.execute(each)
        except sqlite3.Error as problem:
            return problem
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["PRAGMA max_page_count = 2", "CREATE TABLE t (x)", "INSERT INTO t VALUES (zeroblob(9999))"], Storage.FULL),
        (["PRAGMA query_only = ON", "CREATE TABLE t (x)"], Storage.READ_ONLY),
        (["ATTACH '/nowhere/at/all.sqlite3' AS other"], Storage.AWAY),
        (["SELECT * FROM nothing"], None),
        (["CREATE TABLE t (x UNIQUE)", "INSERT INTO t VALUES (1), (1)"], None),
    ],
)
def test_sqlite_tells_by_its_result_code(statements, found):
    assert why(caught(statements)) is found


@pytest.mark.parametrize(
    ("problem", "found"),
    [
        (errors.DiskFull(), Storage.FULL),
        (errors.ReadOnlySqlTransaction(), Storage.READ_ONLY),
        (errors.LockNotAvailable(), Storage.BUSY),
        (errors.QueryCanceled(), Storage.BUSY),
        (errors.DeadlockDetected(), Storage.BUSY),
        (errors.TooManyConnections(), Storage.BUSY),
        (errors.AdminShutdown(), Storage.AWAY),
        (errors.OperationalError("connection refused"), Storage.AWAY),
        (errors.InterfaceError("the connection is closed"), Storage.AWAY),
        (errors.IoError(), Storage.FAULTY),
        (errors.UniqueViolation(), None),
        (errors.ProgrammingError("no such thing"), None),
    ],
)
def test_postgresql_tells_by_its_state(problem, found):
    assert why(problem) is found


def test_the_cause_of_an_error_tells_too_and_a_fault_of_ours_says_nothing():
    ours = ValueError("ours")
    assert why(ours) is None and why(None) is None
    ours.__cause__ = errors.DiskFull()
    assert why(ours) is Storage.FULL


def test_every_trouble_has_one_or_two_sentences_and_only_those_that_last_leave_a_banner():
    assert all(each.value.endswith(".") for each in Storage)
    assert {each for each in Storage if not each.lasts} == {Storage.BUSY, Storage.AWAY}
