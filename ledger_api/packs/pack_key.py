"""The key that turns pack codes into tokens: one for all gateways of a network (protocol 12)."""

import hashlib
from pathlib import Path
from typing import Final

from ledger_proofs.packs import PACK_KEY_BYTES
from ledger_web.errors import StartRefused

DEVELOPMENT_PACK_KEY: Final = hashlib.sha256(b"rxledger-development-only pack key").digest()
"""Public on purpose; production refuses it."""
_MAX_FILE_BYTES = 1024


def load_pack_key(path: Path | None, *, is_production: bool) -> bytes:
    """Read the key from a file of 64 hexadecimal digits. Without one there is the development's.

    Raises StartRefused, never with the file's content.
    """
    key = DEVELOPMENT_PACK_KEY if path is None else _read(path)
    if is_production and key == DEVELOPMENT_PACK_KEY:
        raise StartRefused(
            "RXLEDGER_PACK_KEY_FILE must be set in production: the file with the network's pack key, 64"
            " hexadecimal digits. The development key is known to everybody."
        )
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            key = bytes.fromhex(file.read(_MAX_FILE_BYTES).decode("ascii").strip())
    except OSError as fault:
        raise StartRefused(f"RXLEDGER_PACK_KEY_FILE: {path} can't be read ({fault.strerror}).") from None
    except ValueError:
        key = b""
    if len(key) != PACK_KEY_BYTES:
        raise StartRefused(
            f"RXLEDGER_PACK_KEY_FILE: {path} must hold 64 hexadecimal digits and nothing else."
        )
    return key
