"""Transactions as bytes, development keys, and refusals in words: what needs no chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger_chain.contracts import ContractName, encoder, find_refusal, get_artifact, read_artifact
from ledger_chain.development_keys import (
    DEVELOPMENT_ACCOUNT_COUNT,
    address_of,
    development_account,
    development_addresses,
    is_development_address,
)
from ledger_chain.errors import ContractMismatch
from ledger_chain.items import VoidItem, as_abi
from ledger_chain.transactions import batch_call, build_anchor, build_batch, sign_transaction
from ledger_proofs.digests import keccak
from ledger_proofs.types import Address, Commitment

KEY = bytes(31) + b"\x01"
VOID = VoidItem(1, Commitment(bytes(32)), 0, (0,), Commitment(bytes(31) + b"\x01"), bytes(32))
ANCHOR = {
    "chain_id": 20261,
    "checkpoint_log": Address(bytes(range(20))),
    "nonce": 3,
    "log": 1 << 32 | 1,
    "size": 5,
    "root": bytes(32),
    "consistency_proof": [bytes(32)],
}


def test_an_anchoring_is_signed_for_its_chain_alone() -> None:
    unsigned = build_anchor(**ANCHOR)  # type: ignore[arg-type]
    signed = sign_transaction(unsigned, KEY)
    assert Account.recover_transaction(signed.raw) == Account.from_key(KEY).address
    other = sign_transaction(replace(unsigned, chain_id=1), KEY)
    assert other.hash != signed.hash
    assert unsigned.fields()["gasPrice"] == 0


def test_the_call_says_what_was_asked() -> None:
    unsigned = build_anchor(**ANCHOR)  # type: ignore[arg-type]
    function, arguments = encoder(ContractName.CHECKPOINT_LOG).decode_function_input(unsigned.call)
    assert function.fn_name == "anchor"
    assert arguments == {
        "log": 1 << 32 | 1,
        "newSize": 5,
        "newRoot": bytes(32),
        "consistencyProof": [bytes(32)],
    }


def test_a_batch_beyond_its_bounds_is_not_built() -> None:
    with pytest.raises(ValueError, match="1 to 100 items"):
        batch_call("voidClaims", [])
    with pytest.raises(ValueError, match="101 items"):
        batch_call("voidClaims", [as_abi(VOID)] * 101)
    wide = replace(VOID, ordinals=tuple(range(4_000)))
    with pytest.raises(ValueError, match="120000 bytes"):
        build_batch(
            chain_id=1,
            claim_register=Address(bytes(20)),
            nonce=0,
            act="voidClaims",
            items=[as_abi(wide)],
            gas=1,
        )


def test_development_addresses_are_all_known() -> None:
    assert len(development_addresses()) == DEVELOPMENT_ACCOUNT_COUNT
    # The first account of that mnemonic, as chain development tools print it.
    first = Address(bytes.fromhex("f39fd6e51aad88f6f4ce6ab8827279cfffb92266"))
    assert address_of(development_account(0)) == first
    assert is_development_address(first)
    assert not is_development_address(Address(bytes(20)))
    with pytest.raises(ValueError, match="numbered from 0"):
        development_account(DEVELOPMENT_ACCOUNT_COUNT)


def test_a_refusal_is_read_with_its_values() -> None:
    selector = keccak(b"ClaimRegisterPackExhausted(bytes32,uint32,uint32,uint32)")[:4]
    values = (b"\xaa" * 32, 10, 9, 2)
    refusal = find_refusal(selector + encode(["bytes32", "uint32", "uint32", "uint32"], values))
    assert refusal is not None
    assert refusal.name == "ClaimRegisterPackExhausted"
    assert dict(refusal.arguments) == {
        "token": b"\xaa" * 32,
        "totalUnits": 10,
        "used": 9,
        "unitsUsed": 2,
    }
    assert str(refusal).endswith("totalUnits=10, used=9, unitsUsed=2)")
    assert find_refusal(selector + b"\x00") is None, "cut short"
    assert find_refusal(keccak(b"SomebodyElses()")[:4]) is None


@given(st.binary(max_size=200))
def test_any_reason_is_read_or_not_but_never_breaks(reason: bytes) -> None:
    found = find_refusal(reason)
    assert found is None or str(found).startswith(found.name)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"contract": 1, "abi": 2}'])
def test_a_damaged_artifact_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ClaimRegister.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractMismatch, match=r"ClaimRegister\.json"):
        read_artifact(path)


def test_artifacts_name_no_path_and_fit_the_code_limit() -> None:
    for name in ContractName:
        artifact = get_artifact(name)
        assert 0 < len(artifact.deployed_bytecode) <= 24_576
        with pytest.raises(ContractMismatch):
            artifact.verify_code(b"")
        artifact.verify_code(artifact.deployed_bytecode)
