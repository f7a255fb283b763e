"""The compressed copy of a contact: small, read as it was written, and readable for ever."""

import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import mirror
from contacts.models import Contact
from contacts.models.packing import DICTIONARY, pack, unpack
from tests.mirror_look import FIRST, look, row
from tests.rows import make_account, make_remote


@given(st.binary(max_size=20_000))
def test_whatever_is_packed_comes_out_again(text):
    assert unpack(pack(text)) == text


def test_what_is_larger_than_any_window_comes_out_again():
    text = json.dumps([{"note": f"Note {number} of many"} for number in range(20_000)]).encode()
    assert unpack(pack(text)) == text


def test_the_dictionary_never_changes_because_stored_rows_need_it():
    digest = hashlib.sha256(DICTIONARY).hexdigest()
    assert digest == "9d0080eb7d5fdf0d9ac6d92fa2eca78996d81caad46b5183b4b9a8ad893a2716"


@pytest.mark.parametrize("harm", [lambda packed: packed[:-3], lambda packed: b"x" + packed, lambda packed: b""])
def test_damaged_bytes_are_told_from_a_text(harm):
    with pytest.raises(zlib.error):
        unpack(harm(pack(b'{"contact_id":"1"}')))


def test_a_usual_contact_takes_two_thirds_of_what_plain_compression_takes():
    text = json.dumps(make_remote(), sort_keys=True, separators=(",", ":")).encode()
    assert len(pack(text)) < len(zlib.compress(text)) * 2 / 3


@pytest.mark.django_db
def test_a_row_from_before_there_was_a_dictionary_is_read_and_stays_as_it_is():
    account, remote = make_account(), make_remote()
    look(account, remote)
    plain = zlib.compress(json.dumps(remote).encode())
    Contact.objects.update(raw=plain)
    assert row(remote).remote == remote
    assert mirror.store_page(account, [remote], fetched_at=FIRST, seen_at=FIRST, since=None).stored == 0
    assert bytes(row(remote).raw) == plain
