"""Reviews over HTTP: who may, what becomes of them, and what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import Signer, read_refusal, signer
from tests.two_gateways import HOSPITAL, OTHER_HOSPITAL, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

REJECTION: dict[str, Any] = {
    "decision": "rejected",
    "reasons": ["dose", "other"],
    "opinion": "每日剂量请复核。",
}


@pytest.fixture(scope="module")
def anna(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "anna")


@pytest.fixture(scope="module")
def pia(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "pia")


@pytest.fixture
def prescription(anna: Signer) -> str:
    return str(anna.act("prescriptions", {"body": EXAMPLE_DRAFT})["id"])


def _review(prescription: str, institution: int = HOSPITAL, **members: Any) -> dict[str, Any]:
    place = {"institution": institution, "id": prescription}
    return {"prescription": place, "decision": "approved", **members}


def test_a_review_is_a_record_that_names_the_prescription(
    two_gateways: TwoGateways, anna: Signer, pia: Signer, prescription: str
) -> None:
    accepted = pia.act("reviews", _review(prescription))
    assert accepted["kind"] == "review" and accepted["act"] is None
    body = pia.read("reviews", accepted["id"])["body"]
    commitment = anna.follow("prescriptions", prescription)["commitment"]
    assert body == {
        "prescription": {"institution": HOSPITAL, "id": prescription, "commitment": commitment},
        "decision": "approved",
        "pharmacist": {"name": "Pia (example)", "code": "P-pia"},
    }
    pia.wait_until_final("reviews", accepted["id"])
    chain = two_gateways.chain
    report = verify_bundle(pia.get_bundle("reviews", accepted["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED


def test_a_pharmacist_reads_what_is_to_be_reviewed_and_the_reading_is_noted(
    two_gateways: TwoGateways, pia: Signer, prescription: str
) -> None:
    assert pia.read("prescriptions", prescription)["body"]["patient"]["name"] == "王小明（示例）"
    trail = two_gateways.client("ada").get("/v1/audit", params={"limit": 50}).json()["items"]
    assert ("prescription.read", f"prescription:{prescription}") in {
        (each["action"], each["subject"]) for each in trail
    }


def test_what_awaits_a_review_is_listed_until_it_is_reviewed(pia: Signer, prescription: str) -> None:
    def awaiting() -> list[str]:
        return [each["id"] for each in pia.http.get("/v1/reviews/awaiting").json()["items"]]

    assert prescription in awaiting()
    pia.act("reviews", _review(prescription, **REJECTION))
    assert prescription not in awaiting()


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"decision": "rejected"}, ""),
        ({"decision": "rejected", "reasons": ["dose"]}, ""),
        ({"decision": "rejected", "reasons": ["dose", "dose"], "opinion": "twice"}, ""),
        ({"decision": "perhaps"}, "/decision"),
        ({"reasons": []}, "/reasons"),
        ({"reasons": ["mood"]}, "/reasons/0"),
        ({"opinion": "x" * 2001}, "/opinion"),
        ({"opinion": " padded"}, "/opinion"),
        ({"opinion": "hid\u202eden"}, "/opinion"),
        ({"mood": "good"}, "/mood"),
    ],
)
def test_a_review_that_says_too_little_or_too_much_is_refused(
    pia: Signer, prescription: str, members: dict[str, Any], pointer: str
) -> None:
    answer = pia.post("/v1/reviews/prepare", _review(prescription, **members))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert all(each["message"] and each["message_zh"] for each in answer.json()["errors"])


@pytest.mark.parametrize("name", ["anna", "ada", "his-1", "cleo", "otto"])
def test_only_pharmacists_review(two_gateways: TwoGateways, prescription: str, name: str) -> None:
    answer = signer(two_gateways, name).post("/v1/reviews/prepare", _review(prescription))
    assert read_refusal(answer) == (403, "role-missing")


@pytest.mark.parametrize(
    ("name", "institution"), [("pat", HOSPITAL), ("phil", HOSPITAL), ("pia", OTHER_HOSPITAL)]
)
def test_a_prescription_that_was_neither_issued_nor_fetched_here_cannot_be_reviewed(
    two_gateways: TwoGateways, prescription: str, name: str, institution: int
) -> None:
    answer = signer(two_gateways, name).post("/v1/reviews/prepare", _review(prescription, institution))
    assert read_refusal(answer) == (404, "prescription-not-found")


def test_a_review_is_no_prescription_and_the_other_way_round(pia: Signer, prescription: str) -> None:
    review = pia.act("reviews", _review(prescription))["id"]
    assert read_refusal(pia.post("/v1/reviews/prepare", _review(review))) == (404, "prescription-not-found")
    assert read_refusal(pia.http.get(f"/v1/reviews/{prescription}")) == (404, "record-not-found")
    assert read_refusal(pia.http.get(f"/v1/prescriptions/{review}")) == (404, "prescription-not-found")


def test_what_was_prepared_as_one_kind_is_not_submitted_as_another(
    two_gateways: TwoGateways, pia: Signer, prescription: str
) -> None:
    submission = pia.sign(pia.prepare("reviews", _review(prescription)))
    assert read_refusal(pia.submit("refusals", submission)) == (404, "preparation-not-found")
    assert read_refusal(signer(two_gateways, "pat").submit("reviews", submission)) == (
        404,
        "preparation-not-found",
    )
    assert pia.submit("reviews", submission).status_code == 201


def test_sent_twice_it_is_one_review(pia: Signer, prescription: str) -> None:
    key = str(uuid.uuid4())
    prepared = pia.prepare("reviews", _review(prescription), key)
    assert pia.prepare("reviews", _review(prescription), key) == prepared
    submission = pia.sign(prepared)
    first, again = pia.submit("reviews", submission), pia.submit("reviews", submission)
    assert first.json()["id"] == again.json()["id"]
    assert len(first.json()["entries"]) == len(again.json()["entries"]) == 1


def test_others_see_no_review(two_gateways: TwoGateways, pia: Signer, prescription: str) -> None:
    review = pia.act("reviews", _review(prescription))["id"]
    for name, expected in (("pat", 404), ("anna", 403), ("otto", 403)):
        assert two_gateways.client(name).get(f"/v1/reviews/{review}").status_code == expected
    ada = two_gateways.client("ada")
    assert ada.get(f"/v1/reviews/{review}").status_code == 200
    assert ada.get(f"/v1/reviews/{review}/record").status_code == 403
    assert two_gateways.hospitals.anonymous().get(f"/v1/reviews/{review}").status_code == 401
