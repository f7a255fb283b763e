"""Checking the history in portions: at once or by the worker, carried on after a crash, told when it fails."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contacts import audit, leases, tasks
from contacts.audit import verifying
from contacts.models import Alert, AuditChain, AuditEntry, Verification
from contacts.services import checkpoints, proving
from tests.rows import make_account
from tests.tampering import cut, rehash, sql, without_triggers

pytestmark = pytest.mark.django_db
DONE = AuditEntry.Outcome.DONE


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def folder(settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path)
    return tmp_path


def written(account, number=20):
    audit.record_all([audit.Draft("link", DONE)] * number, by=None, account=account)
    return AuditChain.objects.get(name=audit.chain_name(account))


def proved(chain):
    return proving.carry_on(proving.begin(chain, by=None), seconds=60)


def tampered(chain, number):
    without_triggers()
    sql("UPDATE contacts_auditentry SET reason = 'nicer' WHERE chain_id = %s AND sequence = %s", chain.pk, number)


def said_by(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_a_whole_chain_ends_in_an_entry_with_its_count_and_hash(account):
    chain = written(account)
    done = proved(chain)
    assert (done.state, done.sequence, done.head, done.fault) == ("whole", 20, chain.head, "")
    entry = AuditEntry.objects.get(action="verify")
    assert (entry.outcome, entry.account, entry.sequence) == (DONE, account, 21)
    assert entry.detail == {"chain": chain.name, "entries": 20, "head": chain.head}


def test_it_is_carried_on_portion_by_portion(account, monkeypatch):
    monkeypatch.setattr(verifying, "PORTION", 4)
    running = proving.begin(written(account), by=None)
    seen = []
    while running.state == "running":
        running = proving.carry_on(running, seconds=0)
        seen.append(running.sequence)
    assert seen == [4, 8, 12, 16, 20, 20]
    assert running.state == "whole"


def test_a_second_click_joins_what_is_under_way(account):
    chain = written(account)
    assert proving.begin(chain, by=None) == proving.begin(chain, by=None)
    assert Verification.objects.count() == 1


def test_nobody_carries_on_what_somebody_else_does_until_their_lease_is_over(account):
    running = proving.begin(written(account), by=None)
    held = Verification.objects.filter(pk=running.pk)
    held.update(lease_owner="killed", lease_until=timezone.now() + leases.LEASE, sequence=0)
    assert proving.carry_on(running, seconds=60).state == "running"
    assert not proving.due().exists()
    held.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert proving.carry_on(running, seconds=60).state == "whole"


def test_whoever_lost_the_lease_writes_nothing_more(account, monkeypatch):
    monkeypatch.setattr(verifying, "PORTION", 4)
    running = proving.begin(written(account), by=None)
    step = audit.Walk.step

    def step_while_another_takes_over(walk):
        if walk.sequence == 8:
            Verification.objects.filter(pk=running.pk).update(lease_owner="another")
        return step(walk)

    monkeypatch.setattr(audit.Walk, "step", step_while_another_takes_over)
    left = proving.carry_on(running, seconds=60)
    assert (left.state, left.sequence, left.lease_owner) == ("running", 8, "another")
    assert not AuditEntry.objects.filter(action="verify").exists()


def test_a_worker_that_is_asked_to_end_leaves_the_rest_to_the_next(account, monkeypatch):
    monkeypatch.setattr(verifying, "PORTION", 4)
    stop = threading.Event()
    stop.set()
    running = proving.carry_on(proving.begin(written(account), by=None), seconds=60, stop=stop)
    assert (running.state, running.sequence, running.lease_owner) == ("running", 4, "")
    tasks.verify.func(running.pk)
    running.refresh_from_db()
    assert running.state == "whole"


def test_a_fault_is_kept_with_its_number_kind_and_last_good_checkpoint_and_told_once(account):
    chain = written(account)
    audit.checkpoint(chain)
    written(account)
    tampered(chain, 30)
    for _ in range(2):
        broken = proved(chain)
        assert (broken.state, broken.fault_at, broken.fault_kind, broken.good_until) == ("broken", 30, "changed", 20)
        assert broken.fault == "Entry 30 was changed after it was written."
    alert = Alert.objects.get()
    assert (alert.account, alert.kind, alert.detail["sequence"]) == (account, "verify", 30)
    assert AuditEntry.objects.filter(action="verify", outcome="failed").count() == 2


def test_the_alert_closes_when_the_chain_verifies_again_and_another_fault_is_told_anew(account):
    chain = written(account)
    tampered(chain, 7)
    proved(chain)
    sql("UPDATE contacts_auditentry SET reason = '' WHERE sequence = 7")
    assert proved(chain).state == "whole"
    assert Alert.objects.get().closed_at is not None
    tampered(chain, 7)
    proved(chain)
    assert Alert.objects.filter(closed_at=None).count() == 1


def test_a_fault_of_the_installations_chain_is_everybodys(account):
    other = make_account()
    chain = written(None)
    tampered(chain, 3)
    assert proved(chain).state == "broken"
    assert set(Alert.objects.values_list("account", flat=True)) == {account.pk, other.pk}
    assert AuditEntry.objects.get(action="verify").account is None


def test_a_chain_that_takes_no_entry_any_more_is_told_of_in_the_installations(account):
    chain = written(account)
    AuditChain.objects.filter(pk=chain.pk).update(sequence=12)
    broken = proved(chain)
    assert (broken.state, broken.fault_kind) == ("broken", "head")
    entry = AuditEntry.objects.get(action="verify")
    assert (entry.account, entry.detail["chain"]) == (None, chain.name)


def test_the_worker_checks_each_chain_once_a_day(account):
    chain = written(account)
    written(None)
    assert proving.begin_due() == 0, "a new chain has its first day off"
    without_triggers()
    AuditEntry.objects.update(at=timezone.now() - timedelta(hours=25))
    for each in AuditChain.objects.all():
        rehash(each, 1)
    tasks.tidy.func()
    assert Verification.objects.filter(state="running").count() == 2
    for each in proving.due():
        tasks.verify.func(each.pk)
    assert set(Verification.objects.values_list("state", flat=True)) == {"whole"}
    assert proving.begin_due() == 0
    Verification.objects.update(began_at=timezone.now() - timedelta(hours=25))
    assert proving.begin_due() == 2
    assert chain.verifications.count() == 2


def test_a_restored_backup_is_told_as_a_rolled_back_history_only_once(account, folder):
    chain = written(account, 40)
    audit.checkpoint(chain)
    checkpoints.put_outside()
    without_triggers()
    cut(chain, 31, with_head=True, with_checkpoints=True)
    for end in (30, 31):
        broken = proved(chain)
        assert (broken.fault_kind, broken.fault) == (
            "rolled_back", f"The history was rolled back from 40 to {end}."
        )  # fmt: skip
    assert Alert.objects.count() == 1


def test_a_line_outside_that_is_no_checkpoint_is_something_to_look_at(account, folder):
    chain = written(account)
    (folder / f"{chain.name}.jsonl").write_text("nonsense\n")
    done = proved(chain)
    assert done.state == "whole"
    assert done.fault == "Line 1 of the copies outside the database is not a checkpoint."


def test_the_command_checks_every_chain_and_the_installations(account):
    written(account)
    written(None, 3)
    said = said_by("verify_audit")
    assert f"account-{account.pk}: 20 entries verify. Last hash" in said
    assert "installation: 3 entries verify." in said
    assert "Public key of this installation:" in said


def test_the_command_fails_with_the_sentence_of_the_first_fault(account):
    chain = written(account)
    tampered(chain, 7)
    with pytest.raises(CommandError) as failed:
        said_by("verify_audit", "--account", account.slug)
    assert "Entry 7 was changed after it was written." in str(failed.value)
    assert failed.value.returncode == 1


def test_the_command_knows_its_accounts(account):
    written(account)
    with pytest.raises(CommandError, match=f"Accounts: {account.slug}"):
        said_by("verify_audit", "--account", "nobody")


def test_the_command_finds_a_chain_that_is_gone_by_its_copies(account, folder):
    chain = written(account)
    audit.checkpoint(chain)
    checkpoints.put_outside()
    (folder / f"{chain.name}.jsonl").rename(folder / "account-999.jsonl")
    text = (folder / "account-999.jsonl").read_text().replace(chain.name, "account-999")
    (folder / "account-999.jsonl").write_text(text)
    with pytest.raises(CommandError, match="account-999: this chain is gone"):
        said_by("verify_audit", "--all")


def test_checkpoints_from_elsewhere_find_what_was_written_anew(account, tmp_path):
    chain = written(account)
    file = tmp_path / "kept.jsonl"
    line = audit.outside.line_of(audit.Signed.of(audit.checkpoint(chain), chain.name))
    file.write_bytes(line)
    assert "20 entries verify" in said_by("verify_audit", "--account", account.slug, "--against", str(file))
    without_triggers()
    sql("UPDATE contacts_auditentry SET reason = 'nicer' WHERE sequence = 5")
    rehash(chain, 5)
    chain.checkpoints.all().delete()
    assert "entries verify" in said_by("verify_audit", "--account", account.slug)
    with pytest.raises(CommandError, match=r"written anew, somewhere from its first entry: the checkpoint at 20"):
        said_by("verify_audit", "--account", account.slug, "--against", str(file))
