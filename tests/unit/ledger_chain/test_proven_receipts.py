"""Transactions as nodes state them are encoded as they were signed, of each form that a block may hold."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_utils.crypto import keccak
from rlp.sedes import big_endian_int

from ledger_chain.proven_receipts import _encode_transaction

SENDER = Account.from_key(b"\x07" * 32)
COMMON: dict[str, Any] = {"nonce": 3, "gas": 50_000, "value": 0, "data": "0x0102", "chainId": 20_261}
TO = "0x" + "11" * 20
KEYS = [{"address": TO, "storageKeys": ["0x" + "00" * 32]}]
LEGACY = ("nonce", "gasPrice", "gas", "to", "value", "input", "v", "r", "s")
_AFTER = ("gas", "to", "value", "input", "accessList", "v", "r", "s")


def stated(raw: bytes) -> dict[str, Any]:
    """What a node states of a signed transaction, by the published order of its members."""
    kind = raw[0] if raw[0] < 3 else 0
    members = {
        0: LEGACY,
        1: ("chainId", "nonce", "gasPrice", *_AFTER),
        2: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", *_AFTER),
    }[kind]
    answer: dict[str, Any] = {"type": hex(kind)}
    for name, value in zip(members, rlp.decode(raw[1:] if kind else raw), strict=True):
        if name == "accessList":
            rows = [
                {"address": _hex(each[0]), "storageKeys": [_hex(key) for key in each[1]]} for each in value
            ]
            answer[name] = rows
        elif name in ("to", "input"):
            answer[name] = _hex(value) if value or name == "input" else None
        else:
            answer[name] = hex(big_endian_int.deserialize(value))
    return answer


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


@pytest.mark.parametrize(
    "fields",
    [
        {"gasPrice": 0, "to": TO},
        {"gasPrice": 0, "to": ""},
        {"gasPrice": 7, "to": TO, "type": 1, "accessList": KEYS},
        {"maxPriorityFeePerGas": 0, "maxFeePerGas": 9, "to": TO, "type": 2, "accessList": []},
    ],
)
def test_a_stated_transaction_has_the_hash_of_the_signed_one(fields: dict[str, Any]) -> None:
    signed = SENDER.sign_transaction(COMMON | fields)
    encoded = _encode_transaction(stated(bytes(signed.raw_transaction)))
    assert keccak(encoded) == bytes(signed.hash)


def test_a_stated_transaction_without_its_type_is_of_the_first_form() -> None:
    signed = SENDER.sign_transaction(COMMON | {"gasPrice": 0, "to": TO})
    answer = stated(bytes(signed.raw_transaction))
    del answer["type"]
    assert keccak(_encode_transaction(answer)) == bytes(signed.hash)
