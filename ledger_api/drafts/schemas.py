"""API shapes of drafts."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ledger_api.drafts.models import Draft
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT, PrescriptionDraft
from ledger_web.bodies import ApiModel

DraftStatus = Literal["draft", "signed"]
DraftId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"],
    ),
]


class DraftSummary(ApiModel):
    """A draft without its content: nothing of the patient."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    status: str = Field(description="draft or signed", examples=["draft"])
    origin: str = Field(description="api or fhir", examples=["api"])
    created_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    prescriber_code: str | None = Field(description="Null: any doctor may sign", examples=["D110100000001"])
    type: str = Field(examples=["ordinary"])
    line_count: int = Field(examples=[1])
    notes: list[str] = Field(description="What an import assumed", examples=[["usual_dose_assumed"]])
    prescription_id: str | None = Field(description="What it became", examples=[None])


class DraftAnswer(DraftSummary):
    """A draft with its content; `body` is null once it was signed."""

    body: dict[str, Any] | None = Field(examples=[EXAMPLE_DRAFT])


class DraftPage(ApiModel):
    """One page of drafts, oldest first."""

    items: list[DraftSummary]
    next_cursor: str | None = Field(examples=[None])


def build_summary(row: Draft) -> DraftSummary:
    """Build the API shape of a draft without its content."""
    return DraftSummary(
        id=row.id,
        status=row.status,
        origin=row.origin,
        created_at=row.created_at,
        prescriber_code=row.prescriber_code,
        type=row.prescription_type,
        line_count=row.line_count,
        notes=row.notes,
        prescription_id=row.record_id,
    )


def build_answer(row: Draft, content: PrescriptionDraft | None) -> DraftAnswer:
    """Build the API shape of a draft with its content."""
    return DraftAnswer(
        **build_summary(row).model_dump(), body=content.as_json() if content is not None else None
    )
