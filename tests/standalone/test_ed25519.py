"""The verifier's own Ed25519: the examples of RFC 8032, section 7.1, and the library that signs as its judge."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from contacts.standalone.verify_history import BASE, ORDER, P, point_of, signed_by, times

RFC = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd"
        "25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c38"
        "7b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a"
        "7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC)
def test_the_examples_of_the_rfc_are_signed(key, message, signature):
    assert signed_by(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
@given_settings(max_examples=25)
def test_what_the_library_signs_is_signed(seed, message):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert signed_by(key.public_key().public_bytes_raw(), message, key.sign(message))


@given(bit=st.integers(0, 8 * (32 + 64 + 5) - 1))
@given_settings(max_examples=60)
def test_one_flipped_bit_anywhere_is_not_signed(bit):
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    whole = bytearray(key.public_key().public_bytes_raw() + key.sign(b"proof") + b"proof")
    whole[bit // 8] ^= 1 << bit % 8
    assert not signed_by(bytes(whole[:32]), bytes(whole[96:]), bytes(whole[32:96]))


def test_a_signature_whose_number_is_too_large_is_not_one():
    """S and S plus the order of the group are the same multiple: only the smaller one counts (section 5.1.7)."""
    key = Ed25519PrivateKey.generate()
    signature = key.sign(b"proof")
    larger = int.from_bytes(signature[32:], "little") + ORDER
    assert not signed_by(key.public_key().public_bytes_raw(), b"proof", signature[:32] + larger.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_a_key_or_signature_of_another_length_is_not_one(length):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    assert not signed_by(public, b"", secrets.token_bytes(length))
    assert not signed_by(secrets.token_bytes(length), b"", key.sign(b""))


def test_bytes_that_are_no_point_are_no_key():
    assert point_of(P.to_bytes(32, "little")) is None
    assert point_of((2).to_bytes(32, "little")) is None
    assert point_of((1 | 1 << 255).to_bytes(32, "little")) is None


def test_the_base_point_has_the_order_of_the_group():
    x, y, z, _ = times(ORDER, BASE)
    assert (x % P, y % P) == (0, z % P)
