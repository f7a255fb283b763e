"""What counting for the reports reads: pieces of indexes, never all that there is, on either database."""

import pytest
from django.db import connection
from django.db.models import Count
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import mirror
from contacts.mirror import reckoning
from contacts.models import Contact, ContactEvent, ListMonth, Membership
from contacts.models.joining import Joined
from contacts.selectors import reports
from tests.deleted_rig import QUARTER, TUESDAY, Place
from tests.rows import make_access

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    found = Place()
    gone = found.delete(found.store(300))
    found.revive(gone[:2], seen_at=TUESDAY + 2 * QUARTER)
    found.store(3, since=TUESDAY, seen_at=TUESDAY + QUARTER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # So few rows are read at once otherwise, whatever indexes there are.
            cursor.execute("SET LOCAL enable_seqscan = off")
    return found


def plans(work):
    """How the database goes about each query of this work."""
    with CaptureQueriesContext(connection) as queries:
        work()
    told = []
    for each in queries.captured_queries:
        if each["sql"].startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
                cursor.execute(f"{explain} {each['sql']}")
                told.append("\n".join(str(row) for row in cursor.fetchall()))
    return told


def takes(plan, index):
    """Whether a piece of the index is read; PostgreSQL may take another one for so few rows, but never all of them."""
    return index in plan if connection.vendor == "sqlite" else "Seq Scan" not in plan


def test_only_those_who_came_back_are_looked_at_for_what_became_of_the_deleted(place):
    assert ContactEvent.objects.exclude(was_deleted_on=None).count() == 2
    *hidden, back, _ = plans(lambda: reckoning._count_deletions(place.account))
    assert hidden
    assert all(takes(each, "ghosts_by") for each in hidden)
    assert "events_of_return" in back


def test_only_who_joined_and_left_in_a_month_is_looked_at(place):
    began, ended = plans(lambda: list(reckoning._moves(place.account, TUESDAY, TUESDAY + 2 * QUARTER)))
    assert "joins_by_list" in began
    assert takes(ended, "members_by_list")
    # Also with values that the database learns only when it runs the query.
    lists = place.account.contactlist_set.values("pk")
    rows = Membership.objects.filter(Joined(), list__in=lists, began_at__gte=TUESDAY).order_by()
    assert "joins_by_list" in rows.values("list").annotate(number=Count("pk")).explain()


def test_who_was_there_when_we_first_looked_takes_no_room_in_the_index_of_joins(place):
    joined = Membership.objects.filter(Joined())
    assert 0 < joined.count() < Membership.objects.count() / 10


def test_a_page_reads_no_contact_no_stay_and_no_event(place):
    user = make_access(place.account, "manager").user
    mirror.count_reports(place.account)
    mirror.keep_day(place.account, {"active": 3}, at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        reports.reports(place.account, user=user, role="manager", query=QueryDict("days=all&lists=all&on=2026-11-17"))
    [query] = queries.captured_queries
    for model in (Contact, Membership, ContactEvent):
        assert f'"{model._meta.db_table}"' not in query["sql"]


def test_counting_again_writes_the_same_numbers(place):
    mirror.count_reports(place.account)
    first = list(ListMonth.objects.order_by("pk").values())
    mirror.count_reports(place.account)
    assert list(ListMonth.objects.order_by("pk").values()) == first
