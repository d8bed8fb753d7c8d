"""Adjudication: from a bill and the adjudicator's shares to the body that she signs.

What was charged is the bill's and can't be stated anew: the adjudicator only divides it. The claims that are
settled follow from the lines, so that nobody can be paid for a line and keep its claim unsettled, or the
other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, Strict, ValidationError

from ledger_api.records.body_fields import BodyPart
from ledger_api.records.body_parts import MinorAmount, Ref, Staff
from ledger_api.settlements.body import (
    CURRENCY,
    MAX_LINES,
    LineIndex,
    ReasonCode,
    SettledLine,
    SettlementBody,
    SettlementInvalid,
    build_totals,
    decide,
    invalid_settlement,
)
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import ClaimKey
from ledger_web.errors import FieldProblem


@dataclass(frozen=True)
class BilledLine:
    """One charge: its amount in minor units, and the claims it charges for, which may be none."""

    amount_minor: int
    claims: tuple[ClaimKey, ...]


@dataclass(frozen=True)
class Bill:
    """What a dispensing charges for all that it dispensed."""

    dispensing: Ref
    lines: tuple[BilledLine, ...]

    @property
    def total_minor(self) -> int:
        """The sum of the charges."""
        return sum(line.amount_minor for line in self.lines)


class LineShares(BodyPart):
    """How the adjudicator divides one charge. What isn't stated is zero."""

    line: LineIndex
    fund_minor: MinorAmount = 0
    account_minor: MinorAmount = 0
    cash_minor: MinorAmount = 0
    reduced_minor: MinorAmount = 0
    reason: ReasonCode | None = None


Shares = Annotated[tuple[LineShares, ...], Strict(False), Field(min_length=1, max_length=MAX_LINES)]


def build_settlement(
    bill: Bill, shares: Sequence[LineShares], adjudicator: Staff, note: str | None = None
) -> SettlementBody:
    """Build the body that answers every charge of a bill.

    Raises SettlementInvalid when a charge is left out, doubled or unknown, or when the shares don't add up.
    """
    lines = [_settle_line(bill, place, each) for place, each in enumerate(_in_order(bill, shares))]
    members = {"note": note} if note is not None else {}
    try:
        return SettlementBody(
            dispensing=bill.dispensing,
            decision=decide(lines),
            currency=CURRENCY,
            lines=tuple(lines),
            totals=build_totals(lines),
            claims=tuple(to_hex(claim) for claim in list_settled_claims(bill, lines)),
            adjudicator=adjudicator,
            **members,
        )
    except ValidationError as error:
        raise invalid_settlement(error) from None


def list_settled_claims(bill: Bill, lines: Sequence[SettledLine]) -> list[ClaimKey]:
    """List the claims of the lines that aren't refused, ascending by key."""
    kept = {
        claim
        for charged, settled in zip(bill.lines, lines, strict=True)
        if not settled.is_refused
        for claim in charged.claims
    }
    return sorted(kept)


def suggest_shares(bill: Bill) -> tuple[LineShares, ...]:
    """Suggest that the fund pays every charge in full: where an adjudicator begins."""
    return tuple(
        LineShares(line=place, fund_minor=line.amount_minor) for place, line in enumerate(bill.lines)
    )


def _in_order(bill: Bill, shares: Sequence[LineShares]) -> list[LineShares]:
    by_line = {each.line: each for each in shares}
    if len(by_line) != len(shares) or set(by_line) != set(range(len(bill.lines))):
        raise _wrong(
            "/lines",
            f"must answer each of the {len(bill.lines)} charges once, numbered from 0",
            f"须逐一答复全部 {len(bill.lines)} 行费用（从 0 编号），各一次",
        )
    return [by_line[place] for place in range(len(bill.lines))]


def _settle_line(bill: Bill, place: int, shares: LineShares) -> SettledLine:
    members = shares.model_dump(exclude_none=True)
    try:
        return SettledLine(amount_minor=bill.lines[place].amount_minor, **members)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        context = problem.get("ctx", {})
        raise _wrong(
            f"/lines/{place}",
            str(problem["msg"]),
            str(context.get("message_zh", "无效")),
            str(problem["type"]),
        ) from None


def _wrong(pointer: str, message: str, message_zh: str, code: str = "invalid") -> SettlementInvalid:
    return SettlementInvalid(
        "Correct the lines that are named: each charge is divided without rest.",
        "请更正所列各行：每行费用须恰好分摊完毕。",
        faults=[FieldProblem(pointer, message, message_zh, code)],
    )
