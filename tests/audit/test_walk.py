"""What a walk along a chain takes for whole: 100 random clean histories, every shape of an entry, every open act."""

import random
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from contacts import audit, mirror
from contacts.audit import verifying
from contacts.audit.chain import COLUMNS, clear, clear_row
from contacts.models import AuditChain, AuditEntry, AuditMark, Job, Write
from tests.audit.chains import chain_of, random_history
from tests.rows import make_access, make_account, make_remote
from tests.tampering import rehash, without_triggers

pytestmark = pytest.mark.django_db
Outcome = AuditEntry.Outcome
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text()
NESTED = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.mark.parametrize("seed", range(100))
def test_a_clean_history_verifies_with_its_erasures_its_retention_and_its_jobs(seed, monkeypatch):
    chance = random.Random(seed)
    account = make_account()
    random_history(account, make_access(account, "manager").user, chance, acts=chance.randrange(1, 12))
    # Every border between two portions falls somewhere.
    monkeypatch.setattr(verifying, "PORTION", chance.choice([1, 2, 3, 7, 1000]))
    assert audit.verify(chain_of(account)) is None


@property_settings(max_examples=80)
@given(
    actor=st.text(max_size=50),
    detail=st.dictionaries(st.text(), NESTED),
    names=st.lists(st.text()),
    sure=st.none() | st.text(max_size=16),
    numbers=st.lists(st.none() | st.integers(0, 2**62), min_size=5, max_size=5),
    at=st.datetimes(
        min_value=datetime(2, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
    ),
)
def test_the_digest_of_a_row_is_the_digest_of_its_entry(actor, detail, names, sure, numbers, at):
    columns = dict(zip(("account_id", "job", "begins_id", "http_status", "actor_id"), numbers, strict=True))
    entry = AuditEntry(sequence=7, at=at, actor=actor, detail=detail, fields=names, sure=sure, **columns)
    entry.chain, entry.outcome = AuditChain(name="account-1"), Outcome.DONE
    row = {name: getattr(entry, name) for name in COLUMNS} | {"outcome": "done"}
    assert verifying.digest(clear_row("account-1", row)) == audit.chain.clear_digest(entry)
    assert clear_row("account-1", row) == clear(entry)


def test_a_walk_goes_on_where_another_stopped(monkeypatch):
    account = make_account()
    random_history(account, make_access(account, "manager").user, random.Random(1), acts=10)
    chain = chain_of(account)
    monkeypatch.setattr(verifying, "PORTION", 4)
    walk = audit.Walk(chain)
    while walk.step():
        walk = audit.Walk(chain, sequence=walk.sequence, head=walk.head, good_until=walk.good_until)
    assert walk.fault is None
    assert (walk.sequence, walk.head, walk.good_until) == (chain.sequence, chain.head, chain.sequence)


def test_entries_that_are_added_meanwhile_are_walked_too():
    account = make_account()
    audit.record("link", Outcome.DONE, by=None, account=account)
    walk = audit.Walk(chain_of(account))
    assert walk.step()
    audit.record("link", Outcome.DONE, by=None, account=account)
    assert walk.step()
    assert not walk.step()
    assert (walk.fault, walk.sequence) == (None, 2)


def old(account):
    """Everything so far was written long ago."""
    without_triggers()
    AuditEntry.objects.update(at=now() - timedelta(hours=1))
    rehash(chain_of(account), 1)


def test_an_intent_without_an_end_is_found_but_does_not_end_the_walk():
    account = make_account()
    audit.record("add_lists", Outcome.INTENDED, by=None, account=account)
    audit.record("link", Outcome.DONE, by=None, account=account)
    assert audit.verify(chain_of(account)) is None, "its end may be on its way"
    old(account)
    walk = audit.Walk(chain_of(account))
    while walk.step():
        pass
    assert walk.fault is None
    assert (walk.finding.sequence, walk.finding.kind) == (1, "intent")
    assert walk.finding.problem == "Entry 1 announces an act, and no entry says how it ended."
    assert walk.sequence == 2


def test_an_open_change_stands_for_the_end_of_its_intent():
    contact = mirror.store_contact(make_account(), make_remote(), fetched_at=now(), seen_at=now())
    intent = audit.record("add_lists", Outcome.INTENDED, by=None, account=contact.account)
    old(contact.account)
    write = Write.objects.create(
        account=contact.account, contact=contact, kind="add_lists", state="unknown", intent=intent
    )
    assert audit.verify(chain_of(contact.account)) is None
    Write.objects.filter(pk=write.pk).update(state="confirmed")
    assert audit.verify(chain_of(contact.account)).kind == "intent"


def test_a_bulk_activity_ends_by_its_number_and_a_deleted_list_by_its_job():
    account = make_account()
    job = Job.objects.create(account=account, kind="delete_list", state="running")
    for action, detail in (("activity", {"activity": 5}), ("delete_list", {"activity": 6, "people": 3})):
        audit.record(action, Outcome.INTENDED, by=None, account=account, job=job.pk, detail=detail)
    audit.record("activity", Outcome.DONE, by=None, account=account, job=job.pk, detail={"activity": 5})
    old(account)
    assert audit.verify(chain_of(account)) is None, "the job is still open"
    Job.objects.filter(pk=job.pk).update(state="done", finished_at=now())
    assert audit.verify(chain_of(account)).sequence == 2
    audit.record("delete_list", Outcome.CONFIRMED, by=None, account=account, job=job.pk)
    assert audit.verify(chain_of(account)) is None


def test_an_act_on_a_copy_that_was_erased_has_no_end_to_wait_for():
    account = make_account()
    audit.record("add_lists", Outcome.INTENDED, by=None, account=account)
    old(account)
    audit.record("erase_copy", Outcome.DONE, by=None, account=account)
    assert audit.verify(chain_of(account)) is None


def test_two_ends_of_one_intent_and_an_end_of_nothing_are_found():
    account = make_account()
    intent = audit.record("add_lists", Outcome.INTENDED, by=None, account=account)
    for _ in range(2):
        audit.record("add_lists", Outcome.CONFIRMED, by=None, account=account, begins=intent)
    assert audit.verify(chain_of(account)).problem == "Entry 1 has 2 different ends."
    other = make_account()
    audit.record("add_lists", Outcome.CONFIRMED, by=None, account=other, begins=intent)
    assert audit.verify(chain_of(other)).problem == "Entry 1 ends something that was never asked for."


def test_the_word_that_only_the_details_of_an_old_entry_say_is_no_fault():
    account = make_account()
    entry = audit.record("reactivate", Outcome.CONFIRMED, by=None, account=account, payload={"note": ""})
    AuditMark.objects.create(entry=entry, account=account, word="evidence:no")
    assert audit.verify(chain_of(account)) is None
    AuditMark.objects.create(entry=entry, account=account, word=f"list:{uuid.uuid4()}")
    assert audit.verify(chain_of(account)).kind == "words"
