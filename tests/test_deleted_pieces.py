"""Every deleted contact is in exactly one piece, and it is the one where a plan would put them."""

import itertools
import uuid

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from contacts.models import Contact, Job
from contacts.rules.plan import Reason
from contacts.selectors.deleted import SORTS, TABS, matching
from contacts.selectors.pieces import CONDITIONS, Piece, counted, to_count
from contacts.services import jobs
from tests.deleted_rig import Place
from tests.rows import make_access, make_remote

pytestmark = pytest.mark.django_db
BY_REASON = {
    Reason.UNKNOWN_LISTS: Piece.UNKNOWN,
    Reason.LISTS_GONE: Piece.CHOICE,
    Reason.NO_LISTS: Piece.CHOICE,
    Reason.OPTED_OUT: Piece.OPTED_OUT,
    Reason.BY_ACCOUNT: Piece.OPTED_OUT,
    Reason.AWAITING: Piece.OTHER,
    Reason.HOLD: Piece.OTHER,
    Reason.NO_ADDRESS: Piece.OTHER,
    Reason.ODD: Piece.OTHER,
}
TOKEN = uuid.UUID("7d1f5f5e-0000-4000-8000-000000000003")
PERMISSIONS = ("explicit", "implicit", "not_set", "unsubscribed", "pending_confirmation", "temp_hold", "strange", "")


@pytest.fixture
def place():
    return Place(lists=("Newsletter", "Summer 2024"))


def one_of_each(place):
    """People with every kind of consent and of former lists; the second list is gone by now."""
    newsletter, summer = place.lists
    for lists in ([newsletter], [newsletter, summer], [summer], []):
        place.delete(place.store(2, lists=lists))
    place.delete([make_remote("unseen@example.org")])
    summer.gone_at = timezone.now()
    summer.save()
    known = place.delete(place.store(len(PERMISSIONS) * 16))
    rows = Contact.objects.filter(remote_id__in=[each["contact_id"] for each in known]).order_by("pk")
    now = timezone.now()
    facts = itertools.product(PERMISSIONS, ("", "Contact"), (None, now), (None, now.date()), ("off", "pending"))
    for row, (permission, source, at, once, confirm) in zip(rows, facts, strict=True):
        Contact.objects.filter(pk=row.pk).update(
            permission=permission, opt_out_source=source, opt_out_at=at, once_opted_out=once, confirm_status=confirm
        )
    nameless = place.delete(place.store(1))
    Contact.objects.filter(remote_id=nameless[0]["contact_id"]).update(address="", address_key="")


def test_everybody_is_in_exactly_one_piece(place):
    one_of_each(place)
    hidden = Contact.objects.filter(account=place.account).ghosts()
    pks = [pk for condition in CONDITIONS.values() for pk in hidden.filter(condition).values_list("pk", flat=True)]
    assert sorted(pks) == sorted(hidden.values_list("pk", flat=True))


def test_the_numbers_add_up_and_each_is_as_large_as_its_rows(place):
    one_of_each(place)
    hidden = Contact.objects.filter(account=place.account).ghosts()
    found = counted(to_count(hidden))
    assert sum(found.values()) == hidden.count()
    assert found == {piece: hidden.filter(condition).count() for piece, condition in CONDITIONS.items()}
    assert all(found.values())


def test_a_plan_puts_everybody_where_the_page_said(place):
    one_of_each(place)
    hidden = Contact.objects.filter(account=place.account).ghosts()
    said = {
        pk: piece
        for piece, condition in CONDITIONS.items()
        for pk in hidden.filter(condition).values_list("pk", flat=True)
    }
    manager = make_access(place.account, "manager").user
    job = jobs.freeze(place.account, Job.Kind.REACTIVATE, by=manager, contacts=hidden, chosen="All", token=TOKEN)
    planned = {
        item.contact_id: BY_REASON[item.reason] if item.reason else Piece.FEWER if item.fewer else Piece.KNOWN
        for item in job.items.all()
    }
    assert planned == said


@pytest.mark.parametrize("sort", ["-noticed", "address"])
@pytest.mark.parametrize("piece", Piece)
def test_the_page_of_a_kind_means_exactly_the_people_of_its_piece(place, piece, sort):
    one_of_each(place)
    reader = make_access(place.account, "manager").user
    hidden = Contact.objects.filter(account=place.account).ghosts()
    expected = set(hidden.filter(CONDITIONS[piece]).values_list("pk", flat=True))
    for name in ("kind", "tab") if piece in TABS else ("kind",):
        query = QueryDict(f"{name}={piece.value}&sort={sort}")
        found = matching(place.account, user=reader, query=query, text="").values_list("pk", flat=True)
        assert set(found) == expected and expected


@pytest.mark.parametrize("sort", ["-noticed", "address"])
@pytest.mark.parametrize("piece", [Piece.OPTED_OUT, Piece.UNKNOWN])
def test_a_tab_is_read_along_an_index_of_its_own(place, piece, sort):
    one_of_each(place)
    reader = make_access(place.account, "manager").user
    query = QueryDict(f"tab={piece.value}&sort={sort}")
    rows = matching(place.account, user=reader, query=query, text="").order_by(*SORTS[sort])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are read sooner without any index.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert "ghosts_by_consent" in rows.values("pk")[:51].explain()
