"""Settling over two gateways: billed, checked, divided, settled on the chain, reversed, settled anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger_proofs.claims import ClaimStatus, parse_claim_word
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import read_refusal, signer
from tests.support.counter import TWO_LINES, prescribe
from tests.support.payer import Dispensed, bill, dispense, dispense_together, in_full, read, settle
from tests.two_gateways import INSURER, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

UNKNOWN_ID = "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"


@pytest.fixture(scope="module")
def settled(two_gateways: TwoGateways) -> tuple[Dispensed, str, dict[str, Any]]:
    """A dispensing with its request, settled in full."""
    dispensed = dispense(two_gateways, TWO_LINES)
    request_id = bill(two_gateways, dispensed)
    return dispensed, request_id, settle(two_gateways, in_full(two_gateways, request_id))


def statuses_of(two: TwoGateways, dispensed: Dispensed) -> list[ClaimStatus]:
    """How the claims of a dispensing stand on the chain."""
    body = signer(two, "phil").read("dispensings", dispensed.id)["body"]
    words = (two.chain.reader.claim_word(bytes.fromhex(each["claim"][2:])) for each in body["use"]["claims"])
    return [parse_claim_word(word).status for word in words]


def lines_of(*divided: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"line": line, **shares} for line, shares in enumerate(divided)]


def refuse(two: TwoGateways, name: str, noun: str, request: dict[str, Any]) -> tuple[int, str]:
    return read_refusal(signer(two, name).post(f"/v1/{noun}/prepare", request))


def actions_about(two: TwoGateways, admin: str, subject: str) -> Sequence[str]:
    rows = read(signer(two, admin), "/v1/audit?limit=200")["items"]
    return [row["action"] for row in rows if row["subject"] == subject]


def test_a_bill_that_is_accepted_settles_every_claim_on_the_chain(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    dispensed, _request_id, settlement = settled
    assert settlement["act"]["outcome"] == "done"
    assert statuses_of(two_gateways, dispensed) == [ClaimStatus.SETTLED] * 3
    adam = signer(two_gateways, "adam")
    body = adam.read("settlements", settlement["id"])["body"]
    assert (body["decision"], body["totals"]["reduced_minor"]) == ("accepted", 0)
    assert body["totals"]["fund_minor"] == 2 * 1250 + 2500
    adam.wait_until_final("settlements", settlement["id"])
    report = verify_bundle(
        adam.get_bundle("settlements", settlement["id"]), two_gateways.chain.trust, two_gateways.chain.reader
    )
    assert report.outcome is Outcome.PASSED


def test_the_adjudicator_sees_what_was_verified_before_she_decides(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    dispensed, request_id, _settlement = settled
    seen = read(signer(two_gateways, "adam"), f"/v1/settlement-requests/{request_id}")
    roles = [each["role"] for each in seen["evidence"]]
    assert roles == ["dispensing", "prescription", "review", "review"]
    assert {each["report"]["outcome"] for each in seen["evidence"]} == {"passed"}
    assert seen["evidence"][0]["record"]["id"] == dispensed.id
    assert [line["amount_minor"] for line in seen["bill"]] == [2500, 2500]
    assert [len(line["claims"]) for line in seen["bill"]] == [2, 1]
    assert seen["summary"]["remarks"] == []
    assert seen["as_of_block"] > 0


def test_the_pharmacy_gets_the_settlement_and_verifies_it_itself(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    _dispensed, request_id, settlement = settled
    signer(two_gateways, "adam").wait_until_final("settlements", settlement["id"])
    seen = read(signer(two_gateways, "phil"), f"/v1/settlement-requests/{request_id}")
    assert (seen["summary"]["state"], seen["summary"]["outcome"], seen["is_fresh"]) == (
        "accepted",
        "done",
        True,
    )
    assert seen["settlement"]["commitment"] == settlement["commitment"]
    assert seen["settlement"]["report"]["outcome"] == "passed"
    assert seen["settlement"]["record"]["body"]["decision"] == "accepted"
    listed = read(signer(two_gateways, "phil"), "/v1/settlement-requests?direction=out&state=accepted")
    assert request_id in [row["id"] for row in listed["items"]]


def test_a_dispensing_is_billed_once_however_often_it_is_sent(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    dispensed, request_id, _settlement = settled
    assert bill(two_gateways, dispensed) == request_id
    assert bill(two_gateways, dispensed, "phoebe") == request_id
    listed = read(signer(two_gateways, "adam"), "/v1/settlement-requests?direction=in")["items"]
    assert [row["dispensing"]["id"] for row in listed].count(dispensed.id) == 1


def test_a_settled_request_is_not_settled_again(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    request = in_full(two_gateways, settled[1])
    assert refuse(two_gateways, "adam", "settlements", request) == (409, "settlement-request-answered")


def test_what_happened_is_in_the_trails_of_both_sides(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    _dispensed, request_id, _settlement = settled
    at_pharmacy = actions_about(two_gateways, "amy", f"settlement-request:{request_id}")
    assert "settlement-request.sent" in at_pharmacy


def test_several_prescriptions_dispensed_together_are_settled_as_one_bill(two_gateways: TwoGateways) -> None:
    dispensed = dispense_together(two_gateways, [prescribe(two_gateways), prescribe(two_gateways)])
    request_id = bill(two_gateways, dispensed)
    seen = read(signer(two_gateways, "adam"), f"/v1/settlement-requests/{request_id}")
    roles = [each["role"] for each in seen["evidence"]]
    assert (roles.count("prescription"), roles.count("review")) == (2, 4)
    assert settle(two_gateways, in_full(two_gateways, request_id))["act"]["outcome"] == "done"
    assert statuses_of(two_gateways, dispensed) == [ClaimStatus.SETTLED] * 2


def test_a_refused_line_leaves_its_claims_dispensed(two_gateways: TwoGateways) -> None:
    dispensed = dispense(two_gateways, TWO_LINES)
    lines = lines_of(
        {
            "fund_minor": 1000,
            "account_minor": 500,
            "cash_minor": 500,
            "reduced_minor": 500,
            "reason": "over_limit",
        },
        {"reduced_minor": 2500, "reason": "not_covered"},
    )
    request = {"request_id": bill(two_gateways, dispensed), "lines": lines, "note": "部分核减（测试）"}
    settlement = settle(two_gateways, request)
    body = signer(two_gateways, "adam").read("settlements", settlement["id"])["body"]
    assert body["decision"] == "reduced"
    assert body["totals"] == {
        "amount_minor": 5000,
        "fund_minor": 1000,
        "account_minor": 500,
        "cash_minor": 500,
        "reduced_minor": 3000,
    }
    assert len(body["claims"]) == 2
    statuses = statuses_of(two_gateways, dispensed)
    assert (statuses.count(ClaimStatus.SETTLED), statuses.count(ClaimStatus.DISPENSED)) == (2, 1)


def test_a_wholly_refused_bill_has_no_act_and_can_be_settled_later(two_gateways: TwoGateways) -> None:
    dispensed = dispense(two_gateways)
    request_id = bill(two_gateways, dispensed)
    refusal = {"request_id": request_id, "lines": lines_of({"reduced_minor": 1250, "reason": "not_covered"})}
    refused = settle(two_gateways, refusal)
    assert refused["act"] is None
    assert statuses_of(two_gateways, dispensed) == [ClaimStatus.DISPENSED]
    reversal = {"settlement_id": refused["id"], "reason": "billing_error"}
    assert refuse(two_gateways, "adam", "reversals", reversal) == (409, "settlement-not-reversible")
    assert settle(two_gateways, in_full(two_gateways, request_id))["act"]["outcome"] == "done"


def test_a_reversed_settlement_can_be_followed_by_another(two_gateways: TwoGateways) -> None:
    adam, dispensed = signer(two_gateways, "adam"), dispense(two_gateways)
    request_id = bill(two_gateways, dispensed)
    request = in_full(two_gateways, request_id)
    first = settle(two_gateways, request)
    prepared = adam.prepare("reversals", {"settlement_id": first["id"], "reason": "audit", "note": "复核"})
    late = adam.prepare("reversals", {"settlement_id": first["id"], "reason": "audit"})
    reversal = adam.submit("reversals", adam.sign(prepared)).json()
    assert adam.wait_for_outcome("reversals", reversal["id"])["outcome"] == "done"
    assert statuses_of(two_gateways, dispensed) == [ClaimStatus.DISPENSED]
    assert read_refusal(adam.submit("reversals", adam.sign(late))) == (409, "settlement-not-reversible")
    summary = read(signer(two_gateways, "phil"), f"/v1/settlement-requests/{request_id}")["summary"]
    assert (summary["state"], summary["outcome"]) == ("reversed", "done")

    second = settle(two_gateways, request)
    assert second["act"]["outcome"] == "done"
    assert statuses_of(two_gateways, dispensed) == [ClaimStatus.SETTLED]
    again = {"settlement_id": first["id"], "reason": "audit"}
    assert refuse(two_gateways, "adam", "reversals", again) == (409, "settlement-not-reversible")


def test_of_two_settlements_signed_at_once_the_first_stands(two_gateways: TwoGateways) -> None:
    adam, dispensed = signer(two_gateways, "adam"), dispense(two_gateways)
    request = in_full(two_gateways, bill(two_gateways, dispensed))
    first, second = adam.prepare("settlements", request), adam.prepare("settlements", request)
    accepted = adam.submit("settlements", adam.sign(first))
    assert accepted.status_code == 201
    repeated = adam.submit("settlements", adam.sign(first))
    assert repeated.json()["id"] == accepted.json()["id"]
    refused = adam.submit("settlements", adam.sign(second))
    assert read_refusal(refused) == (409, "settlement-request-answered")


def test_the_chain_s_standing_is_asked_before_a_settlement_is_prepared(two_gateways: TwoGateways) -> None:
    phil, dispensed = signer(two_gateways, "phil"), dispense(two_gateways)
    request = in_full(two_gateways, bill(two_gateways, dispensed))
    restore = phil.act("restores", {"dispensing_id": dispensed.id, "reason": "returned"})
    assert phil.wait_for_outcome("restores", restore["id"])["outcome"] == "done"
    assert refuse(two_gateways, "adam", "settlements", request) == (409, "claims-stand-otherwise")


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ([{"line": 0, "fund_minor": 2500}], "/lines"),
        ([{"line": 0, "fund_minor": 2500}, {"line": 0, "fund_minor": 2500}], "/lines"),
        ([{"line": 0, "fund_minor": 2500}, {"line": 1, "fund_minor": 2499}], "/lines/1"),
        ([{"line": 0, "fund_minor": 2501}, {"line": 1, "fund_minor": 2499}], "/lines/0"),
        ([{"line": 0, "fund_minor": 2500}, {"line": 1, "reduced_minor": 2500}], "/lines/1"),
    ],
    ids=["left-out", "doubled", "short", "shifted", "unexplained"],
)
def test_charges_that_are_not_divided_exactly_are_refused(
    two_gateways: TwoGateways, open_request: str, lines: list[dict[str, Any]], pointer: str
) -> None:
    request = {"request_id": open_request, "lines": lines}
    answer = signer(two_gateways, "adam").post("/v1/settlements/prepare", request)
    assert read_refusal(answer) == (422, "settlement-invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.fixture(scope="module")
def open_request(two_gateways: TwoGateways) -> str:
    """A request of two lines that nobody settles."""
    return bill(two_gateways, dispense(two_gateways, TWO_LINES))


def test_only_what_is_done_and_has_a_payer_can_be_billed(two_gateways: TwoGateways) -> None:
    phil = signer(two_gateways, "phil")
    unknown = phil.post("/v1/settlement-requests", {"dispensing_id": UNKNOWN_ID})
    assert unknown.status_code == 404
    unpaid = dispense(two_gateways, payer=0)
    refused = phil.post("/v1/settlement-requests", {"dispensing_id": unpaid.id})
    assert read_refusal(refused) == (422, "no-payer-named")


@pytest.mark.parametrize(
    ("name", "status"), [("amy", 403), ("adam", 403), ("cora", 403), ("rita", 404), ("his-202", 404)]
)
def test_only_who_dispensed_bills(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]], name: str, status: int
) -> None:
    answer = signer(two_gateways, name).post("/v1/settlement-requests", {"dispensing_id": settled[0].id})
    assert answer.status_code == status


@pytest.mark.parametrize("name", ["phil", "amy", "cyrus", "his-301", "rosa"])
def test_only_an_adjudicator_settles_and_reverses(two_gateways: TwoGateways, name: str) -> None:
    settlement = {"request_id": UNKNOWN_ID, "lines": [{"line": 0}]}
    assert refuse(two_gateways, name, "settlements", settlement) == (403, "role-missing")
    reversal = {"settlement_id": UNKNOWN_ID, "reason": "audit"}
    assert refuse(two_gateways, name, "reversals", reversal) == (403, "role-missing")


def test_what_is_not_there_is_not_settled_or_reversed(two_gateways: TwoGateways) -> None:
    settlement = {"request_id": UNKNOWN_ID, "lines": [{"line": 0}]}
    assert refuse(two_gateways, "adam", "settlements", settlement) == (404, "settlement-request-not-found")
    reversal = {"settlement_id": UNKNOWN_ID, "reason": "audit"}
    assert refuse(two_gateways, "adam", "reversals", reversal)[0] == 404


def test_each_side_sees_its_own_requests_only(
    two_gateways: TwoGateways, settled: tuple[Dispensed, str, dict[str, Any]]
) -> None:
    request_id = settled[1]
    path = f"/v1/settlement-requests/{request_id}"
    assert read_refusal(signer(two_gateways, "rita").http.get(path)) == (404, "settlement-request-not-found")
    assert read_refusal(signer(two_gateways, "cora").http.get(path)) == (403, "role-missing")
    assert read(signer(two_gateways, "rita"), "/v1/settlement-requests")["items"] == []
    summary = read(signer(two_gateways, "his-301"), path)["summary"]
    assert (summary["direction"], summary["spender"], summary["payer"]) == ("in", PHARMACY, INSURER)
