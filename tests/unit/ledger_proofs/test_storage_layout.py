"""The storage layout that proofs depend on, against the compiler's output and rules (protocol 4.4)."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger_chain.contracts import ContractName, get_artifact
from ledger_proofs import storage_layout
from ledger_proofs.digests import keccak
from ledger_proofs.storage_layout import (
    StoredClosing,
    StoredState,
    StoredTerm,
    closing_slot,
    element_slot,
    outages_slot,
    parse_closing,
    parse_outage,
    parse_state,
    parse_term,
    states_slot,
    terms_slot,
)
from tests.factories import seeded_bytes

uint64s = st.integers(0, 2**64 - 1)


def variable(contract: ContractName, slot: int) -> dict[str, Any]:
    found = [each for each in get_artifact(contract).storage_layout if each["slot"] == slot]
    assert len(found) == 1
    assert found[0]["offset"] == 0
    return dict(found[0]["type"])


def members(struct: Any) -> list[tuple[str, int, int, int]]:
    return [(each["name"], each["slot"], each["offset"], each["type"]["bytes"]) for each in struct["members"]]


@pytest.mark.parametrize(
    ("contract", "slot", "label"),
    [
        (
            ContractName.CHECKPOINT_LOG,
            storage_layout.CHECKPOINTS_SLOT,
            "mapping(LogId => mapping(uint64 => struct ICheckpointLog.Checkpoint))",
        ),
        (ContractName.CHECKPOINT_LOG, storage_layout.HEADS_SLOT, "mapping(LogId => uint64)"),
        (
            ContractName.CHECKPOINT_LOG,
            storage_layout.CLOSINGS_SLOT,
            "mapping(LogId => struct ICheckpointLog.Closing)",
        ),
        (ContractName.CLAIM_REGISTER, storage_layout.CLAIMS_SLOT, "mapping(bytes32 => uint256)"),
        (ContractName.CLAIM_REGISTER, storage_layout.PACKS_SLOT, "mapping(bytes32 => uint256)"),
        (
            ContractName.DIRECTORY,
            storage_layout.STATES_SLOT,
            "mapping(uint32 => struct ILedgerDirectory.InstitutionState[])",
        ),
        (
            ContractName.DIRECTORY,
            storage_layout.TERMS_SLOT,
            "mapping(uint32 => mapping(uint8 => mapping(address => struct LedgerDirectory.Term[])))",
        ),
        (ContractName.DIRECTORY, storage_layout.OUTAGES_SLOT, "struct ILedgerDirectory.Outage[]"),
    ],
)
def test_each_slot_is_the_compiler_s(contract: ContractName, slot: int, label: str) -> None:
    assert variable(contract, slot)["label"] == label


def test_the_members_of_each_struct_are_packed_as_they_are_read() -> None:
    closing = variable(ContractName.CHECKPOINT_LOG, storage_layout.CLOSINGS_SLOT)["value"]
    assert members(closing) == [("size", 0, 0, 8), ("closedAt", 0, 8, 8), ("successor", 0, 16, 8)]
    state = variable(ContractName.DIRECTORY, storage_layout.STATES_SLOT)["value"]["base"]
    assert members(state) == [
        ("effectiveFrom", 0, 0, 8),
        ("recordedAt", 0, 8, 8),
        ("status", 0, 16, 1),
        ("roles", 0, 17, 1),
    ]
    by_role = variable(ContractName.DIRECTORY, storage_layout.TERMS_SLOT)["value"]
    assert members(by_role["value"]["value"]["base"]) == [
        ("from", 0, 0, 8),
        ("until", 0, 8, 8),
        ("revokedFrom", 0, 16, 8),
        ("recordedAt", 0, 24, 8),
    ]
    outage = variable(ContractName.DIRECTORY, storage_layout.OUTAGES_SLOT)["base"]
    assert members(outage) == [
        ("from", 0, 0, 8),
        ("until", 0, 8, 8),
        ("recordedAt", 0, 16, 8),
        ("institution", 0, 24, 4),
        ("reason", 1, 0, 32),
    ]
    assert outage["bytes"] == 32 * storage_layout.OUTAGE_WORDS


@given(st.integers(0, 2**32 - 1), st.integers(0, 255), st.integers(0, 300))
def test_slots_of_lists_are_solidity_s(institution: int, role: int, index: int) -> None:
    holder = seeded_bytes("holder", 20)
    outer = keccak(encode(["uint32", "uint256"], [institution, 6]))
    middle = keccak(encode(["uint8", "bytes32"], [role, outer]))
    length = keccak(encode(["address", "bytes32"], ["0x" + holder.hex(), middle]))
    assert terms_slot(institution, role, holder) == length
    element = (int.from_bytes(keccak(length), "big") + index) % 2**256
    assert element_slot(length, index) == element.to_bytes(32, "big")
    assert states_slot(institution) == keccak(encode(["uint32", "uint256"], [institution, 2]))
    assert closing_slot(institution) == keccak(encode(["uint64", "uint256"], [institution, 2]))
    assert int.from_bytes(outages_slot(), "big") == 8


@given(uint64s, uint64s, uint64s, uint64s)
def test_stored_words_are_read_back(first: int, second: int, third: int, fourth: int) -> None:
    word = (first | second << 64 | third << 128 | fourth << 192).to_bytes(32, "big")
    assert parse_closing(word) == StoredClosing(first, second)
    assert parse_term(word) == StoredTerm(first, second, third)
    assert parse_state(word) == StoredState(first, third & 255, third >> 8 & 255)
    outage = parse_outage(word)
    assert (outage.starts_at, outage.ends_at, outage.institution) == (first, second, fourth & 2**32 - 1)


def test_a_term_entitles_from_its_start_to_its_end_and_until_revoked() -> None:
    assert [StoredTerm(10, 20, 2**64 - 1).entitles_at(at) for at in (9, 10, 20, 21)] == [
        False,
        True,
        True,
        False,
    ]
    assert [StoredTerm(10, 20, 15).entitles_at(at) for at in (14, 15)] == [True, False]
