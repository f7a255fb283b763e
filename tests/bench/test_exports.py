"""What the benchmarks say of files that people take away and bring, on an account of three."""

import pytest
from django.utils import timezone

from bench.inside import exports
from bench.measure import CPU
from contacts import mirror
from contacts.models import AuditEntry, ContactFile
from tests.rows import make_account, make_remote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three():
    account, now = make_account(synced_at=timezone.now()), timezone.now()
    for name in ("maeve", "brian", "conor"):
        mirror.store_contact(account, make_remote(f"{name}@example.org"), fetched_at=now, seen_at=now)


def test_every_column_is_measured_beside_the_usual_ones_and_is_more():
    usual, every = (exports.people(columns)[0] for columns in ("usual", "every"))
    assert (usual.name, usual.size, usual.unit) == ("Export of contacts, usual columns", 3, "rows/s")
    assert usual.facts["bytes a row"] < every.facts["bytes a row"]
    assert {"MB", "rows/s by CPU", CPU} <= every.facts.keys()
    ends = AuditEntry.objects.filter(action="export", outcome="done").values_list("detail__rows", flat=True)
    assert list(ends) == [3, 3]


def test_a_file_with_a_row_for_each_contact_is_read_to_its_end():
    [checked] = exports.file()
    file = ContactFile.objects.get()
    assert (file.state, file.rows, checked.size) == ("ready", 3, 3)
    assert {"MB", "rows/s by CPU"} <= checked.facts.keys()
