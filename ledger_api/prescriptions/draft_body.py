"""From a draft to the body that is signed.

A draft leaves open what is known only when the doctor signs: who signs, when the windows begin, how the
lines divide into claims. `build_body` fills these in and applies every rule; what the draft states, it keeps.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, Strict, ValidationError, model_validator

from ledger_api.prescriptions.body import (
    MAX_WINDOWS,
    Claims,
    Diagnoses,
    Holders,
    Lines,
    Patient,
    Prescriber,
    PrescriptionBody,
    PrescriptionType,
    SupplyReason,
    Windows,
    invalid_prescription,
    parse_body,
    verify_claims,
    verify_holders,
    verify_line_numbers,
    verify_windows,
)
from ledger_api.prescriptions.errors import HoldersGivenTwice, HoldersTooFew
from ledger_api.prescriptions.prescribing_rules import (
    DEFAULT_LIMITS,
    PrescribingLimits,
    verify_prescribing_rules,
)
from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_proofs.records import format_utc_time
from ledger_proofs.types import JsonValue

DEFAULT_VALIDITY_DAYS: Final = 1  # valid on the day of issue; the doctor may extend
MAX_VALIDITY_DAYS: Final = 3
MAX_INTERVAL_DAYS: Final = 90


EXAMPLE_DRAFT: Final[dict[str, JsonValue]] = {
    "type": "ordinary",
    "patient": {
        "name": "王小明（示例）",
        "id_type": "01",
        "id_number": "110101199003070017",
        "sex": "male",
        "birth_date": "1990-03-07",
    },
    "diagnoses": [{"system": "icd-10", "code": "I10", "name": "特发性（原发性）高血压"}],
    "lines": [
        {
            "number": 1,
            "item_type": "11",
            "code_system": "rxledger-example-drug",
            "code": "EX-0009",
            "name": "苯磺酸氨氯地平片",
            "specification": "5mg*7片",
            "dose": {"value": "5", "unit": "mg"},
            "frequency": "QD",
            "route": "口服",
            "days": 7,
            "quantity": {"value": "1", "unit": "盒"},
        }
    ],
    "validity_days": 3,
}
"""A draft that can be signed as it is. The patient is invented; the ID number has a wrong check digit."""


def _show_example(schema: dict[str, Any]) -> None:
    schema["examples"] = [EXAMPLE_DRAFT]


class Repeats(BodyPart):
    """How often in all the prescription can be used, and how many days lie between the beginnings."""

    count: Annotated[int, Strict(), Field(ge=2, le=MAX_WINDOWS)]
    interval_days: Annotated[int, Strict(), Field(ge=1, le=MAX_INTERVAL_DAYS)]


class PrescriptionDraft(BodyPart):
    """A prescription before it is signed. A complete body is a draft as well."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_show_example)

    type: PrescriptionType = "ordinary"
    patient: Patient
    prescriber: Annotated[
        Prescriber | None,
        Field(description="Left out: whoever signs, with her department. Given: only that doctor may sign."),
    ] = None
    diagnoses: Diagnoses
    lines: Lines
    claims: Annotated[Claims | None, Field(description="Left out: each line is one claim.")] = None
    windows: Annotated[
        Windows | None, Field(description="Left out: from signing on, for `validity_days`, with `repeats`.")
    ] = None
    validity_days: Annotated[
        int | None,
        Strict(),
        Field(ge=1, le=MAX_VALIDITY_DAYS, description="1 (the default) is the day of issue alone."),
    ] = None
    repeats: Repeats | None = None
    holders: Holders = ()
    supply_reason: SupplyReason | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        verify_line_numbers(self.lines)
        if self.claims is not None:
            verify_claims(self.lines, self.claims)
        if self.windows is not None:
            verify_windows(self.windows)
            if self.validity_days is not None or self.repeats is not None:
                raise refuse(
                    "windows_given_twice",
                    "give either `windows`, or `validity_days` and `repeats`",
                    "windows 与 validity_days、repeats 只能二选一",
                )
        if self.repeats is not None and self.repeats.interval_days < (self.validity_days or 1):
            raise refuse(
                "windows_overlap",
                "repeats begin before the window before them has ended: widen `interval_days`",
                "重复使用的时段相互重叠：请增大 interval_days",
            )
        verify_holders(self.holders, len(self.claims or self.lines))
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the draft as a JSON object; absent members are left out."""
        dumped: dict[str, JsonValue] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return dumped


def parse_draft(value: JsonValue) -> PrescriptionDraft:
    """Parse a draft, or a complete body, from strictly parsed JSON. Raises PrescriptionInvalid."""
    try:
        return PrescriptionDraft.model_validate(value)
    except ValidationError as error:
        raise invalid_prescription(error) from None


def add_holders(draft: PrescriptionDraft, holders: Sequence[str]) -> PrescriptionDraft:
    """Give a draft the one-time addresses that came with it: the first ones, one for each claim in order.

    Raises HoldersGivenTwice, HoldersTooFew or PrescriptionInvalid.
    """
    if draft.holders:
        raise HoldersGivenTwice
    claim_count = len(draft.claims or draft.lines)
    if len(holders) < claim_count:
        raise HoldersTooFew(claim_count)
    return parse_draft({**draft.as_json(), "holders": list(holders[:claim_count])})


def build_body(
    draft: PrescriptionDraft,
    prescriber: Prescriber,
    issued_at: int,
    zone: tzinfo,
    limits: PrescribingLimits = DEFAULT_LIMITS,
) -> PrescriptionBody:
    """Build the body that `prescriber` can sign at `issued_at` (Unix seconds), days counted in `zone`.

    `prescriber` stands in only where the draft names none: whether she is the one it names is the caller's to
    check. Raises PrescriptionInvalid (claims can't be made) or PrescribingRuleBroken.
    """
    given = draft.as_json()
    for planned in ("validity_days", "repeats"):
        given.pop(planned, None)
    given.setdefault("prescriber", prescriber.model_dump(mode="json", exclude_none=True))
    given.setdefault("claims", _claims_of(draft))
    given.setdefault("windows", _windows_of(draft, issued_at, zone))
    body = parse_body(given)
    verify_prescribing_rules(body, issued_at, zone, limits)
    return body


def _claims_of(draft: PrescriptionDraft) -> list[JsonValue]:
    return [
        {
            "ordinal": ordinal,
            "line": line.number,
            "part": 1,
            "quantity": line.quantity.model_dump(mode="json"),
        }
        for ordinal, line in enumerate(draft.lines)
    ]


def _windows_of(draft: PrescriptionDraft, issued_at: int, zone: tzinfo) -> list[JsonValue]:
    issue_day = datetime.fromtimestamp(issued_at, UTC).astimezone(zone).date()
    validity = timedelta(days=(draft.validity_days or DEFAULT_VALIDITY_DAYS) - 1)
    count, interval = (draft.repeats.count, draft.repeats.interval_days) if draft.repeats else (1, 1)
    windows: list[JsonValue] = []
    for repeat in range(count):
        day = issue_day + timedelta(days=repeat * interval)
        begins = issued_at if repeat == 0 else int(datetime.combine(day, time.min, zone).timestamp())
        ends = int(datetime.combine(day + validity, time(23, 59, 59), zone).timestamp())
        windows.append({"not_before": format_utc_time(begins), "not_after": format_utc_time(ends)})
    return windows
