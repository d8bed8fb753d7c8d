"""Demands and answers as gateways deliver them: what isn't the sender's, or isn't true, is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ledger_api.peers.errors import PeerRefused
from ledger_proofs.records import format_utc_time
from tests.gateway_stack import FINAL_SECONDS, body_with
from tests.support.acting import signer
from tests.support.waiting import wait_until
from tests.two_gateways import HOSPITAL, OTHER_HOSPITAL, PHARMACY, REGULATOR, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

Bundle = dict[str, Any]


@pytest.fixture(scope="module")
def prescription(two_gateways: TwoGateways) -> Bundle:
    """A prescription's bundle with all its fields."""
    anna = signer(two_gateways, "anna")
    issued = anna.act("prescriptions", {"body": body_with()})
    anna.wait_until_final("prescriptions", issued["id"])
    return dict(anna.http.get(f"/v1/prescriptions/{issued['id']}/bundle").json())


@pytest.fixture(scope="module")
def demand(two_gateways: TwoGateways, prescription: Bundle) -> tuple[str, Bundle]:
    """A demand that was delivered, and its bundle."""
    otto, cleo = signer(two_gateways, "otto"), signer(two_gateways, "cleo")
    subject = {"institution": HOSPITAL, "commitment": prescription["commitment"]}
    issued = otto.act(
        "demands",
        {
            "subject": subject,
            "purpose": "court",
            "grounds": "测试",
            "answer_by": format_utc_time(int(time.time()) + 60),
        },
    )
    wait_until(
        lambda: any(
            row["id"] == issued["id"] for row in cleo.http.get("/v1/incoming-demands").json()["items"]
        ),
        FINAL_SECONDS,
        "the demand to be delivered",
    )
    return issued["id"], dict(otto.http.get(f"/v1/demands/{issued['id']}/bundle").json())


def refuse(two: TwoGateways, sender: int, recipient: int, noun: str, message: dict[str, Any]) -> PeerRefused:
    gateway = two.counters if sender == PHARMACY else two.hospitals
    with pytest.raises(PeerRefused) as refused:
        gateway.parts.peers.post(sender, recipient, f"/v1/peer/{noun}", message)
    return refused.value


def test_a_demand_delivered_again_is_the_same_demand(
    two_gateways: TwoGateways, demand: tuple[str, Bundle]
) -> None:
    peers = two_gateways.hospitals.parts.peers
    answer = peers.post(REGULATOR, HOSPITAL, "/v1/peer/demands", {"bundle": demand[1]})
    assert answer == {"id": demand[0], "state": "open"}
    listed = signer(two_gateways, "cleo").http.get("/v1/incoming-demands").json()["items"]
    assert [row["id"] for row in listed].count(demand[0]) == 1


def test_only_a_regulator_delivers_demands(two_gateways: TwoGateways, demand: tuple[str, Bundle]) -> None:
    message = {"bundle": demand[1]}
    assert refuse(two_gateways, PHARMACY, HOSPITAL, "demands", message).peer_code == "peer-role-missing"
    assert refuse(two_gateways, HOSPITAL, OTHER_HOSPITAL, "demands", message).peer_code == "peer-role-missing"


def test_a_demand_for_another_institution_s_record_is_refused(
    two_gateways: TwoGateways, demand: tuple[str, Bundle]
) -> None:
    refused = refuse(two_gateways, REGULATOR, OTHER_HOSPITAL, "demands", {"bundle": demand[1]})
    assert refused.peer_code == "demand-misaddressed"


def test_what_is_no_demand_or_was_altered_is_refused(
    two_gateways: TwoGateways, prescription: Bundle, demand: tuple[str, Bundle]
) -> None:
    no_demand = refuse(two_gateways, REGULATOR, HOSPITAL, "demands", {"bundle": prescription})
    assert "(kind.other)" in no_demand.detail
    pointers = demand[1]["disclosure"]["pointers"]
    fields = [
        {**field, "value": "altered"} if pointers[field["index"] - 1] == "/body/grounds" else field
        for field in demand[1]["disclosure"]["fields"]
    ]
    altered = {**demand[1], "disclosure": {**demand[1]["disclosure"], "fields": fields}}
    assert (
        "(field.mismatch)" in refuse(two_gateways, REGULATOR, HOSPITAL, "demands", {"bundle": altered}).detail
    )
    garbage = refuse(two_gateways, REGULATOR, HOSPITAL, "demands", {"bundle": {}})
    assert garbage.peer_code == "evidence-refused"


def test_what_is_no_access_answers_no_demand(
    two_gateways: TwoGateways, prescription: Bundle, demand: tuple[str, Bundle]
) -> None:
    for bundle in (prescription, demand[1]):
        refused = refuse(two_gateways, HOSPITAL, REGULATOR, "accesses", {"bundle": bundle})
        assert refused.peer_code == "access-not-for-demand"


def test_an_access_of_another_demand_or_another_sender_is_refused(
    two_gateways: TwoGateways, prescription: Bundle, demand: tuple[str, Bundle]
) -> None:
    cleo, otto = signer(two_gateways, "cleo"), signer(two_gateways, "otto")
    request = {"demand": {"institution": REGULATOR, "id": demand[0]}, "decision": "granted"}
    access = cleo.act("accesses", request)
    cleo.wait_until_final("accesses", access["id"])
    content = f"/v1/demands/{demand[0]}/content"
    wait_until(lambda: otto.http.get(content).status_code == 200, FINAL_SECONDS, "the answer")
    bundle = cleo.http.get(f"/v1/accesses/{access['id']}/bundle").json()

    repeated = two_gateways.hospitals.parts.peers.post(
        HOSPITAL, REGULATOR, "/v1/peer/accesses", {"bundle": bundle}
    )
    assert repeated["state"] == "granted"
    message = {"bundle": bundle, "wrapped_key": "0x" + "00" * 80, "content": "0x" + "00" * 40}
    refused = refuse(two_gateways, PHARMACY, REGULATOR, "accesses", message)
    assert refused.peer_code == "access-not-for-demand"
    elsewhere = refuse(two_gateways, HOSPITAL, OTHER_HOSPITAL, "accesses", {"bundle": bundle})
    assert elsewhere.peer_code == "demand-not-found"
    assert otto.http.get(content).json()["record"]["id"]
