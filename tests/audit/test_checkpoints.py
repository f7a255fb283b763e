"""Signed heads: whose key, when one is made, and what a copy of it is."""

import json
import os
import sys
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from ccadmin import env
from contacts import audit
from contacts.audit import checkpoints, outside, signing
from contacts.audit.checkpoints import Signed
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry
from contacts.services import checkpoints as clock
from tests.forking import Forked
from tests.installation import SETUP
from tests.rows import make_account
from tests.tampering import sql, without_triggers

pytestmark = pytest.mark.django_db
DONE = AuditEntry.Outcome.DONE


@pytest.fixture
def folder(settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path / "elsewhere" / "checkpoints")
    return tmp_path / "elsewhere" / "checkpoints"


def written(number, account=None):
    account = account or make_account()
    audit.record_all([audit.Draft("link", DONE)] * number, by=None, account=account)
    return AuditChain.objects.get(name=f"account-{account.pk}")


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_checkpoint_is_signed_over_its_canonical_text():
    chain = written(3)
    text = audit.checkpoint_text(audit.checkpoint(chain))
    assert set(text) == {"format", "chain", "sequence", "hash", "at", "public_key", "signature"}
    assert (text["chain"], text["sequence"], text["hash"]) == (chain.name, 3, chain.head)
    claim = {name: value for name, value in text.items() if name != "signature"}
    message = b"ccadmin-checkpoint-v1" + json.dumps(claim, sort_keys=True, separators=(",", ":")).encode()
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(text["public_key"])).verify(
        bytes.fromhex(text["signature"]), message
    )


def test_a_head_has_one_checkpoint_however_often_it_is_asked_for():
    chain = written(3)
    assert audit.checkpoint(chain) == audit.checkpoint(chain)
    assert AuditCheckpoint.objects.count() == 1


def test_every_thousandth_entry_is_signed_with_it_and_never_without_a_clock():
    chain = written(999)
    assert not AuditCheckpoint.objects.exists()
    written(1500, account=AuditEntry.objects.first().account)
    signed = AuditCheckpoint.objects.filter(chain=chain).order_by("sequence")
    assert [row.sequence for row in signed] == [1000, 2000]
    assert [row.hash for row in signed] == [chain.entries.get(sequence=row.sequence).hash for row in signed]
    assert audit.verify(AuditChain.objects.get()) is None


def test_once_a_day_the_head_is_signed_if_anything_was_appended():
    chain = written(2)
    assert clock.take_due() == 0
    without_triggers()
    sql("UPDATE contacts_auditentry SET at = %s", timezone.now() - timedelta(hours=25))
    assert clock.take_due() == 1
    assert AuditCheckpoint.objects.get(chain=chain).sequence == 2
    assert clock.take_due() == 0


def test_a_key_of_its_own_is_used_and_the_older_one_is_trusted_only_when_it_is_named(settings):
    chain = written(2)
    audit.checkpoint(chain)
    former = signing.public_key()
    settings.AUDIT_KEY = b"k" * 32
    assert signing.public_key() != former
    assert "not signed by a key that this installation trusts" in audit.verify(chain).problem
    settings.AUDIT_OLD_KEYS = [former]
    assert audit.verify(chain) is None


@pytest.mark.parametrize("key", ["6b" * 32, "a2tr" * 10 + "a2s=", "a2tr" * 10 + "a2s"])
def test_the_key_may_be_written_in_hex_or_in_base64(key, monkeypatch):
    monkeypatch.setenv("CCADMIN_AUDIT_KEY", key)
    assert env.key("CCADMIN_AUDIT_KEY") == b"k" * 32


@pytest.mark.parametrize("key", ["6b" * 31, "no key at all", "====", "6b" * 33])
def test_anything_else_is_no_key_and_is_not_repeated(key, monkeypatch):
    monkeypatch.setenv("CCADMIN_AUDIT_KEY", key)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.key("CCADMIN_AUDIT_KEY")
    assert key not in str(refused.value)


def test_copies_are_appended_to_a_file_of_ours_alone(folder):
    chain = written(1)
    audit.checkpoint(chain)
    assert clock.put_outside() == 1
    audit.checkpoint(written(1, account=AuditEntry.objects.first().account))
    assert clock.put_outside() == 1
    file = folder / f"{chain.name}.jsonl"
    assert [line["sequence"] for line in lines(file)] == [1, 2]
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not AuditCheckpoint.objects.filter(exported_at=None).exists()


