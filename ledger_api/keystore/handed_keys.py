"""Handing a record's key to a regulator: HPKE (RFC 9180) base mode, one message.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. The wrapped key is `enc || ciphertext`, 80 bytes
for a record key of 32. Its `info` names the demand and the record, so that a wrapped key can't pass for the
answer to another demand, or for the key of another record.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ledger_api.keystore.errors import HandedKeyInvalid, RecipientKeyInvalid
from ledger_proofs.types import Commitment, RecordKey

WRAPPED_KEY_BYTES: Final = 80
_LABEL: Final = b"RxLedger record key v1\x00"
_KEY_BYTES: Final = 32


def wrap_record_key(key: RecordKey, recipient_key: bytes, demand: Commitment, subject: Commitment) -> bytes:
    """Wrap a record's key to a regulator's public key, for one demand. Raises RecipientKeyInvalid."""
    try:
        recipient = X25519PublicKey.from_public_bytes(recipient_key)
        return _suite().encrypt(key, recipient, _info(demand, subject))
    except ValueError:  # not 32 bytes, or a point of small order, with which there is no secret
        raise RecipientKeyInvalid from None


def unwrap_record_key(
    wrapped: bytes, private_key: X25519PrivateKey, demand: Commitment, subject: Commitment
) -> RecordKey:
    """Open a wrapped key. Raises HandedKeyInvalid for anything that isn't that record's for that demand."""
    try:
        if len(wrapped) != WRAPPED_KEY_BYTES:
            raise ValueError
        key = _suite().decrypt(wrapped, private_key, _info(demand, subject))
        if len(key) != _KEY_BYTES:
            raise ValueError
    except (InvalidTag, ValueError):
        raise HandedKeyInvalid from None
    return RecordKey(key)


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def _info(demand: bytes, subject: bytes) -> bytes:
    return _LABEL + demand + subject
