"""Lots over HTTP: what is commissioned and recalled, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_api.packs.pack_key import DEVELOPMENT_PACK_KEY
from ledger_proofs.json_members import to_hex
from ledger_proofs.packs import pack_token, parse_pack_code
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import Signer, read_refusal, signer
from tests.support.packs import PRODUCT, commission, lot_request, new_codes, recall
from tests.two_gateways import TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def rosa(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "rosa")


@pytest.fixture(scope="module")
def lot(rosa: Signer) -> dict[str, Any]:
    return commission(rosa, new_codes(3))


def _token(code: str) -> str:
    return to_hex(pack_token(DEVELOPMENT_PACK_KEY, parse_pack_code(code)))


def test_a_lot_names_its_packs_by_token_alone(
    two_gateways: TwoGateways, rosa: Signer, lot: dict[str, Any]
) -> None:
    body = rosa.read("lots", lot["id"])["body"]
    assert body["packs"] == sorted(_token(code) for code in lot["codes"])
    assert not any(code in str(body) for code in lot["codes"])
    assert body["releaser"] == {"name": "Rosa (example)", "code": "R-rosa"}
    assert {name: body[name] for name in ("event", "product", "lot", "units_per_pack")} == {
        "event": "commissioned",
        "product": PRODUCT,
        "lot": lot["lot"],
        "units_per_pack": 1,
    }
    chain = two_gateways.chain
    report = verify_bundle(rosa.get_bundle("lots", lot["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED


def test_a_large_lot_is_commissioned_by_several_records(rosa: Signer, lot: dict[str, Any]) -> None:
    more = lot_request(new_codes(2), lot=lot["lot"])
    assert rosa.act("lots", more)["status"] == "pending"


def test_the_most_packs_fit_into_one_record_and_no_more(rosa: Signer) -> None:
    assert len(rosa.prepare("lots", lot_request(new_codes(1500)))["record"]["body"]["packs"]) == 1500
    answer = rosa.post("/v1/lots/prepare", lot_request(new_codes(1501)))
    assert read_refusal(answer) == (422, "invalid-request")


def test_a_pack_is_commissioned_once(rosa: Signer, lot: dict[str, Any]) -> None:
    again = lot_request([*new_codes(1), lot["codes"][1]], lot=lot["lot"])
    answer = rosa.post("/v1/lots/prepare", again)
    assert read_refusal(answer) == (409, "packs-named-before")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/codes/1"]


def test_two_records_of_one_pack_prepared_at_once_end_with_one(rosa: Signer) -> None:
    codes = new_codes(1)
    prepared = [rosa.prepare("lots", lot_request(codes)) for _ in range(2)]
    answers = [rosa.submit("lots", rosa.sign(each)) for each in prepared]
    assert answers[0].status_code == 201
    assert read_refusal(answers[1]) == (409, "packs-named-before")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires_on", "2028-12-30"),
        ("units_per_pack", 2),
        ("unit", "瓶"),
        ("product", PRODUCT | {"specification": "5mg*14片"}),
    ],
)
def test_the_same_lot_with_other_details_is_refused(
    rosa: Signer, lot: dict[str, Any], name: str, value: object
) -> None:
    answer = rosa.post("/v1/lots/prepare", lot_request(new_codes(1), lot=lot["lot"], **{name: value}))
    assert read_refusal(answer) == (409, "lot-differs")
    assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{name}"]


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"codes": []}, 422, "record-invalid"),
        ({"reason": "why"}, 422, "record-invalid"),
        ({"expires_on": "2025-12-31"}, 422, "record-invalid"),
        ({"units_per_pack": 0}, 422, "invalid-request"),
        ({"made_on": "2026-02-30"}, 422, "invalid-request"),
        ({"event": "lost"}, 422, "invalid-request"),
        ({"codes": ["no trace code"]}, 422, "pack-codes-unreadable"),
        ({"codes": ["83000019999999999991"] * 2}, 422, "pack-codes-unreadable"),
        ({"codes": ["(01)06901234567892(10)OTHER(21)S1"]}, 422, "pack-codes-contradict"),
        ({"codes": ["(01)06901234567892(17)271231(21)S1"]}, 422, "pack-codes-contradict"),
        ({"event": "recalled", "reason": "never made"}, 409, "lot-not-commissioned"),
    ],
)
def test_a_lot_that_cannot_be_is_refused(
    rosa: Signer, members: dict[str, Any], status: int, code: str
) -> None:
    answer = rosa.post("/v1/lots/prepare", lot_request(new_codes(1)) | members)
    assert read_refusal(answer) == (status, code)
    assert answer.json()["errors"] or code == "lot-not-commissioned"


def test_packs_of_another_lot_cannot_be_recalled_with_this_one(rosa: Signer, lot: dict[str, Any]) -> None:
    members = {name: lot[name] for name in lot if name not in ("id", "commitment")}
    stranger = members | {"event": "recalled", "codes": new_codes(1), "reason": "质量问题"}
    assert read_refusal(rosa.post("/v1/lots/prepare", stranger)) == (422, "packs-not-of-lot")
    recall(rosa, lot, lot["codes"][:1])
    twice = members | {"event": "recalled", "codes": lot["codes"][:1], "reason": "质量问题"}
    assert read_refusal(rosa.post("/v1/lots/prepare", twice)) == (409, "packs-named-before")


@pytest.mark.parametrize("name", ["phil", "amy", "his-401", "anna"])
def test_only_releasers_sign_lots(two_gateways: TwoGateways, name: str) -> None:
    answer = signer(two_gateways, name).post("/v1/lots/prepare", lot_request(new_codes(1)))
    assert read_refusal(answer) == (403, "role-missing")
