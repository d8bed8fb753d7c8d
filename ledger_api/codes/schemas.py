"""API shapes of code mappings."""

from pydantic import Field

from ledger_api.codes.mapping_rows import MappingRow
from ledger_api.codes.models import CodeMappingVersion
from ledger_web.bodies import ApiModel

EXAMPLE_ROW = {
    "kind": "drug",
    "source_system": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "source_code": "197361",
    "code_system": "rxledger-example-drug",
    "code": "EX-0009",
    "name_zh": "苯磺酸氨氯地平片",
    "name_en": "Amlodipine besylate tablets",
    "item_type": "11",
    "specification": "5mg*7片",
    "strength_value": "5",
    "strength_unit": "mg",
    "form_unit": "片",
    "pack_size": 7,
    "pack_unit": "盒",
    "usual_dose": "5",
    "usual_frequency": "QD",
    "usual_route": "口服",
    "usual_days": 7,
}


class CodeMappingAnswer(ApiModel):
    """The version in force. `is_new` is false where just these rows were in force already."""

    version: int = Field(examples=[1])
    is_new: bool = Field(examples=[True])
    drugs: int = Field(examples=[25])
    diagnoses: int = Field(examples=[23])
    content_sha256: str = Field(examples=["0" * 64])
    uploaded_at: int = Field(description="Unix seconds", examples=[1_800_000_000])


class CodeMappingPage(ApiModel):
    """One page of one version's rows, in the order of the file."""

    version: int = Field(examples=[1])
    items: list[MappingRow] = Field(examples=[[EXAMPLE_ROW]])
    next_cursor: str | None = Field(examples=[None])


def build_mapping_answer(version: CodeMappingVersion, *, is_new: bool) -> CodeMappingAnswer:
    """Build the API shape of a version."""
    return CodeMappingAnswer(
        version=version.version,
        is_new=is_new,
        drugs=version.drug_count,
        diagnoses=version.diagnosis_count,
        content_sha256=version.content_sha256,
        uploaded_at=version.uploaded_at,
    )
