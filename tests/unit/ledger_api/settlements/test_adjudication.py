"""Adjudication: charges are divided without rest, and the claims settled are those of the lines kept."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.records.body_parts import Ref, Staff
from ledger_api.settlements.adjudication import (
    Bill,
    BilledLine,
    LineShares,
    build_settlement,
    suggest_shares,
)
from ledger_api.settlements.body import SHARES, SettlementBody, SettlementInvalid, parse_body
from ledger_proofs.types import ClaimKey, JsonValue

ADJUDICATOR = Staff(name="高审核（示例）", code="A-gao")
DISPENSING = Ref(institution=201, id="01890a5d-ac96-774b-bcce-b302099a8057", commitment="0x" + "ab" * 32)


def key(number: int) -> ClaimKey:
    """A claim key that sorts by its number."""
    return ClaimKey(number.to_bytes(32, "big"))


def bill_of(*amounts: int) -> Bill:
    """A bill with one claim for each charge; the later charge has the smaller key."""
    count = len(amounts)
    lines = tuple(BilledLine(amount, (key(count - place),)) for place, amount in enumerate(amounts))
    return Bill(DISPENSING, lines)


def settle(bill: Bill, shares: Sequence[LineShares]) -> SettlementBody:
    return build_settlement(bill, shares, ADJUDICATOR)


@st.composite
def divided_bills(draw: st.DrawFn) -> tuple[Bill, list[LineShares]]:
    """A bill and a way to divide each of its charges without rest, in any order."""
    amounts = draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
    shares = []
    for line, amount in enumerate(amounts):
        cuts = sorted(draw(st.lists(st.integers(0, amount), min_size=3, max_size=3)))
        parts = [right - left for left, right in zip([0, *cuts], [*cuts, amount], strict=True)]
        is_refused_for_nothing = amount == 0 and draw(st.booleans())
        reason = {"reason": "not_covered"} if parts[3] or is_refused_for_nothing else {}
        members = dict(zip(SHARES, parts, strict=True))
        shares.append(LineShares.model_validate({"line": line, **members, **reason}))
    return bill_of(*amounts), draw(st.permutations(shares))


@given(divided_bills())
def test_every_minor_unit_charged_stands_in_exactly_one_share(case: tuple[Bill, list[LineShares]]) -> None:
    bill, shares = case
    body = settle(bill, shares)
    assert body.totals.amount_minor == bill.total_minor
    assert sum(getattr(body.totals, share) for share in SHARES) == bill.total_minor
    assert [line.amount_minor for line in body.lines] == [line.amount_minor for line in bill.lines]


@given(divided_bills())
def test_a_claim_is_settled_exactly_when_its_line_is_not_refused(case: tuple[Bill, list[LineShares]]) -> None:
    bill, shares = case
    body = settle(bill, shares)
    refused = {line.line for line in body.lines if line.is_refused}
    kept = [claim for place, line in enumerate(bill.lines) if place not in refused for claim in line.claims]
    assert list(body.claims) == sorted("0x" + claim.hex() for claim in kept)
    assert (body.decision == "refused") == (not kept)
    assert (body.decision == "accepted") == (
        body.totals.reduced_minor == 0 and all(line.reason is None for line in body.lines)
    )


@given(divided_bills())
def test_what_is_built_is_what_is_parsed_again(case: tuple[Bill, list[LineShares]]) -> None:
    body = settle(*case)
    assert parse_body(body.as_json()) == body


@given(divided_bills(), st.data())
def test_a_share_changed_by_one_unit_is_refused(
    case: tuple[Bill, list[LineShares]], data: st.DataObject
) -> None:
    bill, shares = case
    place = data.draw(st.integers(0, len(shares) - 1))
    member = data.draw(st.sampled_from(SHARES))
    changed = shares[place].model_copy(update={member: getattr(shares[place], member) + 1})
    with pytest.raises(SettlementInvalid) as refused:
        settle(bill, [*shares[:place], changed, *shares[place + 1 :]])
    assert refused.value.faults[0].pointer == f"/lines/{changed.line}"


@given(divided_bills(), st.data())
def test_a_total_changed_by_one_unit_is_refused(
    case: tuple[Bill, list[LineShares]], data: st.DataObject
) -> None:
    body = settle(*case).as_json()
    totals = body["totals"]
    assert isinstance(totals, dict)
    member = data.draw(st.sampled_from(sorted(totals)))
    count = totals[member]
    assert isinstance(count, int)
    with pytest.raises(SettlementInvalid):
        parse_body({**body, "totals": {**totals, member: count + 1}})


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_the_suggestion_is_a_settlement_in_full(amounts: list[int]) -> None:
    bill = bill_of(*amounts)
    body = settle(bill, suggest_shares(bill))
    assert body.decision == "accepted"
    assert body.totals.fund_minor == bill.total_minor
    assert len(body.claims) == len(amounts)


@pytest.mark.parametrize(
    "lines", [(0,), (0, 0), (0, 1, 1), (0, 2), ()], ids=["missing", "doubled", "extra", "unknown", "none"]
)
def test_each_charge_is_answered_once(lines: tuple[int, ...]) -> None:
    shares = [LineShares(line=line, fund_minor=100) for line in lines]
    with pytest.raises(SettlementInvalid) as refused:
        settle(bill_of(100, 100), shares)
    assert refused.value.faults[0].pointer == "/lines"


def test_a_reduced_line_says_why_and_keeps_its_claim() -> None:
    bill = bill_of(100)
    with pytest.raises(SettlementInvalid) as refused:
        settle(bill, [LineShares(line=0, fund_minor=60, reduced_minor=40)])
    assert refused.value.faults[0].code == "reason_missing"
    body = settle(bill, [LineShares(line=0, fund_minor=60, reduced_minor=40, reason="over_limit")])
    assert (body.decision, len(body.claims)) == ("reduced", 1)


def test_a_line_that_is_not_reduced_states_no_reason() -> None:
    with pytest.raises(SettlementInvalid) as refused:
        settle(bill_of(100), [LineShares(line=0, fund_minor=100, reason="over_limit")])
    assert refused.value.faults[0].code == "reason_unused"


def test_a_free_line_can_be_refused_with_the_others() -> None:
    bill = bill_of(100, 0)
    refused_line = LineShares(line=0, reduced_minor=100, reason="not_covered")
    assert settle(bill, [refused_line, LineShares(line=1)]).decision == "reduced"
    assert settle(bill, [refused_line, LineShares(line=1, reason="not_covered")]).decision == "refused"


def _accepted() -> dict[str, JsonValue]:
    bill = bill_of(100, 200)
    return settle(bill, suggest_shares(bill)).as_json()


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "reduced"},
        {"decision": "refused", "claims": []},
        {"claims": []},
        {"claims": ["0x" + "02" * 32, "0x" + "01" * 32]},
        {"claims": ["0x" + "01" * 32, "0x" + "01" * 32]},
        {"currency": "USD"},
        {"lines": []},
        {"surplus": 1},
        {"note": None},
    ],
    ids=lambda change: "-".join(change),
)
def test_a_body_that_contradicts_itself_is_refused(changes: dict[str, JsonValue]) -> None:
    with pytest.raises(SettlementInvalid):
        parse_body({**_accepted(), **changes})


@pytest.mark.parametrize("amount", [-1, 2**53, 1.0, "100", True, None])
def test_money_is_a_whole_number_of_minor_units(amount: JsonValue) -> None:
    body = _accepted()
    lines = body["lines"]
    assert isinstance(lines, list) and isinstance(lines[0], dict)
    with pytest.raises(SettlementInvalid):
        parse_body({**body, "lines": [{**lines[0], "fund_minor": amount}, *lines[1:]]})
