"""65-byte secp256k1 signatures `r || s || v` as Ethereum has them, low `s` only (EIP-2; protocol 5)."""

from __future__ import annotations

from typing import Final

import coincurve

from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput, SignatureInvalid
from ledger_proofs.types import Address, Hash, Signature, require_bytes

SIGNATURE_BYTES: Final = 65
CURVE_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141

_HALF_ORDER: Final = (CURVE_ORDER // 2).to_bytes(32, "big")
_ORDER: Final = CURVE_ORDER.to_bytes(32, "big")
_ZERO: Final = bytes(32)


def recover_signer(digest: bytes, signature: bytes) -> Address:
    """Return the account whose key made this signature over a 32-byte digest.

    Raises `SignatureInvalid` when the signature has another form than the one accepted: 65 bytes, `v` 27 or
    28, `r` and `s` within the curve's order, `s` at most half of it.
    """
    if type(digest) is not bytes or len(digest) != 32:
        raise SignatureInvalid("what is signed must be a digest of 32 bytes", code="signature.digest")
    if type(signature) is not bytes or len(signature) != SIGNATURE_BYTES:
        raise SignatureInvalid(f"a signature must be {SIGNATURE_BYTES} bytes", code="signature.length")
    v, r, s = signature[64], signature[:32], signature[32:64]
    if v != 27 and v != 28:
        raise SignatureInvalid("the signature's v must be 27 or 28", code="signature.v")
    if s > _HALF_ORDER:
        raise SignatureInvalid("the signature's s is in the high half; sign again", code="signature.high_s")
    if r == _ZERO or s == _ZERO or r >= _ORDER:
        raise SignatureInvalid("the signature's r or s is out of range", code="signature.range")
    try:
        key = coincurve.PublicKey.from_signature_and_message(
            signature[:64] + bytes((v - 27,)), digest, hasher=None
        )
    except Exception:  # noqa: BLE001
        # coincurve raises a bare Exception where the point isn't on the curve.
        raise SignatureInvalid("nobody's key makes this signature", code="signature.unrecoverable") from None
    return Address(keccak(key.format(compressed=False)[1:])[12:])


def author_hash(signature: bytes) -> Hash:
    """Return what an entry holds of its author's signature: `keccak(signature)`."""
    if type(signature) is not bytes or len(signature) != SIGNATURE_BYTES:
        raise SignatureInvalid(f"a signature must be {SIGNATURE_BYTES} bytes", code="signature.length")
    return keccak(signature)


def sign_digest(digest: bytes, private_key: bytes) -> Signature:
    """Sign a 32-byte digest (RFC 6979: the same each time). Raises `MalformedInput` for an unusable key."""
    require_bytes(digest, 32, "digest")
    key = _private_key(private_key)
    recoverable = key.sign_recoverable(digest, hasher=None)
    return Signature(recoverable[:64] + bytes((recoverable[64] + 27,)))


def address_of_key(private_key: bytes) -> Address:
    """Return the account of a private key."""
    return Address(keccak(_private_key(private_key).public_key.format(compressed=False)[1:])[12:])


def _private_key(private_key: bytes) -> coincurve.PrivateKey:
    require_bytes(private_key, 32, "private key")
    if not _ZERO < private_key < _ORDER:
        raise MalformedInput("a private key must be from 1 to the curve's order less 1", "private key")
    return coincurve.PrivateKey(private_key)
