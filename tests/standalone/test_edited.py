"""Exports that somebody edited: every byte, every line, every field, with and without a seal put on again."""

import hashlib
import itertools
import json
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contacts import audit
from contacts.audit import signing
from contacts.audit.chain import canonical
from contacts.models import AuditPayload
from tests.standalone.rig import HOSTILE, Diary, fault, lines, verify

pytestmark = pytest.mark.django_db
ROUNDS = 400


@pytest.fixture
def raw():
    """An export with everything in it: details kept and erased, digests, a checkpoint, what was seen, a seal."""
    diary = Diary()
    diary.brings_back(note=HOSTILE)
    diary.happens(2)
    diary.is_renamed_elsewhere()
    diary.brings_back()
    AuditPayload.objects.filter(entry__sequence=2).delete()
    whole = diary.of_maeve()
    assert fault(whole) == ""
    assert {each["type"] for each in lines(whole)} == {"head", "entry", "between", "checkpoint", "seen", "seal"}
    return whole


def sealed(objects, *, key=None, written=canonical):
    """The lines with a seal put on again, by our key or by somebody's own."""
    body = b"".join(written(each) + b"\n" for each in objects if each["type"] != "seal")
    public = key.public_key().public_bytes_raw().hex() if key else signing.public_key()
    count = body.count(b"\n")
    claim = {"format": "ccadmin-export-v1", "lines": count, "sha256": hashlib.sha256(body).hexdigest()}
    claim["public_key"] = public
    message = b"ccadmin-export-v1" + canonical(claim)
    signature = key.sign(message).hex() if key else signing.sign(message)
    return body + canonical(claim | {"type": "seal", "signature": signature}) + b"\n"


def byte_edited(raw, dice):
    at = dice.randrange(len(raw))
    flipped = bytes([raw[at] ^ (1 << dice.randrange(8))])
    added = bytes([dice.randrange(256)])
    return dice.choice(
        [
            raw[:at] + flipped + raw[at + 1 :],
            raw[:at] + added + raw[at:],
            raw[:at] + raw[at + 1 :],
            raw[:at] + b" " + raw[at:],
            raw[:at],
            raw + raw[at:],
        ]
    )


def line_edited(raw, dice):
    split = raw.splitlines(keepends=True)
    one, other = dice.sample(range(len(split)), 2)
    way = dice.randrange(4)
    if way == 0:
        split[one], split[other] = split[other], split[one]
    elif way == 1:
        del split[one]
    elif way == 2:
        split.insert(other, split[one])
    else:
        split[one] = split[one][:-1] + b" \n"
    return b"".join(split)


@pytest.mark.parametrize("edited", [byte_edited, line_edited])
def test_any_edit_is_found(raw, edited):
    dice = random.Random(4)
    for _ in range(ROUNDS):
        other = edited(raw, dice)
        assert other == raw or fault(other), other


def test_a_file_cut_anywhere_is_found(raw):
    for at in range(0, len(raw), 37):
        assert fault(raw[:at])


def leaves(value, path=()):
    """The way to every value inside, and the value."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path, value


def changed(value):
    if isinstance(value, bool) or value is None:
        return "changed"
    return value + 1 if isinstance(value, int) else f"{value}0" if value else "changed"


def put(objects, path, value):
    """A copy with one value changed."""
    copied = json.loads(json.dumps(objects))
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copied


def test_every_field_of_the_chain_is_vouched_for_even_when_the_seal_is_put_on_again(raw):
    """As if the database had been edited before the export: our own key seals it, and the chain does not fit."""
    objects = lines(raw)
    free = {"head", "seen", "seal"}
    for path, value in leaves(objects):
        if objects[path[0]]["type"] not in free:
            assert fault(sealed(put(objects, path, changed(value)))), path


def test_every_word_of_a_clear_part_is_vouched_for(raw):
    objects = lines(raw)
    for at, each in enumerate(objects):
        clear = json.loads(each["clear"]) if each["type"] == "entry" else {}
        for path, value in leaves(clear):
            other = canonical(put(clear, path, changed(value))).decode()
            assert fault(sealed(put(objects, (at, "clear"), other))), path


def test_entries_that_are_taken_out_or_swapped_are_found_even_when_the_seal_is_put_on_again(raw):
    objects = lines(raw)
    inner = [at for at, each in enumerate(objects) if each["type"] in ("entry", "between", "checkpoint")]
    for at in inner:
        if at != inner[0]:
            assert fault(sealed(objects[:at] + objects[at + 1 :])), at
        assert fault(sealed([*objects[:at], objects[at], *objects[at:]])), at
    for one, other in itertools.pairwise(inner):
        swapped = list(objects)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert fault(sealed(swapped)), one


def test_details_cannot_be_passed_off_as_erased_or_as_never_there(raw):
    objects = lines(raw)
    for at, each in enumerate(objects):
        if each["type"] == "entry" and isinstance(each["details"], dict):
            assert fault(sealed(put(objects, (at, "details"), "none")))
            erased = sealed(put(objects, (at, "details"), "erased")).splitlines(keepends=True)
            assert fault(b"".join(erased[:-1]) + raw.splitlines(keepends=True)[-1])


def test_blanks_and_the_order_of_names_are_harmless_when_they_are_sealed(raw):
    assert fault(sealed(lines(raw), written=lambda each: json.dumps(each, indent=None).encode())) == ""


def test_a_history_that_somebody_makes_up_with_a_key_of_their_own_is_told_by_the_key_alone(raw):
    """Nothing in a file can show whose key it is: the program says so, and finds it when the key is given."""
    forger = Ed25519PrivateKey.generate()
    public = forger.public_key().public_bytes_raw().hex()
    objects = lines(raw)
    objects[0]["public_key"] = public
    for each in objects:
        if each["type"] == "checkpoint":
            each["public_key"] = public
            claim = {name: value for name, value in each.items() if name not in ("type", "signature")}
            each["signature"] = forger.sign(b"ccadmin-checkpoint-v1" + canonical(claim)).hex()
    made_up = sealed(objects, key=forger)
    code, said = verify(made_up)
    assert code == 0
    assert "Not proved: whose key it is." in said
    assert verify(made_up, "--public-key", signing.public_key())[0] == 1


def test_a_seal_of_another_key_than_the_checkpoints_is_found(raw):
    forger = Ed25519PrivateKey.generate()
    assert "not the one of the key" in fault(sealed(lines(raw), key=forger))


def test_an_earlier_history_under_the_same_key_is_found_by_a_checkpoint_kept_elsewhere():
    """Written anew with fresh hashes and sealed by us: only what was kept elsewhere can tell."""
    first = Diary()
    first.brings_back()
    kept = audit.checkpoint_text(audit.checkpoint(first.chain))
    anew = Diary()
    anew.brings_back(note="another note")
    other = kept | {"chain": anew.chain.name}
    known = {(other["chain"], str(other["sequence"])): bytes.fromhex(other["hash"])}
    assert "is not the one that the checkpoint kept elsewhere names" in fault(anew.export(), known)
