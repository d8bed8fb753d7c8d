"""The body of a restore record, schema `rx.restore/1`, as a pharmacist signs it (protocol 11)."""

from typing import Final, Literal, cast

from ledger_api.records.body_fields import BodyPart, Remark
from ledger_api.records.body_parts import Ref, Staff
from ledger_proofs.types import JsonValue

SCHEMA_NAME: Final = "rx.restore/1"

RestoreReason = Literal["returned", "scan_error", "not_collected", "recalled", "other"]


class RestoreBody(BodyPart):
    """Everything that the pharmacist signs, besides the record's id, issuer and time."""

    dispensing: Ref
    reason: RestoreReason
    note: Remark | None = None
    pharmacist: Staff

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))
