"""Voids over HTTP: claims are taken back on the chain, once, and only where they are unused."""

from __future__ import annotations

import csv
import html
import io
import re
import uuid
from typing import Any

import pytest

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_proofs.claims import ClaimStatus, claim_key, parse_claim_word
from ledger_proofs.records import parse_utc_time
from tests.desk_support import DeskBrowser
from tests.support.acting import Signer, read_refusal, signer
from tests.two_gateways import HOSPITAL, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def _two_lines() -> dict[str, Any]:
    line = EXAMPLE_DRAFT["lines"][0]  # type: ignore[index]
    return {**EXAMPLE_DRAFT, "lines": [line, {**line, "number": 2}]}  # type: ignore[dict-item]


@pytest.fixture(scope="module")
def anna(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "anna")


@pytest.fixture
def prescription(anna: Signer) -> str:
    return str(anna.act("prescriptions", {"body": _two_lines()})["id"])


def _statuses(gateways: TwoGateways, signer_: Signer, void_id: str) -> list[ClaimStatus]:
    ref = signer_.read("voids", void_id)["body"]["prescription"]
    commitment, not_before = bytes.fromhex(ref["commitment"][2:]), parse_utc_time(ref["not_before"])
    keys = [claim_key(HOSPITAL, 1, commitment, not_before, ordinal) for ordinal in range(2)]
    return [parse_claim_word(gateways.chain.reader.claim_word(key)).status for key in keys]


def test_a_void_takes_all_claims_back_and_a_colleague_can(
    two_gateways: TwoGateways, prescription: str
) -> None:
    ben = signer(two_gateways, "ben")
    accepted = ben.act("voids", {"prescription_id": prescription, "reason": "allergy", "note": "见过敏史"})
    assert accepted["act"]["act"] == "void" and accepted["act"]["outcome"] == "unknown"
    body = ben.read("voids", accepted["id"])["body"]
    assert (body["ordinals"], body["prescriber"]["code"]) == ([0, 1], "D-ben")
    outcome = ben.wait_for_outcome("voids", accepted["id"])
    assert outcome["outcome"] == "done" and outcome["transaction_hash"] and outcome["block_number"]
    assert _statuses(two_gateways, ben, accepted["id"]) == [ClaimStatus.VOID] * 2
    ben.wait_until_final("voids", accepted["id"])


def test_a_part_can_be_taken_back_and_the_rest_later(
    two_gateways: TwoGateways, anna: Signer, prescription: str
) -> None:
    first = anna.act("voids", {"prescription_id": prescription, "ordinals": [1], "reason": "duplicate"})
    assert anna.wait_for_outcome("voids", first["id"])["outcome"] == "done"
    assert _statuses(two_gateways, anna, first["id"]) == [ClaimStatus.UNUSED, ClaimStatus.VOID]
    again = {"prescription_id": prescription, "ordinals": [0, 1], "reason": "duplicate"}
    assert read_refusal(anna.post("/v1/voids/prepare", again)) == (409, "claims-not-unused")
    rest = anna.act("voids", {"prescription_id": prescription, "reason": "withdrawn"})
    assert anna.read("voids", rest["id"])["body"]["ordinals"] == [0]
    assert anna.wait_for_outcome("voids", rest["id"])["outcome"] == "done"
    nothing = {"prescription_id": prescription, "reason": "withdrawn"}
    assert read_refusal(anna.post("/v1/voids/prepare", nothing)) == (409, "nothing-to-void")


def test_two_voids_at_once_have_one_effect_and_the_second_is_refused_by_the_chain(
    two_gateways: TwoGateways, anna: Signer, prescription: str
) -> None:
    ben = signer(two_gateways, "ben")
    request = {"prescription_id": prescription, "reason": "withdrawn"}
    prepared = [each.prepare("voids", request) for each in (anna, ben)]
    for each, one in zip((anna, ben), prepared, strict=True):
        assert each.submit("voids", each.sign(one)).status_code == 201
    ids = [each.http.get("/v1/voids", params={"limit": 1}).json()["items"][0]["id"] for each in (anna, ben)]
    assert ids[0] == ids[1]  # one hospital's doctors see the same list
    outcomes = [
        anna.wait_for_outcome("voids", each["id"])
        for each in anna.http.get("/v1/voids", params={"limit": 2}).json()["items"]
    ]
    assert [each["outcome"] for each in outcomes] == ["refused", "done"]
    reason = outcomes[0]["reason"]
    assert reason["error"] == "ClaimRegisterNotUnused" and reason["message"] and reason["message_zh"]
    _expect_listed(two_gateways, "en", ["refused", "done"], str(reason["message"]))
    _expect_listed(two_gateways, "zh-CN", ["被拒绝", "已完成"], str(reason["message_zh"]))


def _expect_listed(gateways: TwoGateways, language: str, outcomes: list[str], reason: str) -> None:
    """The desk's list says of each act what became of it, and why it was refused; so does its table."""
    desk = DeskBrowser(gateways.gateway_of("anna"), language)
    assert desk.sign_in("anna", HOSPITAL).status_code == 303
    page = desk.get("/desk/records/voids").text
    badges = re.findall(r'data-testid="outcome"><svg.*?</svg><span>([^<]+)</span>', page, re.DOTALL)
    assert badges[:2] == outcomes
    assert reason in html.unescape(page)
    table = list(csv.DictReader(io.StringIO(desk.get("/desk/records/voids/all.csv").text.lstrip("\ufeff"))))
    assert [row["outcome"] for row in table[:2]] == ["refused", "done"]
    assert table[0]["refusal"] == "spend-not-unused"


def test_a_repeated_request_has_its_first_answer_even_when_nothing_is_left_to_void(
    anna: Signer, prescription: str
) -> None:
    key, request = str(uuid.uuid4()), {"prescription_id": prescription, "reason": "withdrawn"}
    prepared = anna.prepare("voids", request, key)
    accepted = anna.submit("voids", anna.sign(prepared)).json()
    anna.wait_for_outcome("voids", accepted["id"])
    assert anna.prepare("voids", request, key) == prepared


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"prescription_id": str(uuid.uuid4())}, 404, "prescription-not-found"),
        ({"window": 1}, 404, "window-not-found"),
        ({"ordinals": [0, 2]}, 422, "claim-unknown"),
        ({"ordinals": []}, 422, "invalid-request"),
        ({"ordinals": [-1]}, 422, "invalid-request"),
        ({"ordinals": [64]}, 422, "invalid-request"),
        ({"reason": "mood"}, 422, "invalid-request"),
        ({"note": "x" * 501}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_voided_is_refused(
    anna: Signer, prescription: str, members: dict[str, Any], status: int, code: str
) -> None:
    request = {"prescription_id": prescription, "reason": "withdrawn", **members}
    assert read_refusal(anna.post("/v1/voids/prepare", request)) == (status, code)


@pytest.mark.parametrize(("name", "status"), [("pia", 403), ("ada", 403), ("his-1", 403), ("dora", 404)])
def test_only_doctors_of_the_hospital_void(
    two_gateways: TwoGateways, prescription: str, name: str, status: int
) -> None:
    request = {"prescription_id": prescription, "reason": "withdrawn"}
    assert signer(two_gateways, name).post("/v1/voids/prepare", request).status_code == status
