"""Encryption of a draft at rest: AES-256-GCM under a key of its own, bound to the draft's id.

The key is stored only wrapped by the institution's key. Deleting both columns makes the content unreadable.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_web.errors import ServiceError

_NONCE_BYTES = 12
_KEY_BITS = 256


class DraftUnreadable(ServiceError):
    """The stored draft doesn't open: it was altered, moved, or its key is another's."""

    code = "draft-unreadable"
    title = "The stored draft can't be opened"
    title_zh = "已存草稿无法打开"


@dataclass(frozen=True)
class SealedDraft:
    """What is stored: nonce and ciphertext with tag, and the wrapped key."""

    content: bytes
    wrapped_key: bytes


class DraftSeal:
    """Seals and opens drafts of institutions."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper

    def seal(self, institution: int, draft_id: str, content: bytes) -> SealedDraft:
        """Encrypt a draft's content under a fresh key."""
        context = _context(draft_id)
        key = AESGCM.generate_key(_KEY_BITS)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, content, context)
        return SealedDraft(nonce + ciphertext, self._wrapper.wrap(institution, key, context))

    def open(self, institution: int, draft_id: str, sealed: SealedDraft) -> bytes:
        """Decrypt a draft's content. Raises DraftUnreadable, or the keystore's errors."""
        context = _context(draft_id)
        key = self._wrapper.unwrap(institution, sealed.wrapped_key, context)
        nonce, ciphertext = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, context)
        except (InvalidTag, ValueError):
            raise DraftUnreadable(
                "Its stored bytes are not as they were written. Restore them from a backup, and look for who"
                " altered them.",
                "其存储内容与写入时不符。请从备份恢复，并查明何人改动。",
            ) from None


def _context(draft_id: str) -> bytes:
    return b"RxLedger draft v1|" + draft_id.encode("ascii")
