"""Parts that records of several kinds share (protocol 11): references to other records, staff, money.

A `Ref` names a record by its issuer, id and commitment: the commitment alone binds, the others say where to
ask. A `WindowRef` names one window of it besides, hence one entry.
"""

from typing import Annotated, Final

from pydantic import Field, Strict

from ledger_api.records.body_fields import BodyPart, Code, Name, UtcTime
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import MAX_INSTITUTION, MAX_JSON_INTEGER

MAX_WINDOW: Final = 65_535  # protocol 9.1

HashText = Annotated[str, Strict(), Field(pattern=r"^0x[0-9a-f]{64}$")]
"""32 bytes, `0x` and lower-case hex: a commitment, a claim key, a pack token."""
RecordId = Annotated[
    str, Strict(), Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
InstitutionId = Annotated[int, Strict(), Field(ge=1, le=MAX_INSTITUTION)]
MinorAmount = Annotated[int, Strict(), Field(ge=0, le=MAX_JSON_INTEGER)]
"""Money in minor units (fen), as an integer; the currency stands beside it."""
WindowNumber = Annotated[int, Strict(), Field(ge=0, le=MAX_WINDOW)]


class Ref(BodyPart):
    """Another record."""

    institution: InstitutionId
    id: RecordId
    commitment: HashText


class WindowRef(Ref):
    """One window of another record, which is one entry."""

    window: WindowNumber
    not_before: UtcTime


class Staff(BodyPart):
    """Who signs, by name and practitioner's code."""

    name: Name
    code: Code


def build_ref(institution: int, record_id: str, commitment: bytes) -> Ref:
    """Build the reference to a record."""
    return Ref(institution=institution, id=record_id, commitment=to_hex(commitment))
