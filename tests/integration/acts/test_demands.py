"""An officer demands a record's content, a clerk answers, and both stand on record."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from ledger_proofs.commitments import build_commitment
from ledger_proofs.records import format_utc_time
from tests.desk_support import DeskBrowser
from tests.gateway_stack import FINAL_SECONDS, body_with
from tests.support.acting import Signer, read_refusal, signer
from tests.support.waiting import wait_until
from tests.two_gateways import HOSPITAL, REGULATOR, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def prescription(two_gateways: TwoGateways) -> dict[str, Any]:
    """A prescription of the hospital, final."""
    anna = signer(two_gateways, "anna")
    issued = anna.act("prescriptions", {"body": body_with()})
    anna.wait_until_final("prescriptions", issued["id"])
    return issued


def read(reader: Signer, path: str) -> dict[str, Any]:
    answer = reader.http.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refuse(actor: Signer, noun: str, request: dict[str, Any]) -> tuple[int, str]:
    return read_refusal(actor.post(f"/v1/{noun}/prepare", request))


def demand_of(prescription: dict[str, Any], **changes: Any) -> dict[str, Any]:
    subject = {"institution": HOSPITAL, "commitment": prescription["commitment"]}
    return {
        "subject": subject,
        "purpose": "audit",
        "grounds": "抽查（测试）",
        "answer_by": format_utc_time(int(time.time()) + 3600),
        **changes,
    }


def send_demand(two: TwoGateways, prescription: dict[str, Any]) -> str:
    """Sign a demand and wait until it reached the hospital."""
    otto, cleo = signer(two, "otto"), signer(two, "cleo")
    demand = otto.act("demands", demand_of(prescription))
    wait_until(
        lambda: any(row["id"] == demand["id"] for row in read(cleo, "/v1/incoming-demands")["items"]),
        FINAL_SECONDS,
        "the demand to be delivered",
    )
    return str(demand["id"])


def progress_of(two: TwoGateways, demand_id: str) -> dict[str, Any]:
    rows = read(signer(two, "otto"), "/v1/demand-progress")["items"]
    return next(row for row in rows if row["id"] == demand_id)


def answer_name(demand_id: str, **changes: Any) -> dict[str, Any]:
    return {"demand": {"institution": REGULATOR, "id": demand_id}, "decision": "granted", **changes}


def test_a_granted_demand_gives_the_regulator_the_record_with_its_key(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    otto, cleo = signer(two_gateways, "otto"), signer(two_gateways, "cleo")
    demand_id = send_demand(two_gateways, prescription)
    unanswered = otto.http.get(f"/v1/demands/{demand_id}/content")
    assert read_refusal(unanswered) == (409, "demand-not-answered")
    seen = read(cleo, f"/v1/incoming-demands/{demand_id}")
    assert seen["grounds"] == "抽查（测试）"
    assert seen["summary"]["subject"]["id"] == prescription["id"]

    access = cleo.act("accesses", answer_name(demand_id))
    wait_until(
        lambda: progress_of(two_gateways, demand_id)["state"] == "granted", FINAL_SECONDS, "the answer"
    )
    content = read(otto, f"/v1/demands/{demand_id}/content")
    assert content["record"]["id"] == prescription["id"]
    assert content["record"]["body"]["patient"]["name"]
    recomputed = build_commitment(content["record"], bytes.fromhex(content["record_key"][2:])).commitment
    assert "0x" + recomputed.hex() == prescription["commitment"] == content["commitment"]
    assert content["access"]["commitment"] == access["commitment"]
    assert read(signer(two_gateways, "mirror"), f"/v1/demands/{demand_id}/content") == content

    again = refuse(cleo, "accesses", answer_name(demand_id))
    assert again == (409, "demand-answered")


def test_who_reads_and_who_answers_is_in_the_trails_of_both(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    otto, cleo, ada = (signer(two_gateways, name) for name in ("otto", "cleo", "ada"))
    demand_id = send_demand(two_gateways, prescription)
    cleo.act("accesses", answer_name(demand_id))
    wait_until(lambda: progress_of(two_gateways, demand_id)["state"] != "open", FINAL_SECONDS, "the answer")
    read(otto, f"/v1/demands/{demand_id}/content")
    at_hospital = [
        (row["action"], row["actor"])
        for row in read(ada, "/v1/audit?limit=200")["items"]
        if row["subject"] == f"demand:{demand_id}"
    ]
    assert ("demand.received", f"peer:{REGULATOR}") in at_hospital
    assert any(action == "demand.granted" for action, _actor in at_hospital)


def test_a_refused_demand_says_why_and_hands_nothing_over(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    otto, cleo = signer(two_gateways, "otto"), signer(two_gateways, "cleo")
    demand_id = send_demand(two_gateways, prescription)
    no_reason = refuse(cleo, "accesses", answer_name(demand_id, decision="refused"))
    assert no_reason == (422, "invalid-request")
    cleo.act("accesses", answer_name(demand_id, decision="refused", reason="另案处理（测试）"))
    wait_until(
        lambda: progress_of(two_gateways, demand_id)["state"] == "refused", FINAL_SECONDS, "the answer"
    )
    content = read(otto, f"/v1/demands/{demand_id}/content")
    assert (content["decision"], content["record"], content["record_key"]) == ("refused", None, None)
    assert content["reason"] == "另案处理（测试）"
    browser = DeskBrowser(two_gateways.gateway_of("otto"))
    browser.sign_in("otto", REGULATOR)
    for page in ("/desk/demands", f"/desk/records/demands/{demand_id}"):
        assert f"/desk/demands/{demand_id}/content" in browser.get(page).text
    assert "另案处理（测试）" in browser.get(f"/desk/demands/{demand_id}/content").text
    browser.http.close()


def test_a_demand_for_no_record_of_the_institution_is_refused_there(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    otto = signer(two_gateways, "otto")
    unknown = {"institution": HOSPITAL, "commitment": "0x" + "ee" * 32}
    demand = otto.act("demands", demand_of(prescription, subject=unknown))
    wait_until(
        lambda: progress_of(two_gateways, demand["id"])["delivery"] == "refused", FINAL_SECONDS, "the refusal"
    )
    assert progress_of(two_gateways, demand["id"])["delivery_code"] == "demand-subject-unknown"


def test_a_demand_waits_for_a_hospital_out_of_reach_and_is_then_delivered(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    peers = two_gateways.hospitals.parts.peers
    before = peers._parts
    peers._parts = replace(before, addresses={})
    try:
        demand = signer(two_gateways, "otto").act("demands", demand_of(prescription))
        wait_until(
            lambda: progress_of(two_gateways, demand["id"])["delivery_code"] == "peer-unknown",
            FINAL_SECONDS,
            "a try that fails",
        )
        assert progress_of(two_gateways, demand["id"])["delivery"] == "waiting"
    finally:
        peers._parts = before
    wait_until(
        lambda: progress_of(two_gateways, demand["id"])["delivery"] == "delivered", FINAL_SECONDS, "delivery"
    )


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"answer_by": "2020-01-01T00:00:00Z"}, 422, "answer-by-invalid"),
        ({"answer_by": "2200-01-01T00:00:00Z"}, 422, "answer-by-invalid"),
        ({"purpose": "curiosity"}, 422, "invalid-request"),
        ({"grounds": ""}, 422, "invalid-request"),
        ({"grounds": "隐\u202e藏"}, 422, "invalid-request"),
        ({"subject": {"institution": REGULATOR, "commitment": "0x" + "ab" * 32}}, 422, "own-record-demanded"),
        ({"subject": {"institution": HOSPITAL, "commitment": "0xab"}}, 422, "invalid-request"),
    ],
)
def test_a_demand_that_cannot_be_is_refused(
    two_gateways: TwoGateways, prescription: dict[str, Any], changes: dict[str, Any], status: int, code: str
) -> None:
    assert refuse(signer(two_gateways, "otto"), "demands", demand_of(prescription, **changes)) == (
        status,
        code,
    )


@pytest.mark.parametrize("name", ["anna", "cleo", "his-1", "his-900", "mirror"])
def test_only_an_officer_demands(two_gateways: TwoGateways, prescription: dict[str, Any], name: str) -> None:
    assert refuse(signer(two_gateways, name), "demands", demand_of(prescription)) == (403, "role-missing")


@pytest.mark.parametrize("name", ["anna", "pia", "his-1", "otto"])
def test_only_a_clerk_answers(two_gateways: TwoGateways, prescription: dict[str, Any], name: str) -> None:
    demand = "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"
    assert refuse(signer(two_gateways, name), "accesses", answer_name(demand)) == (403, "role-missing")


def test_another_institution_s_clerk_sees_and_answers_nothing(
    two_gateways: TwoGateways, prescription: dict[str, Any]
) -> None:
    cora, cyrus = signer(two_gateways, "cora"), signer(two_gateways, "cyrus")
    demand_id = send_demand(two_gateways, prescription)
    assert read(cora, "/v1/incoming-demands")["items"] == []
    assert read_refusal(cora.http.get(f"/v1/incoming-demands/{demand_id}")) == (404, "demand-not-found")
    assert refuse(cyrus, "accesses", answer_name(demand_id)) == (404, "demand-not-found")
    for name, status in (("ada", 403), ("anna", 403), ("otto", 403)):
        answer = signer(two_gateways, name).http.get(f"/v1/incoming-demands/{demand_id}")
        assert read_refusal(answer) == (status, "role-missing")
    for name in ("cleo", "anna"):
        content = signer(two_gateways, name).http.get(f"/v1/demands/{demand_id}/content")
        assert read_refusal(content) == (403, "role-missing")
