"""Encryption of a record at rest.

Content is AES-256-GCM under the record's body key (protocol 2), with the commitment as associated data,
so that neither content nor key can be moved to another record unnoticed. The record key itself is stored
only wrapped by the institution's key. A body key encrypts once: a record is never rewritten.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger_proofs.commitments import derive_body_key
from ledger_proofs.types import Commitment, RecordKey

NONCE_BYTES = 12


class SealBroken(Exception):
    """Stored content doesn't open: it was altered, moved, or its key is another's."""

    code = "record.seal_broken"


@dataclass(frozen=True)
class SealedContent:
    """Nonce (12 bytes) and ciphertext with tag, as they are stored in one column."""

    stored: bytes


def seal_content(content: bytes, record_key: RecordKey, commitment: Commitment) -> SealedContent:
    """Encrypt a record's canonical bytes."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = AESGCM(derive_body_key(record_key))
    return SealedContent(nonce + cipher.encrypt(nonce, content, commitment))


def open_content(sealed: SealedContent, record_key: RecordKey, commitment: Commitment) -> bytes:
    """Decrypt a record's canonical bytes.

    Raises:
        SealBroken: the stored bytes aren't what was sealed for this commitment with this key.
    """
    nonce, ciphertext = sealed.stored[:NONCE_BYTES], sealed.stored[NONCE_BYTES:]
    try:
        return AESGCM(derive_body_key(record_key)).decrypt(nonce, ciphertext, commitment)
    except (InvalidTag, ValueError) as broken:
        raise SealBroken(
            "the stored content of a record does not open:"
            " restore it from a backup, and look for who altered it"
        ) from broken
