"""Presentations: what a claim's one-time key signs to hand the claim over (protocol, sections 5 and 13).

A *reading presentation* hands over nothing: its use hash and `into` are zero, and the chain refuses `into`
zero. It shows its recipient that the sender has the code, and may read the prescription.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Domain, Presentation, word
from ledger_proofs.errors import MalformedInput, SignatureInvalid
from ledger_proofs.kinds import SKEW_SECONDS
from ledger_proofs.signatures import recover_signer, sign_digest
from ledger_proofs.types import (
    MAX_UINT32,
    ZERO_HASH,
    Address,
    ClaimKey,
    Commitment,
    Signature,
    require_uint,
)

MAX_READING_SECONDS: Final = 900
"""How far ahead of its making a reading presentation's deadline may be."""
_NOTHING: Final = Commitment(ZERO_HASH)


def reading_claim(institution: int, record_id: str, window: int, ordinal: int) -> ClaimKey:
    """Return what a reading presentation names in a claim's place: what a hand-over code alone says of it.

    keccak over 4 words (institution, the UUID as a number, window, ordinal): never a claim key, which has 5
    and needs the commitment, that whoever reads doesn't know yet. Raises `MalformedInput`.
    """
    try:
        identifier = UUID(record_id).int
    except ValueError:
        raise MalformedInput("must be a UUID", "record_id", code="field.type") from None
    numbers = (
        require_uint(institution, MAX_UINT32, "institution"),
        identifier,
        require_uint(window, MAX_UINT32, "window"),
        require_uint(ordinal, MAX_UINT32, "ordinal"),
    )
    return ClaimKey(keccak(b"".join(word(number) for number in numbers)))


def build_reading(claim: ClaimKey, restore_count: int, spender: int, deadline: int) -> Presentation:
    """Return the message by which `spender` may read the claim's record until `deadline` (Unix seconds)."""
    return Presentation(claim, restore_count, spender, ZERO_HASH, _NOTHING, deadline)


def sign_presentation(presentation: Presentation, domain: Domain, holder_key: bytes) -> Signature:
    """Sign with a claim's 32-byte one-time key."""
    return sign_digest(presentation.digest(domain), holder_key)


def recover_holder(presentation: Presentation, domain: Domain, signature: bytes) -> Address:
    """Return the one-time address that signed. Raises `SignatureInvalid` for a signature of wrong form."""
    return recover_signer(presentation.digest(domain), signature)


def verify_presentation(
    presentation: Presentation, domain: Domain, signature: bytes, holder: bytes, now: int
) -> None:
    """Check that the claim's holder signed, and that the deadline (inclusive) isn't past.

    Raises `SignatureInvalid`.
    """
    if recover_holder(presentation, domain, signature) != holder:
        raise SignatureInvalid("the claim's holder didn't sign this", code="presentation.holder")
    if now > presentation.deadline:
        raise SignatureInvalid("its deadline is past: sign again", code="presentation.expired")


def verify_reading(
    presentation: Presentation, domain: Domain, signature: bytes, holder: bytes, now: int
) -> None:
    """Check a reading presentation: of no use, by the claim's holder, and good for a short while only.

    Raises `SignatureInvalid`.
    """
    if presentation.use_hash != ZERO_HASH or presentation.into != _NOTHING:
        raise SignatureInvalid("it hands a use over: that isn't for reading", code="presentation.not_reading")
    if presentation.deadline > now + MAX_READING_SECONDS + SKEW_SECONDS:
        raise SignatureInvalid(
            f"its deadline is more than {MAX_READING_SECONDS} seconds ahead: sign with a nearer one",
            code="presentation.deadline",
        )
    verify_presentation(presentation, domain, signature, holder, now)
