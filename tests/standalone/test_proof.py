"""Exports prove themselves to somebody who has the file, one script and python3."""

import json

import pytest

from contacts import audit
from contacts.audit import signing
from contacts.models import AuditCheckpoint, AuditPayload
from contacts.services.exporting import lines as export_lines
from tests.standalone.rig import HOSTILE, Diary, fault, lines, oldest_python, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def diary():
    return Diary()


def test_the_history_of_one_contact_is_proved_by_a_python_of_2019_with_nothing_installed(diary):
    diary.happens(3)
    diary.brings_back()
    diary.happens(2)
    raw = diary.of_maeve()
    code, said = verify(raw, "--public-key", signing.public_key(), python=oldest_python())
    assert code == 0, said
    assert "History of Harbour Street Cookery" in said
    assert "is there unedited. Entries: 2, from 4 to 5. The chain was signed at 7 on " in said
    assert "personal details in it are the ones that were recorded. Entries: 2." in said
    assert "not whether one fits the view too. As digests: 2." in said
    assert "whose key" not in said


def test_what_lies_between_is_followed_without_being_told(diary):
    diary.brings_back()
    diary.records("grant", detail={"what": "canary-between"}, by=diary.manager)
    diary.brings_back()
    raw = diary.export("action:reactivate fold:none")
    assert fault(raw) == ""
    assert b"canary-between" not in raw
    assert [each["type"] for each in lines(raw)] == [
        *("head", "entry", "entry", "between", "entry", "entry", "checkpoint", "seal")
    ]


def test_an_empty_view_is_a_file_that_says_so(diary):
    code, said = verify(diary.export("job:9999"))
    assert code == 0
    assert "Entries" not in said
    assert [each["type"] for each in lines(diary.export("job:9999"))] == ["head", "seal"]


def test_a_stretch_ends_at_a_checkpoint_that_was_signed_at_its_time(diary, monkeypatch):
    monkeypatch.setattr(export_lines, "WORTH", 10)
    diary.brings_back()
    early = audit.checkpoint(diary.chain)
    diary.happens(30)
    diary.brings_back()
    raw = diary.export("action:reactivate fold:none")
    assert [each["type"] for each in lines(raw)] == [
        *("head", "entry", "entry", "checkpoint", "entry", "entry", "checkpoint", "seal")
    ]
    assert lines(raw)[3]["signature"] == early.signature
    assert fault(raw) == ""


def test_an_old_checkpoint_of_another_key_is_passed_over(diary):
    diary.brings_back()
    checkpoint = audit.checkpoint(diary.chain)
    AuditCheckpoint.objects.filter(pk=checkpoint.pk).update(public_key="ab" * 32)
    assert fault(diary.export()) == ""


def test_erased_details_are_named_and_the_rest_is_proved(diary):
    diary.brings_back()
    diary.brings_back()
    AuditPayload.objects.filter(entry__sequence=1).delete()
    code, said = verify(diary.of_maeve())
    assert code == 0
    assert "details that were erased. Entries: 1." in said
    assert "the ones that were recorded. Entries: 3." in said


def test_hostile_text_comes_back_as_it_was(diary):
    halves = json.loads('"\\ud800"') + json.loads('"\\udc00"')
    for note in (HOSTILE, halves, "x" * 100_000, '","details":"none"}\n{"type":"seal"}'):
        diary.records("reactivate", payload={"note": note, "deep": [[[note]]]})
    raw = diary.export()
    assert fault(raw) == ""
    assert verify(raw)[0] == 0
    assert json.loads(lines(raw)[1]["details"]["text"])["note"] == HOSTILE
    assert "base64" in lines(raw)[2]["details"]["text"]


def test_a_hostile_name_of_an_account_does_not_reach_the_terminal():
    diary = Diary(name="Café \x1b[2J\u202e")
    code, said = verify(diary.export())
    assert code == 0
    assert "Café ?[2J?" in said


def test_a_viewers_file_says_nothing_personal_and_is_proved(diary):
    diary.brings_back(by=diary.viewer)
    diary.is_renamed_elsewhere()
    raw = diary.of_maeve(by=diary.viewer)
    code, said = verify(raw)
    assert code == 0
    assert "for want of the right to see them. Entries: 2." in said
    for value in (b"maeve", b"Doyle", b"Medb", b"ticket 4812"):
        assert value not in raw


def test_what_was_seen_is_in_the_file_and_marked_as_outside_the_chain(diary):
    diary.is_renamed_elsewhere()
    raw = diary.of_maeve()
    seen = [each for each in lines(raw) if each["type"] == "seen"]
    assert [(each["kind"], each["in_the_chain"]) for each in seen] == [("changed", False)]
    assert seen[0]["changes"]["first_name"] == ["Maeve", "Medb"]
    assert "Not in the chain: what was seen to change. Only the seal vouches for it. Lines: 1." in verify(raw)[1]


def test_another_key_than_the_one_that_was_given_proves_nothing(diary):
    code, said = verify(diary.export(), "--public-key", "ab" * 32)
    assert code == 1
    assert said.startswith("NOT PROVED. It is signed with another key than yours")


def test_a_checkpoint_kept_elsewhere_is_compared(diary):
    diary.brings_back()
    kept = json.dumps(audit.checkpoint_text(audit.checkpoint(diary.chain))).encode() + b"\n"
    diary.happens(3)
    diary.brings_back()
    raw = diary.export()
    code, said = verify(raw, "--checkpoint", "kept.jsonl", extra=kept)
    assert code == 0
    assert "agrees with the checkpoints kept elsewhere. Compared: 1." in said
    other = json.loads(kept)
    other["hash"] = "0" * 64
    code, said = verify(raw, "--checkpoint", "kept.jsonl", extra=json.dumps(other).encode())
    assert code == 1
    assert "Entry 2 is not the one that the checkpoint kept elsewhere names" in said


@pytest.mark.parametrize("kept", [b"", b'{"chain": "account-0", "sequence": 1, "hash": "00"}', b"nonsense", b"[1]"])
def test_a_checkpoint_that_cannot_be_compared_proves_nothing(diary, kept):
    diary.brings_back()
    assert verify(diary.export(), "--checkpoint", "kept.jsonl", extra=kept)[0] == 1


@pytest.mark.parametrize("raw", [b"", b"\n", b"{}\n", b"\xff\xfe", b"null\n", b'{"type":["head"]}\n', b"[" * 100_000])
def test_what_is_no_export_is_not_proved_and_no_accident(raw):
    code, said = verify(raw, python=oldest_python())
    assert code == 1
    assert said.startswith("NOT PROVED.")


@pytest.mark.parametrize("option", ["--public-key", "--checkpoint"])
def test_an_option_that_a_script_left_empty_is_not_taken_for_none(diary, option):
    assert verify(diary.export(), option, "")[0] == 1


def test_a_file_that_is_not_there_is_said_in_a_sentence(diary):
    assert verify(b"", "--checkpoint", "nowhere.jsonl")[0] == 1
