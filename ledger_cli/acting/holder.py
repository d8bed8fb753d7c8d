"""The holder's side: a code seed that no server sees, the codes made from it, and what its keys sign."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger_proofs.eip712 import Domain
from ledger_proofs.handover import HandoverCode
from ledger_proofs.holders import SEED_BYTES, holder_addresses
from ledger_proofs.kinds import KINDS
from ledger_proofs.presentations import MAX_READING_SECONDS, build_reading, reading_claim, sign_presentation
from ledger_proofs.types import InstitutionNumber, JsonValue

PRESCRIPTION_KIND = 1
MAX_CLAIMS = KINDS[PRESCRIPTION_KIND].max_claim_count
HOLDER_SPENDER = 0
"""Whom a reading presentation names when the holder herself reads: nobody."""
READING_SECONDS = MAX_READING_SECONDS // 2


@dataclass(frozen=True)
class CodeSeed:
    """What hand-over codes are made from: 32 random bytes that stay with doctor and patient."""

    seed: bytes = field(repr=False)

    @classmethod
    def new(cls) -> CodeSeed:
        """A fresh seed from the system's random source."""
        return cls(secrets.token_bytes(SEED_BYTES))

    def addresses(self, count: int = MAX_CLAIMS) -> list[str]:
        """The addresses of the first claims' keys, 0x and hex: what goes to the gateway."""
        return ["0x" + address.hex() for address in holder_addresses(self.seed, count)]

    def code(self, institution: int, record_id: str, window: int = 0) -> HandoverCode:
        """The code that hands over one window of a prescription."""
        return HandoverCode(InstitutionNumber(institution), record_id, window, seed=self.seed)


def sign_readings(
    code: HandoverCode, spender: int, domain: Domain, *, now: int | None = None
) -> list[JsonValue]:
    """Reading presentations, as requests carry them: of each claim of a part, of the first of a whole code.

    `spender` is the reading institution, `HOLDER_SPENDER` for the holder herself.
    """
    deadline = (int(time.time()) if now is None else now) + READING_SECONDS
    return [_sign_reading(code, ordinal, spender, domain, deadline) for ordinal in shown_ordinals(code)]


def shown_ordinals(code: HandoverCode) -> Sequence[int]:
    """The claims that a reading shows the key of: one is enough where the code has them all."""
    return (0,) if code.is_whole else tuple(code.keys or ())


def _sign_reading(
    code: HandoverCode, ordinal: int, spender: int, domain: Domain, deadline: int
) -> dict[str, JsonValue]:
    name = reading_claim(code.institution, code.record_id, code.window, ordinal)
    signature = sign_presentation(build_reading(name, 0, spender, deadline), domain, code.key_for(ordinal))
    return {
        "ordinal": ordinal,
        "restore_count": 0,
        "deadline": deadline,
        "signature": "0x" + signature.hex(),
    }
