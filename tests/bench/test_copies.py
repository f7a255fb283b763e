"""A history that is longer than there is time to write, for the pages of the benchmarks."""

import pytest
from django.db import DatabaseError, connection, transaction

from bench.inside.copies import copy_up_to
from contacts import audit
from contacts.models import AuditEntry, AuditMark, AuditPayload
from tests.rows import make_account, make_user

pytestmark = pytest.mark.django_db


def test_a_history_is_copied_with_its_marks_its_payloads_and_its_order():
    account, user = make_account(), make_user()
    facts = audit.Facts(target="somebody", detail={"lists": ["a", "b"]})
    drafts = [audit.Draft("reactivate", AuditEntry.Outcome.DONE, {"note": "ticket"}, facts) for _ in range(5)]
    audit.record_all(drafts, by=user, account=account)
    marks = AuditMark.objects.count()
    assert (copy_up_to(18), AuditEntry.objects.count()) == (15, 20)
    assert (AuditMark.objects.count(), AuditPayload.objects.count()) == (4 * marks, 20)
    assert marks > 0
    in_time = list(AuditEntry.objects.order_by("at", "id").values_list("pk", flat=True))
    assert in_time == sorted(in_time)


def test_an_entry_can_be_replaced_as_little_afterwards_as_before():
    entry = audit.record("reactivate", AuditEntry.Outcome.DONE, by=make_user(), account=make_account())
    copy_up_to(2)
    columns = ", ".join(f'"{field.column}"' for field in AuditEntry._meta.concrete_fields)
    replace = f"INSERT OR REPLACE INTO contacts_auditentry ({columns}) SELECT {columns} FROM contacts_auditentry"
    statement = replace if connection.vendor == "sqlite" else "UPDATE contacts_auditentry SET actor = 'Somebody'"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE id = {entry.pk}")
