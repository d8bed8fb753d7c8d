"""Presentations: by the holder of the claim, in time, for reading or for a use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger_proofs.claims import claim_key
from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import SignatureInvalid
from ledger_proofs.presentations import (
    MAX_READING_SECONDS,
    build_reading,
    recover_holder,
    sign_presentation,
    verify_presentation,
    verify_reading,
)
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import Address, Commitment, Hash
from tests.factories import seeded_bytes

DOMAIN = Domain(20261, Address(seeded_bytes("claim register", 20)))
KEY = seeded_bytes("holder 0")
HOLDER = address_of_key(KEY)
NOW = 1_795_309_200
READING = build_reading(claim_key(1, 1, seeded_bytes("record"), NOW, 0), 0, 201, NOW + 300)


def test_a_reading_by_the_holder_is_good_until_its_deadline() -> None:
    signature = sign_presentation(READING, DOMAIN, KEY)
    assert recover_holder(READING, DOMAIN, signature) == HOLDER
    verify_reading(READING, DOMAIN, signature, HOLDER, NOW)
    verify_reading(READING, DOMAIN, signature, HOLDER, READING.deadline)
    with pytest.raises(SignatureInvalid) as caught:
        verify_reading(READING, DOMAIN, signature, HOLDER, READING.deadline + 1)
    assert caught.value.code == "presentation.expired"


@pytest.mark.parametrize(
    "change", [{"spender": 202}, {"restore_count": 1}, {"claim": bytes(32)}, {"deadline": NOW + 301}]
)
def test_a_signature_is_for_one_reading(change: dict[str, int]) -> None:
    signature = sign_presentation(READING, DOMAIN, KEY)
    with pytest.raises(SignatureInvalid) as caught:
        verify_reading(replace(READING, **change), DOMAIN, signature, HOLDER, NOW)  # type: ignore[arg-type]
    assert caught.value.code == "presentation.holder"


def test_a_signature_is_for_one_chain() -> None:
    signature = sign_presentation(READING, DOMAIN, KEY)
    with pytest.raises(SignatureInvalid):
        verify_reading(READING, replace(DOMAIN, chain_id=1), signature, HOLDER, NOW)


def test_a_use_isn_t_taken_for_a_reading() -> None:
    for use in (
        replace(READING, use_hash=Hash(b"\x01" * 32)),
        replace(READING, into=Commitment(b"\x01" * 32)),
    ):
        signature = sign_presentation(use, DOMAIN, KEY)
        verify_presentation(use, DOMAIN, signature, HOLDER, NOW)
        with pytest.raises(SignatureInvalid) as caught:
            verify_reading(use, DOMAIN, signature, HOLDER, NOW)
        assert caught.value.code == "presentation.not_reading"


def test_a_reading_is_good_for_a_short_while_only() -> None:
    # The recipient's clock may be 300 seconds behind.
    for ahead, is_good in ((MAX_READING_SECONDS + 300, True), (MAX_READING_SECONDS + 301, False)):
        reading = replace(READING, deadline=NOW + ahead)
        signature = sign_presentation(reading, DOMAIN, KEY)
        if is_good:
            verify_reading(reading, DOMAIN, signature, HOLDER, NOW)
            continue
        with pytest.raises(SignatureInvalid) as caught:
            verify_reading(reading, DOMAIN, signature, HOLDER, NOW)
        assert caught.value.code == "presentation.deadline"
