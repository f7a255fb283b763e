"""How long personal details of the history are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry, AuditPayload, LinkedAccount, Write
from contacts.rules.refusal import Refused
from contacts.services import retention
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
LATER = timedelta(days=740)


@pytest.fixture
def account():
    return make_account()


def told(account, **facts):
    return audit.record("delete", "refused", by=None, account=account, payload={"note": "4812"}, **facts)


def kept():
    return set(AuditPayload.objects.values_list("entry__sequence", flat=True))


def test_old_details_go_and_the_entries_stay(account):
    entries = [told(account) for _ in range(3)]
    assert retention.forget_old(now=timezone.now() + LATER) == 3
    assert kept() == set()
    line = AuditEntry.objects.get(action="retention")
    assert line.detail == {"through": entries[-1].sequence, "payloads": 3, "months": 24}
    assert audit.verify(AuditChain.objects.get(name=audit.chain_name(account))) is None


def test_the_head_is_signed_before_anything_goes(account):
    told(account)
    retention.forget_old(now=timezone.now() + LATER)
    assert AuditCheckpoint.objects.get().sequence == 1


def test_they_go_in_portions_each_written_down(account, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        told(account)
    retention.forget_old(now=timezone.now() + LATER)
    through = [each.detail["through"] for each in AuditEntry.objects.filter(action="retention").order_by("sequence")]
    assert through == [2, 4, 5]
    assert audit.verify(AuditChain.objects.get(name=audit.chain_name(account))) is None


def test_what_is_younger_is_kept(account):
    told(account)
    call_command("retention")
    assert kept() == {1}
    assert not AuditEntry.objects.filter(action="retention").exists()


def test_zero_months_keep_them_for_ever(account):
    LinkedAccount.objects.update(payload_months=0)
    told(account)
    assert retention.forget_old(now=timezone.now() + 10 * LATER) == 0


def test_an_entry_whose_end_is_not_known_yet_keeps_its_details(account):
    now = timezone.now()
    contact = mirror.store_contact(account, make_remote(), fetched_at=now, seen_at=now)
    open_entry, closed = told(account), told(account)
    Write.objects.create(account=account, contact=contact, kind="delete", state="unknown", intent=open_entry)
    retention.forget_old(now=timezone.now() + LATER)
    assert kept() == {open_entry.sequence}
    assert not AuditPayload.objects.filter(entry=closed).exists()


def test_the_rule_is_written_down_and_odd_numbers_are_refused(account):
    admin = make_access(account, "admin").user
    retention.keep_for(account, months=12, by=admin)
    retention.keep_for(account, months=12, by=admin)
    assert account.payload_months == 12
    assert AuditEntry.objects.get(action="retention_rule").detail == {"before": 24, "after": 12}
    with pytest.raises(Refused):
        retention.keep_for(account, months=-1, by=admin)


@pytest.mark.parametrize(
    ("months", "day"), [(1, (2028, 2, 29)), (12, (2027, 3, 31)), (13, (2027, 2, 28)), (24, (2026, 3, 31))]
)
def test_months_are_calendar_months(months, day):
    assert retention.months_before(datetime(2028, 3, 31, 8, 30, tzinfo=UTC), months) == datetime(
        *day, 8, 30, tzinfo=UTC
    )
