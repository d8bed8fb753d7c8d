"""The body of a settlement record, schema `rx.settlement/1`, as an adjudicator signs it (protocol 11).

Each line answers one line of the dispensing's charges: the fund's, the personal account's and the patient's
own share and what is not accepted add up to the charge. A *refused line* is one that is not accepted at all;
its claims aren't settled. Money is in minor units.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Final, Literal, Self, cast

from pydantic import Field, Strict, ValidationError, model_validator

from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_api.records.body_parts import HashText, MinorAmount, Ref, Staff
from ledger_proofs.types import JsonValue
from ledger_web.errors import Unprocessable
from ledger_web.faults import explain_faults

SCHEMA_NAME: Final = "rx.settlement/1"
CURRENCY: Final = "CNY"
MAX_LINES: Final = 128  # as many as claims of the prescriptions of one dispensing could have lines
MAX_CLAIMS: Final = 64  # protocol 8: claims of one item

Decision = Literal["accepted", "reduced", "refused"]
ReasonCode = Annotated[str, Strict(), Field(pattern=r"^[a-z_]{1,32}$")]
"""A reason as it also stands on the chain: at most 32 ASCII characters."""
LineIndex = Annotated[int, Strict(), Field(ge=0, lt=MAX_LINES)]
SHARES: Final = ("fund_minor", "account_minor", "cash_minor", "reduced_minor")


class SettledLine(BodyPart):
    """What becomes of one charge. `line` is its place in the dispensing's `charges.lines`, from 0."""

    line: LineIndex
    amount_minor: MinorAmount
    fund_minor: MinorAmount
    account_minor: MinorAmount
    cash_minor: MinorAmount
    reduced_minor: MinorAmount
    reason: ReasonCode | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(getattr(self, share) for share in SHARES) != self.amount_minor:
            raise refuse(
                "shares_differ",
                "fund, account, cash and reduced must add up to the line's amount",
                "统筹基金、个人账户、现金与核减之和必须等于该行金额",
            )
        if self.reduced_minor and self.reason is None:
            raise refuse("reason_missing", "a reduced line needs a reason", "核减的行须注明原因")
        if self.reason is not None and self.reduced_minor == 0 and self.amount_minor != 0:
            raise refuse(
                "reason_unused",
                "a line that isn't reduced has no reason: leave it out",
                "未核减的行不应填写原因，请删除",
            )
        return self

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the line is accepted, so that its claims aren't settled."""
        return self.reason is not None and self.reduced_minor == self.amount_minor


class SettledTotals(BodyPart):
    """The sums over all lines."""

    amount_minor: MinorAmount
    fund_minor: MinorAmount
    account_minor: MinorAmount
    cash_minor: MinorAmount
    reduced_minor: MinorAmount


class SettlementBody(BodyPart):
    """Everything that the adjudicator signs, besides the record's id, issuer and time."""

    dispensing: Ref
    decision: Decision
    currency: Literal["CNY"]
    lines: Annotated[tuple[SettledLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    totals: SettledTotals
    claims: Annotated[
        tuple[HashText, ...],
        Field(max_length=MAX_CLAIMS, description="Keys of the claims settled, ascending."),
    ]
    note: Remark | None = None
    adjudicator: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if [line.line for line in self.lines] != list(range(len(self.lines))):
            raise refuse(
                "line_places",
                "lines must answer the charges 0, 1, 2, ... in their order, all of them",
                "各行须按顺序对应费用行 0、1、2……，不得缺漏",
            )
        if self.totals != build_totals(self.lines):
            raise refuse("totals_differ", "totals must be the sums of the lines", "合计必须等于各行之和")
        if any(left >= right for left, right in pairwise(self.claims)):
            raise refuse("claims_order", "claims must ascend, none twice", "份额键须严格升序且不重复")
        if self.decision != decide(self.lines):
            raise refuse(
                "decision_differs",
                "the decision must be what the lines say: accepted, reduced or refused",
                "审核结论须与各行一致：全部接受、部分核减或全部拒付",
            )
        if (self.decision == "refused") == bool(self.claims):
            raise refuse(
                "claims_and_decision",
                "claims are settled unless all is refused",
                "除全部拒付外，须列明所结算的份额；全部拒付时不得列出",
            )
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))


class SettlementInvalid(Unprocessable):
    """The settlement isn't of the schema: `faults` name each member at fault."""

    code = "settlement-invalid"
    title = "The settlement does not add up"
    title_zh = "结算内容不符合规定"


def build_totals(lines: Iterable[SettledLine]) -> SettledTotals:
    """Sum the lines."""
    rows = tuple(lines)
    return SettledTotals(
        **{member: sum(getattr(line, member) for line in rows) for member in SettledTotals.model_fields}
    )


def decide(lines: Iterable[SettledLine]) -> Decision:
    """Say what the lines come to: all refused, something reduced, or all accepted."""
    rows = tuple(lines)
    if all(line.is_refused for line in rows):
        return "refused"
    return "reduced" if any(line.reason is not None for line in rows) else "accepted"


def parse_body(value: JsonValue) -> SettlementBody:
    """Parse a settlement's body from strictly parsed JSON. Raises SettlementInvalid."""
    try:
        return SettlementBody.model_validate(value)
    except ValidationError as error:
        raise invalid_settlement(error) from None


def invalid_settlement(error: ValidationError) -> SettlementInvalid:
    """Make the refusal of a body or request that isn't of its schema."""
    return SettlementInvalid(
        "Correct the members named in `errors`. The schema is docs/schemas/rx.settlement-1.schema.json.",
        "请更正 errors 中列出的各项。结构见 docs/schemas/rx.settlement-1.schema.json。",
        faults=explain_faults(error.errors(include_url=False, include_input=False)).faults,
    )
