"""The one-time keys of a prescription's holder (protocol, section 10).

All come from one random *code seed*, made where the prescriber signs and handed to the patient in the
hand-over code. No server ever has it: of a key, the record carries only the address.
"""

from __future__ import annotations

from typing import Final

from ledger_proofs.commitments import expand_key
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import MAX_UINT32, Address, require_bytes, require_uint

SEED_BYTES: Final = 32
_HOLDER_INFO: Final = b"RxLedger holder v1"


def derive_holder_key(seed: bytes, ordinal: int) -> bytes:
    """Return the 32-byte private key of one claim: HKDF-Expand(seed, "RxLedger holder v1" || u32(ordinal)).

    Raises `MalformedInput` for a seed that isn't 32 bytes, or an ordinal that isn't a `uint32`.
    """
    require_bytes(seed, SEED_BYTES, "seed")
    number = require_uint(ordinal, MAX_UINT32, "ordinal")
    return expand_key(seed, _HOLDER_INFO + number.to_bytes(4, "big"))


def holder_addresses(seed: bytes, count: int) -> tuple[Address, ...]:
    """Return the addresses of claims 0 to `count - 1`, as a prescription's `holders` names them."""
    return tuple(address_of_key(derive_holder_key(seed, ordinal)) for ordinal in range(count))
