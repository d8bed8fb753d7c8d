"""One row of a code mapping: which local drug or diagnosis a code of another system stands for.

A drug row carries what a hospital's drug catalogue knows and an order from another system may leave out:
the pack and its strength, and the usual dosage. A row is data of the institution; the code systems in it
are its choice.
"""

from typing import Annotated, Literal

from pydantic import Field, Strict

from ledger_api.prescriptions.body import ControlClass, ControlForm, Days, ItemType
from ledger_api.records.body_fields import BodyPart, Code, CodeSystem, Label, PositiveDecimal, Unit

SourceSystem = Annotated[
    str,
    Strict(),
    Field(max_length=200, pattern=r"^[!-~]+$", description="The system URI exactly as the sender writes it."),
]
PackSize = Annotated[int, Strict(), Field(ge=1, le=100_000)]
Frequency = Annotated[str, Strict(), Field(pattern=r"^[A-Z0-9]{1,10}$")]


class DrugMapping(BodyPart):
    """A drug: its place in the local catalogue, its pack, and how it is usually taken.

    One `form_unit` (a tablet) holds `strength_value` `strength_unit` (5 mg); a `pack_unit` (a box) holds
    `pack_size` of them. `usual_dose` is in `strength_unit`.
    """

    kind: Literal["drug"]
    source_system: SourceSystem
    source_code: Code
    code_system: CodeSystem
    code: Code
    name_zh: Label
    name_en: Label
    item_type: ItemType
    specification: Label
    strength_value: PositiveDecimal
    strength_unit: Unit
    form_unit: Unit
    pack_size: PackSize
    pack_unit: Unit
    usual_dose: PositiveDecimal
    usual_frequency: Frequency
    usual_route: Annotated[Label, Field(max_length=50)]
    usual_days: Days
    control_class: ControlClass | None = None
    control_form: ControlForm | None = None


class DiagnosisMapping(BodyPart):
    """A diagnosis: its place in the local catalogue."""

    kind: Literal["diagnosis"]
    source_system: SourceSystem
    source_code: Code
    code_system: CodeSystem
    code: Code
    name_zh: Label
    name_en: Label


MappingRow = Annotated[DrugMapping | DiagnosisMapping, Field(discriminator="kind")]