def test_a_copy_counts_only_when_the_command_took_it_and_stands_once_in_the_file(folder, settings, tmp_path):
    chain = written(1)
    audit.checkpoint(chain)
    settings.CHECKPOINT_COMMAND = "sh -c 'cat > /dev/null; exit 3'"
    for _ in range(2):
        with pytest.raises(clock.NotOutside):
            clock.put_outside()
    assert AuditCheckpoint.objects.get().exported_at is None
    assert clock.places().trouble == "The command sh ended with code 3."
    assert not clock.due()
    settings.CHECKPOINT_COMMAND = f"""{sys.executable} -c 'import os, sys; out = open("{tmp_path}/got", "a");
out.write(sys.stdin.read()); out.write(str(sorted(k for k in os.environ if k.startswith(("CCADMIN_", "CC_")))))'"""
    assert clock.put_outside() == 1
    assert AuditCheckpoint.objects.get().exported_at is not None
    assert clock.places().trouble == ""
    got = (tmp_path / "got").read_text()
    assert len(lines(folder / f"{chain.name}.jsonl")) == 1
    assert got == (folder / f"{chain.name}.jsonl").read_text() + "[]"


@pytest.mark.parametrize("command", ["/nothing/is/here", "sleep 60"])
def test_a_command_that_does_not_start_or_does_not_end_is_said(command, settings, monkeypatch):
    audit.checkpoint(written(1))
    settings.CHECKPOINT_COMMAND = command
    monkeypatch.setattr(clock, "COMMAND_SECONDS", 0.2)
    with pytest.raises(clock.NotOutside, match=r"does not start|took longer than"):
        clock.put_outside()


def test_a_folder_that_takes_nothing_is_said(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.CHECKPOINT_DIR = str(tmp_path / "file" / "folder")
    audit.checkpoint(written(1))
    with pytest.raises(clock.NotOutside, match="Not a directory"):
        clock.put_outside()


def test_without_a_place_nothing_waits():
    audit.checkpoint(written(1))
    assert not clock.due()
    assert clock.put_outside() == 0


def test_a_line_that_a_full_disk_cut_off_does_no_harm(folder):
    chain = written(2)
    line = outside.line_of(Signed.of(audit.checkpoint(chain), chain.name))
    folder.mkdir(parents=True)
    file = folder / f"{chain.name}.jsonl"
    file.write_bytes(line[:50])
    assert outside.copies(chain.name) == outside.Copies()
    clock.put_outside()
    assert file.read_bytes() == line[:50] + b"\n" + line
    assert [each.sequence for each in outside.copies(chain.name).checkpoints] == [2]
    assert outside.copies(chain.name).problem == ""


@pytest.mark.parametrize("line", [b"{}", b"nonsense", b"[]", b'{"format":1}', b"\xff", b"x" * 5000, b"[" * 900])
def test_a_line_that_is_no_checkpoint_is_said(line, folder):
    chain = written(2)
    audit.checkpoint(chain)
    clock.put_outside()
    file = folder / f"{chain.name}.jsonl"
    file.write_bytes(line + b"\n" + file.read_bytes())
    copies = outside.copies(chain.name)
    assert copies.problem == "Line 1 of the copies outside the database is not a checkpoint."
    assert len(copies.checkpoints) == 1


APPEND = """
from contacts.audit import outside
from contacts.audit.checkpoints import Signed
for number in range(40):
    outside.append(Signed("account-1", int(sys.argv[1]) * 1000 + number, "0" * 64, "now", "k" * 64, "s" * 128))
"""


def test_eight_processes_that_append_at_once_leave_whole_lines(folder):
    place = {"DJANGO_SETTINGS_MODULE": "tests.settings", "CCADMIN_CHECKPOINT_DIR": str(folder)}
    processes = [Forked(SETUP + APPEND, str(name), env={**os.environ, **place}) for name in range(8)]
    for each in processes:
        _, err = each.communicate(timeout=120)
        assert each.returncode == 0, err
    found = [line["sequence"] for line in lines(folder / "account-1.jsonl")]
    assert sorted(found) == [name * 1000 + number for name in range(8) for number in range(40)]


def test_the_command_signs_every_chain_and_says_whose_key(folder, capsys):
    chain = written(2)
    audit.record("install", DONE, by=None, account=None)
    call_command("checkpoint")
    said = capsys.readouterr().out
    assert f"{chain.name}: checkpoint at entry 2." in said
    assert signing.public_key() in said
    assert "CCADMIN_SECRET_KEY" in said
    assert sorted(outside.chains()) == sorted(["installation", chain.name])


def test_the_command_fails_when_the_copies_do_not_arrive(settings):
    written(1)
    settings.CHECKPOINT_COMMAND = "false"
    with pytest.raises(CommandError, match="ended with code 1"):
        call_command("checkpoint")


def test_it_is_signed_as_the_standard_says():
    """RFC 8032, section 7.1, test 1."""
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555f"
        "b8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert signing.is_signed(b"", signature=signature, public_key=public)
    assert not signing.is_signed(b"x", signature=signature, public_key=public)
    assert not signing.is_signed(b"", signature="not hex", public_key=public)
    assert checkpoints.EVERY == 1000
