"""The Content-Digest header (RFC 9530) of a request between gateways: the hash of its body, ahead of it.

A peer's signature is over the hash of the body, so with the hash in a header it can be checked before a large
body is read: strangers shouldn't fill the memory. The body is then held against the hash.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from ledger_api.peers.errors import PeerNotAuthentic
from ledger_proofs.types import Hash

HEADER: Final = "Content-Digest"
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


def build_content_digest(body: bytes) -> str:
    """Build the header's value."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def parse_content_digest(text: str | None) -> Hash:
    """Return the body's stated hash; without the header, that of no body. Raises PeerNotAuthentic."""
    if text is None:
        return Hash(hashlib.sha256(b"").digest())
    found = _DIGEST.fullmatch(text)
    try:
        digest = base64.b64decode(found.group(1), validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise PeerNotAuthentic(
            f"Send `{HEADER}: sha-256=:<base64>:` of the body (RFC 9530), and of nothing else.",
            f"请发送请求体的 `{HEADER}: sha-256=:<base64>:`（RFC 9530），不含其他算法。",
        )
    return Hash(digest)
