"""The two hash functions of the protocol: SHA-256 (FIPS 180-4) for trees, Keccak-256 for the EVM."""

from __future__ import annotations

import hashlib

import sha3  # type: ignore[import-untyped, unused-ignore]

from ledger_proofs.types import Hash


def sha256(message: bytes) -> Hash:
    """Return the SHA-256 hash, 32 bytes."""
    return Hash(hashlib.sha256(message).digest())


def keccak(message: bytes) -> Hash:
    """Return the Keccak-256 hash as the EVM computes it (the padding from before FIPS 202), 32 bytes."""
    return Hash(sha3.keccak_256(message).digest())
