"""Connections in a pool: a site and a worker with more threads than connections, and nothing that needs a session."""

import ast
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from ccadmin import env
from tests.scale_rig import END, Fleet, accounts

ROOT = Path(__file__).resolve().parent.parent
URL = "postgres://user:word@127.0.0.1:5432/name"
PAGES = ("/", "/a/shop-0/", "/a/shop-0/contacts/", "/a/shop-0/audit/")
POOL = 4
COUNT = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND pid <> pg_backend_pid()")
    print(cursor.fetchone()[0])
"""


def test_without_a_pool_each_thread_keeps_its_connection_for_a_while():
    given = env.database(URL, max_age=30)
    assert (given["CONN_MAX_AGE"], "pool" in given["OPTIONS"], given["DISABLE_SERVER_SIDE_CURSORS"]) == (
        30,
        False,
        False,
    )


@pytest.mark.parametrize("pool", [0, 6])
def test_no_query_is_compiled_before_it_runs_but_a_pooler_is_asked_for_nothing(pool):
    assert env.database(URL, pool=pool)["OPTIONS"]["options"] == "-c jit=off"
    assert "options" not in env.database(URL, pool=pool, behind_bouncer=True)["OPTIONS"]


def test_with_a_pool_no_thread_keeps_a_connection():
    given = env.database(URL, pool=6, max_age=30, behind_bouncer=True)
    assert given["CONN_MAX_AGE"] == 0
    assert given["OPTIONS"]["pool"]["max_size"] == 6
    assert given["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_pool_too_small_for_a_worker_is_refused_in_a_sentence():
    with pytest.raises(ImproperlyConfigured, match="at least 4"):
        env.database(URL, pool=2)


def test_sqlite_knows_no_pool(tmp_path):
    assert "pool" not in env.database(f"sqlite:///{tmp_path / 'x.sqlite3'}", pool=4)["OPTIONS"]


# What lives in one session of PostgreSQL, and is gone or somebody else's behind a pooler of transactions.
SESSION = r"pg_(try_)?advisory_lock|\bLISTEN\b|\bNOTIFY\b|\bSET\s+SESSION\b|\bTEMP(ORARY)?\s+TABLE\b|\bWITH\s+HOLD\b"


def test_no_statement_of_ours_leaves_anything_behind_in_a_session():
    for path in (*(ROOT / "contacts").rglob("*.py"), *(ROOT / "ccadmin").rglob("*.py")):
        texts = [each.value for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, ast.Constant)]
        assert not [each for each in texts if isinstance(each, str) and re.search(SESSION, each)], path


if connection.vendor == "postgresql":

    @pytest.mark.django_db
    def test_the_server_compiles_no_query_of_ours():
        with connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)

    @pytest.mark.django_db
    def test_a_site_and_a_worker_share_few_connections_among_many_threads():
        with accounts(1, contacts=600, per_second=1000) as (cc, given):
            fleet = Fleet(cc, given, per_second=1000, CCADMIN_DB_POOL=str(POOL))
            try:
                fleet.serve(1, threads=12)
                fleet.work()
                with ThreadPoolExecutor(12) as people:
                    answers = Counter(people.map(fleet.visit, PAGES * 15))
                fleet.until(lambda state: [each[2] for each in state["runs"]] == ["done"])
                held = fleet.installation.run(COUNT)
                assert fleet.end() == [0]
                end = fleet.installation.run(END)
                cc.app.limits.per_second = 0
                assert end["mirror"] == fleet.truth()
            finally:
                fleet.close()
        assert set(answers) == {200}
        assert held <= 2 * POOL, "one pool for the site, one for the worker"
