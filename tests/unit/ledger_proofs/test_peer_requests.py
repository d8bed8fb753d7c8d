"""A peer's request is signed over everything that matters, and its header has one spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import LedgerProofError, MalformedInput
from ledger_proofs.peer_requests import (
    PeerRequest,
    build_peer_authorization,
    build_peer_request,
    parse_peer_authorization,
    recover_peer,
)
from ledger_proofs.signatures import address_of_key, sign_digest
from ledger_proofs.types import Address
from tests.factories import seeded_bytes

DOMAIN = Domain(20261, Address(seeded_bytes("claim register", 20)))
KEY = seeded_bytes("anchoring account")
TARGET = "/v1/peer/prescriptions/6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11/presentations?window=0"
REQUEST = build_peer_request(201, 1, "POST", TARGET, b'{"a":1}', 1_795_309_200)
SIGNATURE = sign_digest(REQUEST.digest(DOMAIN), KEY)
HEADER = build_peer_authorization(REQUEST, SIGNATURE)


def test_the_digest_is_the_one_that_another_implementation_of_eip712_signs() -> None:
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "PeerRequest": [{"name": name, "type": kind} for kind, name in PeerRequest.MEMBERS],
        },
        "primaryType": "PeerRequest",
        "domain": DOMAIN.as_json(),
        "message": {name: getattr(REQUEST, name) for _, name in PeerRequest.MEMBERS},
    }
    signed = Account.sign_message(encode_typed_data(full_message=message), KEY)
    assert bytes(signed.signature) == SIGNATURE


def test_the_header_names_who_signed() -> None:
    parsed = parse_peer_authorization(HEADER)
    assert (parsed.sender, parsed.recipient, parsed.time) == (201, 1, 1_795_309_200)
    assert recover_peer(REQUEST, DOMAIN, parsed.signature) == address_of_key(KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"sender": 202},
        {"recipient": 2},
        {"method": "GET"},
        {"target": TARGET.replace("window=0", "window=1")},
        {"body": bytes(32)},
        {"time": 1_795_309_201},
    ],
)
def test_another_request_has_another_signer(change: dict[str, Any]) -> None:
    assert recover_peer(replace(REQUEST, **change), DOMAIN, SIGNATURE) != address_of_key(KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"sender": 0},
        {"recipient": 2**21},
        {"method": "post"},
        {"target": "v1"},
        {"target": "/a b"},
        {"target": "/药"},
        {"target": "/" + "a" * 2048},
        {"body": b""},
        {"time": -1},
    ],
)
def test_a_request_that_can_t_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput):
        replace(REQUEST, **change)


@pytest.mark.parametrize(
    "header",
    [
        "",
        HEADER.replace("Peer ", "Peer  "),
        HEADER.replace("sender=201", "sender=0201"),
        HEADER.replace("sender=201", "sender=9999999"),
        HEADER.replace("sender=201,recipient=1", "recipient=1,sender=201"),
        HEADER.replace("0x", "0X"),
        HEADER + "00",
        "Bearer " + "a" * 20,
    ],
)
def test_any_other_header_is_refused(header: str) -> None:
    with pytest.raises(MalformedInput):
        parse_peer_authorization(header)


@given(st.text(max_size=60), st.integers(0, len(HEADER)))
def test_arbitrary_headers_raise_only_the_core_s_errors(text: str, at: int) -> None:
    try:
        parse_peer_authorization(HEADER[:at] + text)
    except LedgerProofError as error:
        assert error.code
