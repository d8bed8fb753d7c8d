"""The text in the square code of a printed prescription (protocol, section 9.1): which entry to look up.

`RXL1:<institution>:<record id>:<window>:<commitment>`, of digits, capitals, `-` and `:` alone: all in the
alphanumeric mode of QR codes (ISO/IEC 18004, 7.4.4), so that the code stays small. It names an entry and
proves nothing by itself: whoever reads it asks for that entry's evidence and compares the commitment. It says
nothing of the patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import (
    MAX_INSTITUTION,
    MAX_UINT16,
    Commitment,
    InstitutionNumber,
    require_bytes,
    require_uint,
)

REFERENCE_FORMAT: Final = "RXL1"
MAX_REFERENCE_CHARACTERS: Final = 128
"""More than the longest reference has, so that a bound can be set before parsing."""
_RECORD_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE: Final = re.compile(
    r"RXL1:([1-9][0-9]{0,6}):([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}):(0|[1-9][0-9]{0,4}):([0-9A-F]{64})"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One window of one record, by its issuer's number, its id (lower case) and its commitment."""

    institution: InstitutionNumber
    record_id: str
    window: int
    commitment: Commitment

    def __post_init__(self) -> None:
        if require_uint(self.institution, MAX_INSTITUTION, "institution") == 0:
            raise MalformedInput("must not be 0", "institution", code="reference.malformed")
        if _RECORD_ID.fullmatch(self.record_id) is None:
            raise MalformedInput("must be a UUID in lower case", "record_id", code="reference.malformed")
        require_uint(self.window, MAX_UINT16, "window")
        require_bytes(self.commitment, 32, "commitment")


def build_reference_text(reference: Reference) -> str:
    """Build the text of a reference, the only spelling there is."""
    return (
        f"{REFERENCE_FORMAT}:{reference.institution}:{reference.record_id.upper()}:{reference.window}"
        f":{reference.commitment.hex().upper()}"
    )


def parse_reference_text(text: str) -> Reference:
    """Parse a reference's text; raises `MalformedInput` for any other spelling.

    Blanks around it are for the caller to strip: scanners often send a line's end.
    """
    found = _REFERENCE.fullmatch(text) if len(text) <= MAX_REFERENCE_CHARACTERS else None
    if found is None:
        raise MalformedInput(
            f"isn't a printed reference: it begins with {REFERENCE_FORMAT}: and has four parts after that",
            code="reference.malformed",
        )
    institution, record_id, window, commitment = found.groups()
    try:
        return Reference(
            InstitutionNumber(int(institution)),
            record_id.lower(),
            int(window),
            Commitment(bytes.fromhex(commitment)),
        )
    except MalformedInput as fault:
        raise MalformedInput(
            f"isn't a printed reference: its {fault.path} can't be", code="reference.malformed"
        ) from None
