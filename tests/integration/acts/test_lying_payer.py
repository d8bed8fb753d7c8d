"""A payer's gateway that lies: no false settlement is shown at the counter, and none of it is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.foreign import EvidenceRefused
from ledger_api.identity.repository import IdentityRepository
from ledger_api.log.repository import LogRepository
from ledger_api.peers.errors import PeerAnswerUnusable
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import RecordVault
from ledger_api.settlements.adjudication import suggest_shares
from ledger_api.settlements.incoming import open_request
from ledger_api.settlements.models import Direction, SettlementRequest
from ledger_api.settlements.outgoing import keep_sent, refresh, send_request
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.service import prepare_settlement
from ledger_api.signing.answers import build_prepare_answer
from ledger_api.signing.repository import PreparationRepository
from ledger_api.signing.service import Author, RecordSigning
from ledger_proofs.types import Address
from tests.gateway_support import address_of, signing_key
from tests.support.acting import read_refusal, signer
from tests.support.lying_peer import Liar, run_lying_peer
from tests.support.payer import Dispensed, bill, dispense, in_full, settle
from tests.two_gateways import INSURER, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

PATH = "/v1/peer/settlement-requests"
ANOTHER = "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"


@pytest.fixture(scope="module")
def liar(two_gateways: TwoGateways) -> Iterator[Liar]:
    with run_lying_peer(two_gateways, INSURER) as lying:
        yield lying


@pytest.fixture(scope="module")
def settled(two_gateways: TwoGateways) -> tuple[SettlementRequest, dict[str, Any]]:
    """A request at the pharmacy whose settlement is final, and what its payer honestly says of it."""
    request_id = bill(two_gateways, dispense(two_gateways))
    settlement = settle(two_gateways, in_full(two_gateways, request_id))
    signer(two_gateways, "adam").wait_until_final("settlements", settlement["id"])
    parts = two_gateways.counters.parts
    standing = parts.peers.get(PHARMACY, INSURER, f"{PATH}/{request_id}?evidence=true")
    return find_request(two_gateways, request_id), dict(standing)


def find_request(
    two: TwoGateways, request_id: str, direction: Direction = Direction.OUT
) -> SettlementRequest:
    institution = PHARMACY if direction is Direction.OUT else INSURER
    with two.counters.parts.database.reading() as session:
        row = SettlementRequestRepository(session).find(institution, request_id, direction)
    assert row is not None
    return row


@pytest.mark.parametrize(
    "lie",
    [
        {"settlement": {"institution": INSURER, "id": ANOTHER, "commitment": "0x" + "ab" * 32}},
        {"settlement": None},
        {"state": "reduced"},
        {"state": "open"},
    ],
    ids=["another settlement", "no settlement", "another decision", "not answered"],
)
def test_a_settlement_that_is_not_the_one_told_of_is_refused(
    two_gateways: TwoGateways,
    liar: Liar,
    settled: tuple[SettlementRequest, dict[str, Any]],
    lie: dict[str, Any],
) -> None:
    row, honest = settled
    liar.answer = deepcopy(honest) | lie
    with pytest.raises(EvidenceRefused) as refused:
        refresh(liar.parts, row)
    assert refused.value.reason == "settlement.other"
    assert find_request(two_gateways, row.id).settlement_id is None


def test_a_settlement_of_other_sums_than_were_charged_is_refused(two_gateways: TwoGateways) -> None:
    dispensed = dispense(two_gateways)
    request_id = bill(two_gateways, dispensed)
    settlement = settle_falsely(two_gateways, request_id)
    adam = signer(two_gateways, "adam")
    assert adam.wait_for_outcome("settlements", settlement)["outcome"] == "done"
    adam.wait_until_final("settlements", settlement)
    answer = signer(two_gateways, "phil").http.get(f"/v1/settlement-requests/{request_id}")
    assert read_refusal(answer) == (422, "evidence-refused")
    assert "(settlement.other_sums)" in answer.json()["detail"]
    assert find_request(two_gateways, request_id).settlement_id is None


def settle_falsely(two: TwoGateways, request_id: str) -> str:
    """Have the insurer's own gateway settle as if a fen were charged; gives the settlement's id."""
    parts, adam = two.counters.parts, signer(two, "adam")
    row = find_request(two, request_id, Direction.IN)
    opened = open_request(parts.key_wrapper, row)
    lines = tuple(dataclasses.replace(line, amount_minor=1) for line in opened.use.bill.lines)
    false_bill = dataclasses.replace(opened.use.bill, lines=lines)
    opened = dataclasses.replace(opened, use=dataclasses.replace(opened.use, bill=false_bill))
    domain = two.chain.deployment.domain()
    with parts.database.writing() as session:
        identity = IdentityRepository(session)
        person = identity.find_person_by_username(INSURER, "adam")
        institution = identity.find_institution(INSURER)
        assert person is not None and institution is not None and person.practitioner_code is not None
        address = Address(bytes.fromhex(address_of(signing_key("adam"))[2:]))
        signing = RecordSigning(
            PreparationRepository(session),
            RecordRepository(session),
            LogRepository(session),
            RecordVault(parts.key_wrapper),
            AuditTrail(session, parts.clock, "test"),
            parts.clock,
            domain,
        )
        author = Author(person, institution, address, person.practitioner_code)
        prepared = prepare_settlement(signing, author, row, opened, suggest_shares(false_bill), None)
        answer = build_prepare_answer(prepared, domain).model_dump(mode="json")
    accepted = adam.submit("settlements", adam.sign(answer))
    assert accepted.status_code == 201, accepted.text
    return str(accepted.json()["id"])


def test_the_id_of_another_request_is_not_taken(
    two_gateways: TwoGateways, liar: Liar, settled: tuple[SettlementRequest, dict[str, Any]]
) -> None:
    dispensed: Dispensed = dispense(two_gateways)
    liar.answer = {"id": settled[0].id}
    sent = send_request(liar.parts, PHARMACY, dispensed.id)
    with liar.parts.database.writing() as session:
        trail = AuditTrail(session, liar.parts.clock, "test")
        with pytest.raises(PeerAnswerUnusable):
            keep_sent(session, trail, sent, "test", liar.parts.clock())
