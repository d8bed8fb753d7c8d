"""Encryption of a record at rest.

Content is AES-256-GCM under the record's body key (protocol 2), with the commitment as associated data,
so that neither content nor key can be moved to another record unnoticed. The record key itself is stored
only wrapped by the institution's key. A body key encrypts once: a record is never rewritten. What a noun
keeps beside a record that isn't signed yet is encrypted under another key, which follows from the same one.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_proofs.commitments import derive_body_key, expand_key
from ledger_proofs.records import Record, parse_record
from ledger_proofs.types import Commitment, RecordKey
from ledger_web.errors import ServiceError

NONCE_BYTES = 12
_CONTEXT_INFO = b"RxLedger context v1"


class SealBroken(ServiceError):
    """Stored content doesn't open: it was altered, moved, or its key is another's."""

    code = "record-seal-broken"
    title = "A stored record does not open"
    title_zh = "存储的记录无法打开"

    def __init__(self) -> None:
        super().__init__(
            "The stored content is not what was accepted. Restore it from a backup, and look for who altered"
            " it.",
            "存储的内容与受理时不一致。请从备份恢复，并查明是谁改动的。",
        )


@dataclass(frozen=True)
class SealedRecord:
    """A record as it is stored: nonce and ciphertext with tag in `content`, its key wrapped."""

    id: str
    institution: int
    commitment: Commitment
    content: bytes
    wrapped_key: bytes


@dataclass(frozen=True)
class OpenedRecord:
    """A record with its key, in memory only."""

    record: Record
    record_key: RecordKey


class RecordVault:
    """Seals records for storage and opens them again."""

    def __init__(self, key_wrapper: KeyWrapper) -> None:
        self._key_wrapper = key_wrapper

    def seal(self, opened: OpenedRecord, commitment: Commitment) -> SealedRecord:
        """Encrypt a record's canonical bytes and wrap its key."""
        record = opened.record
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(derive_body_key(opened.record_key))
        return SealedRecord(
            id=record.id,
            institution=record.issuer,
            commitment=commitment,
            content=nonce + cipher.encrypt(nonce, record.canonical, commitment),
            wrapped_key=self._key_wrapper.wrap(record.issuer, opened.record_key, _context_of(record.id)),
        )

    def open(self, sealed: SealedRecord) -> OpenedRecord:
        """Decrypt a record. Raises `SealBroken`, `KeyMissing` or `WrappedKeyInvalid`."""
        key = RecordKey(
            self._key_wrapper.unwrap(sealed.institution, sealed.wrapped_key, _context_of(sealed.id))
        )
        nonce, ciphertext = sealed.content[:NONCE_BYTES], sealed.content[NONCE_BYTES:]
        try:
            content = AESGCM(derive_body_key(key)).decrypt(nonce, ciphertext, sealed.commitment)
        except (InvalidTag, ValueError):
            raise SealBroken from None
        return OpenedRecord(parse_record(content), key)


def seal_context(record_key: RecordKey, commitment: Commitment, context: bytes) -> bytes:
    """Encrypt what is kept beside a record; bound to the record by its commitment."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_context_key(record_key)).encrypt(nonce, context, commitment)


def open_context(record_key: RecordKey, commitment: Commitment, sealed: bytes) -> bytes:
    """Decrypt what is kept beside a record. Raises SealBroken."""
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(_context_key(record_key)).decrypt(nonce, ciphertext, commitment)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def _context_key(record_key: RecordKey) -> bytes:
    return expand_key(record_key, _CONTEXT_INFO)


def _context_of(record_id: str) -> bytes:
    return b"record:" + record_id.encode()
