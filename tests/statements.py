"""A worker that is killed at one of the statements it sends to the database, as far as a test's own process can be."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction


class Killed(Exception):
    """What stands for kill -9 here: it leaves the database as it is."""


def number_of(work):
    """How many statements the work sends from beginning to end."""
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return len(seen)


@contextmanager
def killed_after(number):
    """Whatever is done in here is killed after so many statements."""
    left = [number]

    def kill(execute, sql, params, many, context):
        left[0] -= 1
        # What a dead worker leaves open the database itself rolls back.
        if left[0] < 0 and not sql.startswith("ROLLBACK"):
            raise Killed
        return execute(sql, params, many, context)

    with pytest.raises(Killed), connection.execute_wrapper(kill):
        yield
    # Nothing was sent that could have failed: the test's own transaction is as good as before.
    transaction.set_rollback(False)
