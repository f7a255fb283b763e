"""One erasure: what is refused, what goes, what stays, and who is not copied again."""

import pytest
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import (
    AuditChain,
    AuditEntry,
    AuditPayload,
    Contact,
    ContactList,
    Erasure,
    Job,
    JobItem,
    LinkedAccount,
    SavedView,
    Write,
)
from contacts.rules.refusal import Refused
from contacts.services import erasing, traces
from contacts.services.traces import Words
from tests.mirror_look import look
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def manager(account):
    return make_access(account, "manager").user


@pytest.fixture
def anna(account):
    return keep(account, make_remote(ANNA, first_name="Anna", last_name="Byrne"))


def keep(account, remote, **options):
    now = timezone.now()
    return mirror.store_contact(account, remote, fetched_at=now, seen_at=now, **options)


def told(account, target="", **payload):
    """An entry about somebody, with its personal part."""
    return audit.record("delete", "refused", by=None, account=account, target=str(target), payload=payload)


def has_payload(entry):
    return AuditPayload.objects.filter(entry=entry).exists()


def to_the_end(erasure):
    """Everything the worker does before the file is wiped, which a test's own transaction does not let it."""
    return erasing.carry_on(erasure)


def test_an_erased_contact_is_gone_and_the_chain_still_verifies(account, manager, anna):
    entry = told(account, anna.remote_id, address=ANNA, note="4812")
    erasure = to_the_end(erasing.begin(anna, by=manager, reason="ticket 9"))
    assert not Contact.objects.exists()
    assert not has_payload(entry)
    assert erasure.gone["rows"]["contact"] == 1 and erasure.gone["rows"]["auditpayload"] == 1
    assert (erasure.step, erasure.terms) == ("wipe", "")
    assert audit.verify(AuditChain.objects.get(name=audit.chain_name(account))) is None
    last = AuditEntry.objects.get(action="erase")
    assert last.detail["request"] == erasure.pk and last.detail["sequences"] == [[entry.sequence, entry.sequence]]
    assert last.told() == {"note": "ticket 9"}


def test_a_reason_that_names_the_person_is_erased_as_well(account, manager, anna):
    erasure = to_the_end(erasing.begin(anna, by=manager, reason=f"{ANNA} asked"))
    assert not AuditPayload.objects.exists()
    assert len(erasure.gone["entries"]) == 2


def test_details_of_others_go_only_when_they_name_the_person(account, manager, anna):
    other = keep(account, make_remote("joanna@example.org", first_name="Anna", last_name="Byrne"))
    about_other = told(account, other.remote_id, address="joanna@example.org", name="Anna Byrne", note="4812")
    naming = told(account, other.remote_id, note="with Anna  Byrne, see\nANNA@example.org")
    in_passing = told(account, other.remote_id, before={"notes": [{"content": f"line\n{ANNA}"}]})
    by_name = told(account, other.remote_id, note="a friend of anna byrne")
    to_the_end(erasing.begin(anna, by=manager, reason=""))
    assert has_payload(about_other)
    assert not any(map(has_payload, (naming, in_passing, by_name)))
    assert audit.verify(AuditChain.objects.get(name=audit.chain_name(account))) is None


def test_payloads_are_searched_in_portions(account, manager, anna, monkeypatch):
    monkeypatch.setattr(traces, "AT_ONCE", 2)
    entries = [told(account, "x", note=ANNA if number % 2 else "nobody") for number in range(7)]
    to_the_end(erasing.begin(anna, by=manager, reason=""))
    assert [has_payload(each) for each in entries] == [True, False] * 3 + [True]


def test_another_accounts_history_is_left_alone(manager, anna):
    elsewhere = told(make_account(), anna.remote_id, address=ANNA)
    to_the_end(erasing.begin(anna, by=manager, reason=""))
    assert has_payload(elsewhere)


def test_texts_that_name_the_person_lose_the_name_and_keep_the_rest(account, manager, anna):
    job = Job.objects.create(account=account, kind="delete", note=f"for {ANNA} and joanna@example.org", chosen="x")
    the_list = ContactList.objects.create(account=account, remote_id=anna.remote_id, name="News", note="Anna Byrne's")
    for name in (ANNA, ANNA.upper()):
        SavedView.objects.create(account=account, by=manager, name=name)
    LinkedAccount.objects.update(writing_reason=f"<{ANNA}> complained")
    erasure = to_the_end(erasing.begin(anna, by=manager, reason=""))
    job.refresh_from_db(), the_list.refresh_from_db(), account.refresh_from_db()
    assert job.note == "for [erased] and joanna@example.org"
    assert the_list.note == "[erased]'s"
    assert account.writing_reason == "<[erased]> complained"
    names = list(SavedView.objects.values_list("name", flat=True))
    assert len(set(names)) == 2 and not any("anna" in each.lower() for each in names)
    assert erasure.gone["rows"]["text"] == 5


def test_earlier_addresses_and_names_count_as_well(account, manager):
    remote = make_remote("old@example.org", first_name="Anna", last_name="Byrne")
    look(account, remote)
    remote = remote | {"last_name": "Walsh", "updated_at": "2026-11-02T10:00:00Z"}
    look(account, remote | {"email_address": remote["email_address"] | {"address": ANNA}}, turn=1)
    words = Words.of(Contact.objects.get())
    assert set(words.addresses) == {"old@example.org", ANNA}
    assert {"Anna Byrne", "Anna Walsh"} <= set(words.names)


def test_it_is_refused_while_a_change_or_a_job_is_open(account, manager, anna):
    write = Write.objects.create(account=account, contact=anna, kind="delete", state="unknown")
    with pytest.raises(Refused, match="being changed right now"):
        erasing.begin(anna, by=manager, reason="")
    Write.objects.filter(pk=write.pk).update(state="refused")
    job = Job.objects.create(account=account, kind="delete", chosen="x")
    JobItem.objects.create(job=job, contact=anna)
    with pytest.raises(Refused, match=f"part of job {job.pk}"):
        erasing.begin(anna, by=manager, reason="")
    assert not Erasure.objects.exists() and not AuditEntry.objects.exists()


def test_a_second_erasure_of_the_same_person_is_refused(account, manager, anna):
    erasing.begin(anna, by=manager, reason="")
    with pytest.raises(Refused, match="erased already"):
        erasing.begin(anna, by=manager, reason="")
    assert Erasure.objects.count() == 1


def test_the_jobs_of_the_erased_are_named_on_the_receipt(account, manager, anna):
    job = Job.objects.create(account=account, kind="delete", chosen="x", state="done", finished_at=timezone.now())
    JobItem.objects.create(job=job, contact=anna)
    erasure = erasing.begin(anna, by=manager, reason="")
    assert erasure.gone["jobs"] == [job.pk]
    assert not job.items.exists()


def test_the_counts_of_the_account_follow_at_once(account, manager, anna):
    LinkedAccount.objects.update(counts={"active": 5})
    erasing.begin(anna, by=manager, reason="")
    account.refresh_from_db()
    assert account.counts == {"active": 4}


def test_nobody_can_be_erased_without_the_key_of_the_marks(account, manager, anna):
    LinkedAccount.objects.update(erasure_key="lost")
    with pytest.raises(Refused, match="CCADMIN_ENCRYPTION_KEYS"):
        erasing.begin(anna, by=manager, reason="")
    assert Contact.objects.exists()
