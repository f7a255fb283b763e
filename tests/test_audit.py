"""The history: a chain that can be added to, never changed, and that shows every tampering."""

import json
import zlib

import pytest
from django.db import DatabaseError, connection, transaction

from contacts import audit
from contacts.models import AuditChain, AuditEntry, AuditPayload, LinkedAccount
from tests.rows import make_access, make_account, make_user
from tests.tampering import sql, without_triggers

pytestmark = pytest.mark.django_db
DONE = AuditEntry.Outcome.DONE


def a_chain(length=4):
    account = make_account()
    by = make_access(account, "manager").user
    for number in range(length):
        audit.record("reactivate", DONE, by=by, account=account, payload={"address": f"p{number}@example.org"})
    return AuditChain.objects.get(name=f"account-{account.pk}")


def test_a_chain_counts_without_gaps_and_verifies():
    chain = a_chain(3)
    assert list(chain.entries.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3]
    assert audit.verify(chain) is None


def test_each_account_has_a_chain_of_its_own_beside_the_one_of_the_installation():
    first, second = make_account(), make_account()
    for account in (first, second, None, first):
        audit.record("link", DONE, by=None, account=account)
    assert dict(AuditChain.objects.values_list("name", "sequence")) == {
        f"account-{first.pk}": 2,
        f"account-{second.pk}": 1,
        "installation": 1,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contacts_auditentry SET actor = 'someone else'",
        "DELETE FROM contacts_auditpayload; DELETE FROM contacts_auditentry",
        "DELETE FROM contacts_auditentry",
        "UPDATE contacts_auditpayload SET salt = body",
    ],
)
def test_the_database_itself_refuses_to_change_history(statement):
    a_chain(1)
    for part in statement.split(";")[-1:]:
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(part)
    assert AuditEntry.objects.count() == 1


if connection.vendor == "sqlite":  # the only one of the two that has INSERT OR REPLACE

    def test_a_replace_is_refused_like_any_other_change():
        a_chain(1)
        with pytest.raises(DatabaseError), transaction.atomic():
            sql("INSERT OR REPLACE INTO contacts_auditentry SELECT * FROM contacts_auditentry")


def test_a_clear_entry_holds_no_personal_value():
    chain = a_chain(1)
    row = AuditEntry.objects.filter(chain=chain).values().get()
    assert "p0@example.org" not in json.dumps(row, default=str)
    assert chain.entries.get().told() == {"address": "p0@example.org"}


def test_erasing_a_payload_leaves_a_chain_that_verifies_when_an_entry_says_why():
    chain = a_chain(2)
    account = LinkedAccount.objects.get(pk=int(chain.name.removeprefix("account-")))
    AuditPayload.objects.filter(entry__chain=chain, entry__sequence=1).delete()
    audit.record("erase", DONE, by=None, account=account, detail={"sequences": [[1, 1]]})
    assert audit.verify(chain) is None
    assert chain.entries.get(sequence=1).told() is None


@pytest.mark.parametrize(
    ("tampering", "number"),
    [
        ("UPDATE contacts_auditentry SET reason = 'nicer' WHERE sequence = 2", 2),
        ("UPDATE contacts_auditentry SET outcome = 'refused' WHERE sequence = 4", 4),
        ("DELETE FROM contacts_auditentry WHERE sequence = 3", 3),
        ("UPDATE contacts_auditentry SET sequence = 9 WHERE sequence = 1", 1),
        ("DELETE FROM contacts_auditentry WHERE sequence = 4", 5),
    ],
)
def test_a_tampering_behind_our_back_is_found_at_its_number(tampering, number):
    chain = a_chain(4)
    without_triggers()
    if tampering.startswith("DELETE"):
        sql(f"DELETE FROM contacts_auditpayload WHERE entry_id IN (SELECT id {tampering.removeprefix('DELETE')})")
    sql(tampering)
    fault = audit.verify(AuditChain.objects.get(pk=chain.pk))
    assert fault is not None
    assert fault.sequence <= number


def test_a_swapped_payload_is_found():
    chain = a_chain(2)
    without_triggers()
    forged = zlib.compress(json.dumps({"address": "x@example.org"}).encode())
    AuditPayload.objects.filter(entry__chain=chain, entry__sequence=2).update(body=forged)
    fault = audit.verify(chain)
    assert fault is not None
    assert fault.sequence == 2


@pytest.mark.django_db
def test_many_entries_at_once_are_one_chain_with_each_its_own_payload():
    account, by = make_account(), make_user()
    drafts = [
        audit.Draft(
            "add_lists", AuditEntry.Outcome.INTENDED, {"address": f"{n}@example.org"} if n % 2 else None, {"job": n}
        )
        for n in range(7)
    ]
    entries = audit.record_all(drafts, by=by, account=account)
    assert [entry.sequence for entry in entries] == [*range(1, 8)]
    assert [entry.job for entry in AuditEntry.objects.order_by("sequence")] == [*range(7)]
    told = [AuditEntry.objects.get(pk=entry.pk).told() for entry in entries]
    assert told == [{"address": f"{n}@example.org"} if n % 2 else None for n in range(7)]
    assert audit.verify(AuditChain.objects.get()) is None
    assert audit.record_all([], by=by, account=account) == []
    assert audit.record("look_only", AuditEntry.Outcome.DONE, by=by, account=account).sequence == 8
