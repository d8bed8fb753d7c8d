"""Refusals over HTTP: it stands on record that nothing was handed over, and why."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import Signer, read_refusal, signer
from tests.support.counter import Prescribed, build_dispensing, fetch, open_window, prescribe, sign_use
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    prescribed = prescribe(two_gateways)
    assert fetch(two_gateways, prescribed).status_code == 201
    return prescribed


@pytest.fixture(scope="module")
def phil(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "phil")


def _refusal(made: Prescribed, **members: Any) -> dict[str, Any]:
    return {"prescription": {**made.place, "window": 0}, "reason": "identity", **members}


def test_a_refusal_names_the_prescription_and_the_reason(
    two_gateways: TwoGateways, phil: Signer, made: Prescribed
) -> None:
    accepted = phil.act("refusals", _refusal(made, note="未出示证件"))
    stated = signer(two_gateways, "anna").follow("prescriptions", made.id)
    body = phil.read("refusals", accepted["id"])["body"]
    prescription = body.pop("prescription")
    assert prescription["commitment"] == stated["commitment"]
    assert (prescription["institution"], prescription["id"], prescription["window"]) == (HOSPITAL, made.id, 0)
    assert body == {
        "reason": "identity",
        "note": "未出示证件",
        "pharmacist": {"name": "Phil (example)", "code": "P-phil"},
    }
    phil.wait_until_final("refusals", accepted["id"])
    chain = two_gateways.chain
    report = verify_bundle(phil.get_bundle("refusals", accepted["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED


def test_a_hospitals_own_counter_refuses_too(two_gateways: TwoGateways, made: Prescribed) -> None:
    pia = signer(two_gateways, "pia")
    accepted = pia.act("refusals", _refusal(made, reason="clinical"))
    assert pia.read("refusals", accepted["id"])["body"]["prescription"]["id"] == made.id


def test_what_the_chain_refused_is_put_on_record_with_its_own_error(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    done, refused = dispense_twice(two_gateways, made)
    phil = signer(two_gateways, "phil")
    body = phil.read(
        "refusals",
        phil.act("refusals", _refusal(made, reason="chain_refused", dispensing_id=refused["id"]))["id"],
    )["body"]
    assert (body["reason"], body["chain_error"]) == ("chain_refused", "ClaimRegisterNotUnused")
    assert body["dispensing"] == {
        "institution": PHARMACY,
        "id": refused["id"],
        "commitment": refused["commitment"],
    }
    for request, code in (
        (_refusal(made, reason="chain_refused", dispensing_id=done["id"]), (409, "dispensing-not-refused")),
        (_refusal(made, reason="identity", dispensing_id=refused["id"]), (422, "record-invalid")),
    ):
        assert read_refusal(phil.post("/v1/refusals/prepare", request)) == code
    other = prescribe(two_gateways)
    assert fetch(two_gateways, other).status_code == 201
    answer = phil.post(
        "/v1/refusals/prepare", _refusal(other, reason="chain_refused", dispensing_id=refused["id"])
    )
    assert read_refusal(answer) == (422, "dispensing-of-another")


def dispense_twice(two_gateways: TwoGateways, made: Prescribed) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two pharmacists of one pharmacy use the same claims at once; gives the done and the refused one."""
    open_window(two_gateways, made)
    people = [signer(two_gateways, name) for name in ("phil", "phoebe")]
    submissions = []
    for person in people:
        prepared = person.prepare("dispensings", build_dispensing(made))
        submissions.append(person.sign(prepared) | {"presentations": sign_use(prepared, person, [made])})
    with ThreadPoolExecutor(2) as pool:  # at once: afterwards the gateway itself would refuse the second
        answers = list(
            pool.map(
                lambda pair: pair[0].submit("dispensings", pair[1]), zip(people, submissions, strict=True)
            )
        )
    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    phil = people[0]
    by_outcome = {
        phil.wait_for_outcome("dispensings", answer.json()["id"])["outcome"]: dict(answer.json())
        for answer in answers
    }
    return by_outcome["done"], by_outcome["refused"]


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"reason": "mood"}, 422, "invalid-request"),
        ({"note": "x" * 501}, 422, "invalid-request"),
        ({"reason": "chain_refused"}, 422, "record-invalid"),
        ({"reason": "chain_refused", "dispensing_id": str(uuid.uuid4())}, 404, "record-not-found"),
    ],
)
def test_a_refusal_that_cannot_be_is_refused(
    phil: Signer, made: Prescribed, members: dict[str, Any], status: int, code: str
) -> None:
    assert read_refusal(phil.post("/v1/refusals/prepare", _refusal(made, **members))) == (status, code)


def test_a_review_is_no_dispensing(two_gateways: TwoGateways, phil: Signer, made: Prescribed) -> None:
    review = phil.act("reviews", {"prescription": made.place, "decision": "approved"})["id"]
    request = _refusal(made, reason="chain_refused", dispensing_id=review)
    assert read_refusal(phil.post("/v1/refusals/prepare", request)) == (404, "record-not-found")


def test_a_window_that_was_not_fetched_cannot_be_refused(phil: Signer, made: Prescribed) -> None:
    request = _refusal(made, prescription={**made.place, "window": 1})
    assert read_refusal(phil.post("/v1/refusals/prepare", request)) == (404, "window-not-found")


@pytest.mark.parametrize(("name", "status"), [("rita", 404), ("pat", 404), ("amy", 403), ("anna", 403)])
def test_only_pharmacists_who_know_the_prescription_refuse(
    two_gateways: TwoGateways, made: Prescribed, name: str, status: int
) -> None:
    answer = signer(two_gateways, name).post("/v1/refusals/prepare", _refusal(made))
    assert answer.status_code == status
