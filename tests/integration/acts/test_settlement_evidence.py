"""What a payer is sent is believed only as far as it verifies it: false requests, sent by a real gateway."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest

from ledger_api.dispenses.body import DispensingBody
from ledger_api.evidence.foreign import EvidenceRefused, ForeignRecord, parse_foreign_bundle, verify_foreign
from ledger_api.peers.errors import PeerRefused
from ledger_api.records.body_parts import build_ref
from ledger_api.settlements.evidence import verify_reviews
from ledger_api.settlements.outgoing import gather_request
from ledger_proofs.types import JsonValue
from tests.support.acting import signer
from tests.support.payer import Dispensed, bill, dispense, read
from tests.two_gateways import (
    HOSPITAL,
    INSURER,
    MANUFACTURER,
    OTHER_HOSPITAL,
    OTHER_PHARMACY,
    PHARMACY,
    TwoGateways,
)

pytestmark = [pytest.mark.integration, pytest.mark.chain]

Message = dict[str, Any]
PATH = "/v1/peer/settlement-requests"


@pytest.fixture(scope="module")
def dispensed(two_gateways: TwoGateways) -> Dispensed:
    """A dispensing that nobody bills in earnest."""
    return dispense(two_gateways)


@pytest.fixture(scope="module")
def another(two_gateways: TwoGateways) -> Message:
    """The honest message about another dispensing."""
    return gather(two_gateways, dispense(two_gateways))


@pytest.fixture
def message(two_gateways: TwoGateways, dispensed: Dispensed) -> Message:
    """The honest message, to be spoiled."""
    return gather(two_gateways, dispensed)


def gather(two: TwoGateways, dispensed: Dispensed) -> Message:
    gathered = gather_request(two.counters.parts, PHARMACY, dispensed.id)
    return copy.deepcopy(cast("Message", gathered.message))


def send(
    two: TwoGateways, message: Message, sender: int = PHARMACY, recipient: int = INSURER
) -> dict[str, JsonValue]:
    return two.counters.parts.peers.post(sender, recipient, PATH, message)


def refuse(two: TwoGateways, message: Message, **ends: int) -> PeerRefused:
    """Send a false request; gives the payer's refusal, and makes sure that nothing was kept."""
    path = "/v1/settlement-requests?direction=in"
    before = read(signer(two, "adam"), path)["items"]
    with pytest.raises(PeerRefused) as refused:
        send(two, message, **ends)
    assert read(signer(two, "adam"), path)["items"] == before
    return refused.value


def field_of(bundle: Message, pointer: str) -> Message:
    """A disclosed field of a bundle, to be changed in place."""
    index = bundle["disclosure"]["pointers"].index(pointer) + 1
    return next(each for each in bundle["disclosure"]["fields"] if each["index"] == index)


def raise_price(message: Message, _other: Message) -> None:
    field_of(message["dispensing"], "/body/charges/total_minor")["value"] = 999_999


def withhold_charges(message: Message, _other: Message) -> None:
    fields = message["dispensing"]["disclosure"]["fields"]
    fields.remove(field_of(message["dispensing"], "/body/charges/lines/0/name"))


def break_bundle(message: Message, _other: Message) -> None:
    del message["dispensing"]["entry"]


def forge_signature(message: Message, other: Message) -> None:
    message["dispensing"]["authorship"]["signature"] = other["dispensing"]["authorship"]["signature"]


def swap_prescription(message: Message, other: Message) -> None:
    message["prescriptions"] = other["prescriptions"]


def add_prescription(message: Message, other: Message) -> None:
    message["prescriptions"] += other["prescriptions"]


def review_as_prescription(message: Message, _other: Message) -> None:
    message["prescriptions"] = message["reviews"][:1]


def prescription_as_review(message: Message, _other: Message) -> None:
    message["reviews"] += message["prescriptions"]


def prescription_as_dispensing(message: Message, _other: Message) -> None:
    message["dispensing"] = message["prescriptions"][0]


def drop_own_review(message: Message, _other: Message) -> None:
    message["reviews"] = [
        each for each in message["reviews"] if each["authorship"]["institution"] == HOSPITAL
    ]


