"""The body of a demand record, schema `rx.demand/1`: an officer asks for one record's content (protocol 11).

`recipient_key` is the regulator's public key (X25519, RFC 7748) to which the answer's key is to be wrapped.
"""

from typing import Annotated, Final, Literal, cast

from pydantic import Field

from ledger_api.records.body_fields import BodyPart, Remark, UtcTime
from ledger_api.records.body_parts import HashText, InstitutionId, RecordId, Staff
from ledger_proofs.types import JsonValue

SCHEMA_NAME: Final = "rx.demand/1"

Purpose = Literal["audit", "complaint", "court", "safety"]


class Subject(BodyPart):
    """Whose record is asked for. The commitment binds; the id is left out where the officer has none."""

    institution: InstitutionId
    id: RecordId | None = None
    commitment: HashText


class DemandBody(BodyPart):
    """Everything that the officer signs, besides the record's id, issuer and time."""

    subject: Subject
    purpose: Purpose
    grounds: Remark
    answer_by: UtcTime
    recipient_key: Annotated[HashText, Field(description="X25519 public key, 32 bytes.")]
    officer: Staff

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))
