"""API shapes of imports. Nothing in them is a patient's."""

from collections import Counter

from pydantic import Field

from ledger_api.imports.fhir_bundle import FhirBundle
from ledger_api.imports.outcomes import ItemResult
from ledger_web.bodies import ApiModel


class ImportItem(ApiModel):
    """What became of one MedicationRequest."""

    entry: int = Field(description="Index in the bundle's entries", examples=[3])
    source: str = Field(examples=["urn:uuid:5330069a-2d3a-5a58-a9cd-a97ff8c6cf9b"])
    outcome: str = Field(description="drafted, skipped or refused", examples=["drafted"])
    draft_id: str | None = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    code: str = Field(description="Stable reason", examples=["drafted"])
    message: str = Field(examples=["Drafted: a doctor can sign it."])
    message_zh: str = Field(examples=["已生成草稿，可由医师签署。"])
    notes: list[str] = Field(description="What was assumed", examples=[["usual_dose_assumed"]])


class ImportAnswer(ApiModel):
    """The result of an import: one item per MedicationRequest, in the bundle's order."""

    items: list[ImportItem]
    drafted: int = Field(examples=[1])
    skipped: int = Field(examples=[0])
    refused: int = Field(examples=[0])
    drafts: int = Field(description="Drafts made; one can hold several items", examples=[1])
    mapping_version: int | None = Field(description="Version of the code mapping that was used", examples=[1])


def leave_out_sources(answer: ImportAnswer) -> ImportAnswer:
    """Return the answer without the names that the sender gave to its orders."""
    return answer.model_copy(
        update={"items": [item.model_copy(update={"source": ""}) for item in answer.items]}
    )


def name_sources(answer: ImportAnswer, bundle: FhirBundle) -> ImportAnswer:
    """Put the names back that `leave_out_sources` left out, from the same bundle."""
    return answer.model_copy(
        update={
            "items": [
                item.model_copy(update={"source": bundle.entries[item.entry].source}) for item in answer.items
            ]
        }
    )


def build_import_answer(results: list[ItemResult], drafts: int, mapping_version: int | None) -> ImportAnswer:
    """Build the API shape of an import's results."""
    ordered = sorted(results, key=lambda result: result.entry)
    counts = Counter(one.outcome for one in ordered)
    return ImportAnswer(
        items=[
            ImportItem(
                entry=one.entry,
                source=one.source,
                outcome=one.outcome,
                draft_id=one.draft_id,
                code=one.code,
                message=one.message,
                message_zh=one.message_zh,
                notes=list(one.notes),
            )
            for one in ordered
        ],
        drafts=drafts,
        mapping_version=mapping_version,
        drafted=counts["drafted"],
        skipped=counts["skipped"],
        refused=counts["refused"],
    )