def swap_reviews(message: Message, other: Message) -> None:
    message["reviews"] = other["reviews"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (raise_price, "field.mismatch"),
        (withhold_charges, "evidence.withheld"),
        (break_bundle, "bundle.member_missing"),
        (forge_signature, "author.hash"),
        (swap_prescription, "prescriptions.other"),
        (add_prescription, "prescriptions.count"),
        (review_as_prescription, "kind.other"),
        (prescription_as_review, "kind.other"),
        (prescription_as_dispensing, "kind.other"),
        (drop_own_review, "review.missing"),
        (swap_reviews, "review.missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_evidence_that_does_not_prove_the_bill_is_refused(
    two_gateways: TwoGateways,
    message: Message,
    another: Message,
    spoil: Callable[[Message, Message], None],
    reason: str,
) -> None:
    spoil(message, copy.deepcopy(another))
    refused = refuse(two_gateways, message)
    assert (refused.peer_status, refused.peer_code) == (422, "evidence-refused")
    assert f"({reason})" in refused.detail


def read_reviews(two: TwoGateways, message: Message) -> tuple[DispensingBody, dict[int, ForeignRecord]]:
    """The dispensing's body, and the reviews that are sent with it by who made them, all verified."""
    network = two.counters.parts.network
    assert network is not None

    def verify(bundle: Message) -> ForeignRecord:
        return verify_foreign(parse_foreign_bundle(bundle, "/"), network, "/")

    reviews = [verify(bundle) for bundle in message["reviews"]]
    body = DispensingBody.model_validate(verify(message["dispensing"]).record.body)
    return body, {review.record.issuer: review for review in reviews}


def name_review(body: DispensingBody, review: ForeignRecord) -> DispensingBody:
    """The same dispensing, had its pharmacist named this review."""
    record = review.record
    return body.model_copy(update={"review": build_ref(record.issuer, record.id, review.bundle.commitment)})


def test_a_counter_that_reviewed_nothing_does_not_pass_with_the_hospital_s_review(
    two_gateways: TwoGateways, message: Message
) -> None:
    body, reviews = read_reviews(two_gateways, message)
    verify_reviews(name_review(body, reviews[PHARMACY]), tuple(reviews.values()))
    with pytest.raises(EvidenceRefused) as refused:
        verify_reviews(name_review(body, reviews[HOSPITAL]), tuple(reviews.values()))
    assert refused.value.reason == "review.not_own"


def test_a_review_of_another_prescription_is_not_the_counter_s_own(
    two_gateways: TwoGateways, message: Message, another: Message
) -> None:
    body, reviews = read_reviews(two_gateways, message)
    other = read_reviews(two_gateways, another)[1][PHARMACY]
    with pytest.raises(EvidenceRefused) as refused:
        verify_reviews(name_review(body, other), (*reviews.values(), other))
    assert refused.value.reason == "review.not_own"


def test_what_only_a_stranger_approved_was_not_approved(
    two_gateways: TwoGateways, message: Message, another: Message
) -> None:
    body, reviews = read_reviews(two_gateways, message)
    other_body, other_reviews = read_reviews(two_gateways, another)
    sent = (*reviews.values(), other_reviews[HOSPITAL])
    both = body.model_copy(update={"prescriptions": (*body.prescriptions, *other_body.prescriptions)})
    verify_reviews(both, sent)
    elsewhere = other_body.prescriptions[0].model_copy(update={"institution": OTHER_HOSPITAL})
    strange = body.model_copy(update={"prescriptions": (*body.prescriptions, elsewhere)})
    with pytest.raises(EvidenceRefused) as refused:
        verify_reviews(strange, sent)
    assert refused.value.reason == "review.other_prescription"


@pytest.mark.parametrize("seconds", [-1, 1, 86_400])
def test_a_use_of_another_time_is_not_the_one_on_the_chain(
    two_gateways: TwoGateways, message: Message, seconds: int
) -> None:
    message["use_time"] += seconds
    assert refuse(two_gateways, message).peer_code == "claims-stand-otherwise"


def test_another_pharmacy_can_t_bill_what_it_did_not_dispense(
    two_gateways: TwoGateways, message: Message
) -> None:
    refused = refuse(two_gateways, message, sender=OTHER_PHARMACY)
    assert "(dispensing.issuer)" in refused.detail


def test_only_who_dispenses_may_bill_and_only_an_insurer_is_billed(
    two_gateways: TwoGateways, message: Message
) -> None:
    assert refuse(two_gateways, message, sender=MANUFACTURER).peer_code == "peer-role-missing"
    assert refuse(two_gateways, message, recipient=OTHER_PHARMACY).peer_code == "payer-is-another"


def test_a_dispensing_without_this_payer_is_not_settled_by_it(two_gateways: TwoGateways) -> None:
    unpaid = dispense(two_gateways, payer=0)
    parts = two_gateways.counters.parts
    paid = gather(two_gateways, dispense(two_gateways))
    bundle = signer(two_gateways, "phil").http.get(f"/v1/dispensings/{unpaid.id}/bundle").json()
    assert parts.network is not None
    assert refuse(two_gateways, {**paid, "dispensing": bundle}).peer_code == "payer-is-another"


@pytest.mark.parametrize(
    "changes", [{"reviews": []}, {"prescriptions": []}, {"use_time": -1}, {"use_time": "1"}, {"surplus": 1}]
)
def test_a_message_of_another_form_is_refused(
    two_gateways: TwoGateways, message: Message, changes: Message
) -> None:
    assert refuse(two_gateways, {**message, **changes}).peer_code == "invalid-request"


def test_how_a_request_stands_is_told_to_who_asked_and_to_nobody_else(two_gateways: TwoGateways) -> None:
    request_id = bill(two_gateways, dispense(two_gateways))
    peers = two_gateways.counters.parts.peers
    standing = peers.get(PHARMACY, INSURER, f"{PATH}/{request_id}")
    assert (standing["id"], standing["state"], standing["outcome"]) == (request_id, "open", None)
    with pytest.raises(PeerRefused) as refused:
        peers.get(OTHER_PHARMACY, INSURER, f"{PATH}/{request_id}")
    assert (refused.value.peer_status, refused.value.peer_code) == (404, "settlement-request-not-found")
