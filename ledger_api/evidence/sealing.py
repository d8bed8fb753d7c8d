"""Encryption at rest of evidence that others sent: AES-256-GCM under a key of its own, bound to its place.

Such evidence holds other institutions' records in full. The key is stored only wrapped by the tenant's key.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_web.errors import ServiceError

_NONCE_BYTES = 12
_KEY_BITS = 256


class EvidenceSealBroken(ServiceError):
    """Stored evidence doesn't open: it was altered, moved, or its key is another's."""

    code = "evidence-seal-broken"
    title = "Stored evidence does not open"
    title_zh = "存储的证据无法打开"

    def __init__(self) -> None:
        super().__init__(
            "The stored evidence is not what was received. Restore it from a backup, and look for who altered"
            " it.",
            "存储的证据与收到时不一致。请从备份恢复，并查明是谁改动的。",
        )


@dataclass(frozen=True)
class SealedEvidence:
    """What is stored: nonce and ciphertext with tag, and the wrapped key."""

    content: bytes
    wrapped_key: bytes


class EvidenceSeal:
    """Seals and opens what tenants were sent. `place` names the row, such as `settlement-request:<id>`."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper

    def seal(self, institution: int, place: str, content: bytes) -> SealedEvidence:
        """Encrypt content under a fresh key."""
        context = _context(place)
        key = AESGCM.generate_key(_KEY_BITS)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, content, context)
        return SealedEvidence(nonce + ciphertext, self._wrapper.wrap(institution, key, context))

    def open(self, institution: int, place: str, sealed: SealedEvidence) -> bytes:
        """Decrypt content. Raises EvidenceSealBroken, or the keystore's errors."""
        context = _context(place)
        key = self._wrapper.unwrap(institution, sealed.wrapped_key, context)
        nonce, ciphertext = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, context)
        except (InvalidTag, ValueError):
            raise EvidenceSealBroken from None


def _context(place: str) -> bytes:
    return b"RxLedger evidence v1|" + place.encode("ascii")
