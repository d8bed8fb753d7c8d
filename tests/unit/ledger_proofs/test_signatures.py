"""Signatures: recovery, and the one accepted form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput, SignatureInvalid
from ledger_proofs.signatures import (
    CURVE_ORDER,
    address_of_key,
    author_hash,
    recover_signer,
    sign_digest,
)
from tests.factories import seeded_bytes

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["ecrecover"]
DIGEST, KEY = seeded_bytes("digest"), seeded_bytes("key")
SIGNATURE = sign_digest(DIGEST, KEY)


def mirrored(signature: bytes) -> bytes:
    """The other signature over the same digest by the same key: `s` replaced by the order less `s`."""
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def test_the_published_vector_recovers_once_its_s_is_low() -> None:
    digest, signature = bytes.fromhex(VECTOR["digest"]), bytes.fromhex(VECTOR["signature"])
    with pytest.raises(SignatureInvalid) as caught:
        recover_signer(digest, signature)
    assert caught.value.code == "signature.high_s"
    assert recover_signer(digest, mirrored(signature)).hex() == VECTOR["signer"]


def test_a_known_key_has_its_known_address() -> None:
    # EIP-155's example key.
    assert address_of_key(b"\x46" * 32).hex() == "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"


@given(digest=st.binary(min_size=32, max_size=32), secret=st.integers(1, CURVE_ORDER - 1))
def test_a_signature_recovers_its_signer(digest: bytes, secret: int) -> None:
    key = secret.to_bytes(32, "big")
    signature = sign_digest(digest, key)
    assert recover_signer(digest, signature) == address_of_key(key)
    assert sign_digest(digest, key) == signature
    with pytest.raises(SignatureInvalid):
        recover_signer(digest, mirrored(signature))


@given(bit=st.integers(0, 519))
def test_one_flipped_bit_never_recovers_the_signer(bit: int) -> None:
    forged = (int.from_bytes(SIGNATURE, "big") ^ 1 << bit).to_bytes(65, "big")
    try:
        signer = recover_signer(DIGEST, forged)
    except SignatureInvalid:
        return
    assert signer != address_of_key(KEY)


ORDER_BYTES = CURVE_ORDER.to_bytes(32, "big")


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (b"", "signature.length"),
        (SIGNATURE[:64], "signature.length"),
        (SIGNATURE + b"\x00", "signature.length"),
        (bytearray(SIGNATURE), "signature.length"),
        (SIGNATURE.hex(), "signature.length"),
        (None, "signature.length"),
        (SIGNATURE[:64] + b"\x00", "signature.v"),
        (SIGNATURE[:64] + b"\x01", "signature.v"),
        (SIGNATURE[:64] + b"\x1d", "signature.v"),
        (mirrored(SIGNATURE), "signature.high_s"),
        (bytes(32) + SIGNATURE[32:], "signature.range"),
        (SIGNATURE[:32] + bytes(32) + b"\x1b", "signature.range"),
        (ORDER_BYTES + SIGNATURE[32:], "signature.range"),
        (bytes(31) + b"\x05" + SIGNATURE[32:], "signature.unrecoverable"),
    ],
)
def test_other_forms_are_refused(signature: Any, code: str) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        recover_signer(DIGEST, signature)
    assert caught.value.code == code


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33), "x" * 32, None])
def test_only_a_digest_of_32_bytes_is_signed(digest: Any) -> None:
    with pytest.raises(SignatureInvalid):
        recover_signer(digest, SIGNATURE)
    with pytest.raises(MalformedInput):
        sign_digest(digest, KEY)


@pytest.mark.parametrize("key", [bytes(32), ORDER_BYTES, b"\xff" * 32, bytes(31), "k" * 32])
def test_unusable_keys_are_refused(key: Any) -> None:
    with pytest.raises(MalformedInput):
        sign_digest(DIGEST, key)


def test_the_author_hash_is_the_keccak_of_the_signature() -> None:
    assert author_hash(SIGNATURE) == keccak(SIGNATURE)
    with pytest.raises(SignatureInvalid):
        author_hash(SIGNATURE[:64])
