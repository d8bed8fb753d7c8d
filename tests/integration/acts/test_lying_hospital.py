"""A hospital's gateway that lies: nothing false is shown at the counter, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from ledger_api.evidence.foreign import EvidenceRefused
from ledger_api.received.evidence import ReceivedPlace
from ledger_api.received.schemas import ReadingPresentation
from ledger_api.received.service import fetch
from tests.support.counter import Prescribed, approve, prescribe, sign_readings
from tests.support.lying_peer import Liar, run_lying_peer
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

Lie = Callable[[dict[str, Any], dict[str, Any]], object]


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    return prescribe(two_gateways)


@pytest.fixture(scope="module")
def readings(two_gateways: TwoGateways, made: Prescribed) -> list[ReadingPresentation]:
    return [ReadingPresentation.model_validate(each) for each in sign_readings(two_gateways, made)]


def _ask_hospital(gateways: TwoGateways, made: Prescribed) -> dict[str, Any]:
    body: dict[str, Any] = {"window": 0, "presentations": sign_readings(gateways, made)}
    path = f"/v1/peer/prescriptions/{made.id}/presentations"
    return dict(gateways.counters.parts.peers.post(PHARMACY, HOSPITAL, path, body))


@pytest.fixture(scope="module")
def honest(two_gateways: TwoGateways, made: Prescribed) -> dict[str, Any]:
    return _ask_hospital(two_gateways, made)


@pytest.fixture(scope="module")
def another(two_gateways: TwoGateways) -> dict[str, Any]:
    """What the hospital answers for another prescription, which it rejected after approving it."""
    made = prescribe(two_gateways)
    answer = _ask_hospital(two_gateways, made)
    rejection = approve(
        two_gateways, made, "pia", decision="rejected", reasons=["dose"], opinion="剂量过大。"
    )
    bundle = two_gateways.client("pia").get(f"/v1/reviews/{rejection}/bundle")
    return {**answer, "rejection": bundle.json()}


@pytest.fixture(scope="module")
def liar(two_gateways: TwoGateways) -> Iterator[Liar]:
    with run_lying_peer(two_gateways, HOSPITAL) as lying:
        yield lying


def _patient(bundle: dict[str, Any]) -> dict[str, Any]:
    pointers = bundle["disclosure"]["pointers"]
    place = pointers.index("/body/patient/name") + 1
    return next(field for field in bundle["disclosure"]["fields"] if field["index"] == place)


LIES: dict[str, tuple[Lie, str]] = {
    "another name": (lambda a, _: _patient(a["bundle"]).update(value="李小红"), "field"),
    "a field withheld": (
        lambda a, _: a["bundle"]["disclosure"]["fields"].remove(_patient(a["bundle"])),
        "evidence.withheld",
    ),
    "another record": (lambda a, b: a.update(bundle=b["bundle"]), "evidence.other_record"),
    "another's review": (
        lambda a, b: a.update(review_bundles=b["review_bundles"]),
        "evidence.other_review",
    ),
    "no review": (lambda a, _: a.update(review_bundles=[]), "evidence.reviews"),
    "the prescription as its review": (
        lambda a, _: a.update(review_bundles=[a["bundle"]]),
        "evidence.other_kind",
    ),
    "a review as the prescription": (
        lambda a, _: a.update(bundle=a["review_bundles"][0]),
        "evidence.other_kind",
    ),
    "another chain": (lambda a, _: a["bundle"]["anchor"].update(chain_id=1), "anchor.other_chain"),
    "a checkpoint never anchored": (
        lambda a, _: a["bundle"]["checkpoint"].update(anchored_at=1_800_000_000),
        "anchor",
    ),
    "no bundle": (lambda a, _: a.update(bundle={"format": "rxledger.bundle/1"}), "bundle"),
    "a claim used": (
        lambda a, _: a["bundle"]["claims"]["words"][0].update(word="0x4" + "0" * 63),
        "claims",
    ),
}


def test_without_a_lie_it_is_taken(
    liar: Liar, made: Prescribed, readings: list[ReadingPresentation], honest: dict[str, Any]
) -> None:
    liar.answer = deepcopy(honest)
    place = ReceivedPlace(HOSPITAL, made.id, 0)
    assert fetch(liar.parts, PHARMACY, place, readings).verified.prescription.record.id == made.id


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_refused_by_its_name(
    liar: Liar,
    made: Prescribed,
    readings: list[ReadingPresentation],
    honest: dict[str, Any],
    another: dict[str, Any],
    name: str,
) -> None:
    lie, code = LIES[name]
    liar.answer = deepcopy(honest)
    lie(liar.answer, deepcopy(another))
    with pytest.raises(EvidenceRefused) as refused:
        fetch(liar.parts, PHARMACY, ReceivedPlace(HOSPITAL, made.id, 0), readings)
    assert code in refused.value.reason


def test_a_rejection_is_not_taken_for_an_approval(
    liar: Liar, readings: list[ReadingPresentation], another: dict[str, Any]
) -> None:
    answer = deepcopy(another)
    rejection = answer.pop("rejection")
    liar.answer = answer | {"review_bundles": [rejection, *answer["review_bundles"]]}
    fields = answer["bundle"]["disclosure"]["fields"]
    place = answer["bundle"]["disclosure"]["pointers"].index("/id") + 1
    record_id = next(field["value"] for field in fields if field["index"] == place)
    with pytest.raises(EvidenceRefused) as refused:
        fetch(liar.parts, PHARMACY, ReceivedPlace(HOSPITAL, record_id, 0), readings)
    assert refused.value.reason == "evidence.not_approved"
