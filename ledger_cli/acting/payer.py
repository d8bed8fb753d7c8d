"""A payer's acts: an adjudicator divides a bill's charges and settles, or takes a settlement back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted, expecting, sign_record, verify_reference
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord, differs
from ledger_proofs.types import JsonValue

SETTLEMENT_SCHEMA = "rx.settlement/1"
REVERSAL_SCHEMA = "rx.reversal/1"


@dataclass(frozen=True)
class Shares:
    """How one charge is divided, in minor units; what isn't accepted needs a reason."""

    line: int
    fund_minor: int = 0
    account_minor: int = 0
    cash_minor: int = 0
    reduced_minor: int = 0
    reason: str | None = None

    @property
    def amount_minor(self) -> int:
        """The charge that these shares add up to."""
        return self.fund_minor + self.account_minor + self.cash_minor + self.reduced_minor

    def as_json(self) -> dict[str, JsonValue]:
        """The shares as a request has them."""
        stated: dict[str, JsonValue] = {
            "line": self.line,
            "fund_minor": self.fund_minor,
            "account_minor": self.account_minor,
            "cash_minor": self.cash_minor,
            "reduced_minor": self.reduced_minor,
        }
        return stated if self.reason is None else stated | {"reason": self.reason}


def read_request(adjudicator: PersonAtWork, request_id: str) -> Mapping[str, Any]:
    """A bill as the payer's gateway got and verified it."""
    document: Mapping[str, Any] = adjudicator.client.get(f"/v1/settlement-requests/{request_id}").document
    return document


def settle(
    adjudicator: PersonAtWork, request_id: str, shares: Sequence[Shares], *, note: str | None = None
) -> Accepted:
    """Sign how each charge of a bill is divided."""
    request: dict[str, JsonValue] = {
        "request_id": request_id,
        "lines": [each.as_json() for each in shares],
    }
    if note is not None:
        request["note"] = note
    same_note = expecting(note=note)

    def check(checked: CheckedRecord) -> None:
        same_note(checked)
        _verify_shares(checked.record.body, shares)

    return sign_record(adjudicator, "settlements", SETTLEMENT_SCHEMA, request, check)


def reverse(
    adjudicator: PersonAtWork, settlement_id: str, *, reason: str, note: str | None = None
) -> Accepted:
    """Sign that a settlement is taken back."""
    request: dict[str, JsonValue] = {"settlement_id": settlement_id, "reason": reason}
    if note is not None:
        request["note"] = note
    same_words = expecting(reason=reason, note=note)

    def check(checked: CheckedRecord) -> None:
        same_words(checked)
        shown = checked.record.body.get("settlement")
        verify_reference(shown, adjudicator.institution, settlement_id, "/settlement")

    return sign_record(adjudicator, "reversals", REVERSAL_SCHEMA, request, check)


def _verify_shares(body: Mapping[str, Any], shares: Sequence[Shares]) -> None:
    """Each line is divided as she said, its amount is the sum of its parts, and so are the totals."""
    shown = {member(line, "line", int): line for line in member(body, "lines", list)}
    if set(shown) != {each.line for each in shares}:
        raise differs("/body/lines answers other charges", "/body/lines 对应的费用行不符")
    for each in shares:
        line = shown[each.line]
        for name, value in (*each.as_json().items(), ("amount_minor", each.amount_minor)):
            if line.get(name) != value:
                raise differs(f"/body/lines/{each.line}/{name} isn't what you said", f"{name} 与所填不符")
    totals = member(body, "totals", dict)
    for name in ("fund_minor", "account_minor", "cash_minor", "reduced_minor", "amount_minor"):
        if totals.get(name) != sum(int(getattr(each, name)) for each in shares):
            raise differs(f"/body/totals/{name} isn't the sum of the lines", f"{name} 合计与各行不符")
