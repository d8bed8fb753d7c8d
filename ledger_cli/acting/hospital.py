"""A hospital's acts: a doctor issues and voids prescriptions, a pharmacist reviews them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import (
    Accepted,
    ToSign,
    expecting,
    sign_record,
    submit_record,
    verify_reference,
)
from ledger_cli.prepared import CheckedRecord
from ledger_cli.signing import prepare
from ledger_proofs.handover import HandoverCode
from ledger_proofs.types import JsonValue

REVIEW_SCHEMA = "rx.review/1"
VOID_SCHEMA = "rx.void/1"


@dataclass(frozen=True)
class IssuedPrescription:
    """A prescription that was accepted, with the seed of its hand-over codes."""

    accepted: Accepted
    seed: CodeSeed | None

    @property
    def id(self) -> str:
        """The prescription's id."""
        return self.accepted.id

    @property
    def institution(self) -> int:
        """The hospital's number."""
        return self.accepted.reference.institution

    @property
    def body(self) -> Mapping[str, Any]:
        """What was signed."""
        return self.accepted.body

    def code(self, window: int = 0) -> HandoverCode:
        """The code for one window. A prescription without holders has none."""
        if self.seed is None:
            raise ValueError("this prescription was issued without holders")
        return self.seed.code(self.institution, self.id, window)


def issue(
    doctor: PersonAtWork,
    request: Mapping[str, JsonValue],
    *,
    seed: CodeSeed | None = None,
    keep_codes: Callable[[Sequence[HandoverCode]], None] = lambda _codes: None,
) -> IssuedPrescription:
    """Prepare, check, sign and submit a prescription of `{draft_id}` or `{body}`.

    With a `seed`, whoever has a code made from it can take the drugs at any pharmacy; without one only the
    hospital itself can dispense. `keep_codes` gets the codes before anything is handed in: a code that is
    lost can't be made again.
    """
    asked = dict(request)
    if seed is not None:
        asked["holders"] = list(seed.addresses())
    checked = prepare(doctor.client, doctor.profile, asked)
    if seed is not None:
        record = checked.record
        windows = range(len(checked.authorships))
        keep_codes([seed.code(record.issuer, record.id, window) for window in windows])
    return IssuedPrescription(submit_record(doctor, ToSign("prescriptions", checked, None)), seed)


def review(
    pharmacist: PersonAtWork,
    institution: int,
    prescription_id: str,
    *,
    decision: str = "approved",
    reasons: Sequence[str] = (),
    opinion: str | None = None,
) -> Accepted:
    """Sign a review: of an own prescription, or of one that was fetched."""
    request: dict[str, JsonValue] = {
        "prescription": {"institution": institution, "id": prescription_id},
        "decision": decision,
    }
    if reasons:
        request["reasons"] = list(reasons)
    if opinion is not None:
        request["opinion"] = opinion
    same_judgement = expecting(decision=decision, reasons=request.get("reasons"), opinion=opinion)

    def check(checked: CheckedRecord) -> None:
        same_judgement(checked)
        verify_reference(
            checked.record.body.get("prescription"), institution, prescription_id, "/prescription"
        )

    return sign_record(pharmacist, "reviews", REVIEW_SCHEMA, request, check)


def void(
    doctor: PersonAtWork,
    prescription_id: str,
    *,
    window: int = 0,
    ordinals: Sequence[int] | None = None,
    reason: str = "withdrawn",
    note: str | None = None,
) -> Accepted:
    """Sign that claims of a window are void; all of them where none are named."""
    request: dict[str, JsonValue] = {"prescription_id": prescription_id, "window": window, "reason": reason}
    if ordinals is not None:
        request["ordinals"] = list(ordinals)
    if note is not None:
        request["note"] = note
    same_words = expecting(reason=reason, note=note)
    same_claims = expecting(ordinals=list(ordinals)) if ordinals is not None else None

    def check(checked: CheckedRecord) -> None:
        same_words(checked)
        if same_claims is not None:
            same_claims(checked)
        shown = checked.record.body.get("prescription")
        verify_reference(shown, doctor.institution, prescription_id, "/prescription")

    return sign_record(doctor, "voids", VOID_SCHEMA, request, check)
