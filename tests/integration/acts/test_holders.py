"""Holders given beside a prescription: whose keys they are is the client's matter, how many isn't."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_proofs.claims import holders_hash
from ledger_proofs.holders import holder_addresses
from tests.support.acting import Signer, read_refusal, signer
from tests.support.counter import TWO_LINES
from tests.two_gateways import TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

HOLDERS = ["0x" + address.hex() for address in holder_addresses(b"\x07" * 32, 4)]


@pytest.fixture(scope="module")
def anna(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "anna")


def test_the_first_holders_go_to_the_claims_in_order(anna: Signer) -> None:
    prepared = anna.prepare("prescriptions", {"body": TWO_LINES, "holders": HOLDERS})
    assert prepared["record"]["body"]["holders"] == HOLDERS[:3]
    terms = holders_hash([bytes.fromhex(each[2:]) for each in HOLDERS[:3]])
    assert prepared["entries"][0]["terms"] == "0x" + terms.hex()
    assert anna.submit("prescriptions", anna.sign(prepared)).status_code == 201


def test_holders_go_with_a_kept_draft_too(anna: Signer) -> None:
    draft = anna.post("/v1/drafts", EXAMPLE_DRAFT)
    assert draft.status_code == 201, draft.text
    prepared = anna.prepare("prescriptions", {"draft_id": draft.json()["id"], "holders": HOLDERS[:1]})
    assert prepared["record"]["body"]["holders"] == HOLDERS[:1]


@pytest.mark.parametrize(
    ("body", "holders", "code"),
    [
        (TWO_LINES, HOLDERS[:2], "holders-too-few"),
        (EXAMPLE_DRAFT | {"holders": HOLDERS[:1]}, HOLDERS[:1], "holders-given-twice"),
        (TWO_LINES, [HOLDERS[0], HOLDERS[0], HOLDERS[1]], "prescription-invalid"),
        (EXAMPLE_DRAFT, ["0x" + "00" * 20], "prescription-invalid"),
        (EXAMPLE_DRAFT, ["0x" + "AB" * 20], "invalid-request"),
        (EXAMPLE_DRAFT, HOLDERS * 17, "invalid-request"),
    ],
)
def test_holders_that_do_not_fit_are_refused(
    anna: Signer, body: dict[str, Any], holders: list[str], code: str
) -> None:
    answer = anna.post("/v1/prescriptions/prepare", {"body": body, "holders": holders})
    assert read_refusal(answer) == (422, code)
    assert all(address not in answer.text for address in holders)
