"""The parts of a bundle that come from a chain's node: the anchor, and the proven state (protocol 9).

Headers are kept as RLP, proofs as EIP-1186 gives them. Parsing bounds and types them; what they prove is the
verifier's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_proofs.json_members import (
    read_array,
    read_blob,
    read_blobs,
    read_bytes,
    read_members,
    read_optional,
    read_uint,
    to_hex,
)
from ledger_proofs.types import MAX_JSON_INTEGER, Address, Hash, JsonValue

MAX_ANCHOR_SLOTS: Final = 2
MAX_STATE_ACCOUNTS: Final = 3
MAX_STATE_SLOTS: Final = 256


@dataclass(frozen=True, slots=True)
class StorageProof:
    """An EIP-1186 proof of one storage word: slot and value of 32 bytes, and the trie's RLP nodes."""

    slot: Hash
    value: Hash
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """On which chain and in which block the checkpoint stands; proofs are None where an engine gives none."""

    chain_id: int
    genesis_hash: Hash
    directory: Address
    checkpoint_log: Address
    claim_register: Address
    transaction_hash: Hash
    block_number: int
    block_hash: Hash
    header: bytes | None
    account_proof: tuple[bytes, ...] | None
    storage_proofs: tuple[StorageProof, ...] | None


@dataclass(frozen=True, slots=True)
class AccountProof:
    """An EIP-1186 proof of one contract's account, and of words of its storage."""

    address: Address
    proof: tuple[bytes, ...]
    storage: tuple[StorageProof, ...]


@dataclass(frozen=True, slots=True)
class StateProof:
    """What the chain's state was as of one block: its header's RLP, and proofs by contract."""

    header: bytes
    accounts: tuple[AccountProof, ...]


def parse_anchor(value: JsonValue, path: str) -> Anchor:
    """Read an anchor. Raises `MalformedInput` naming the place."""
    members = read_members(value, path, _ANCHOR_MEMBERS)
    return Anchor(
        read_uint(members["chain_id"], MAX_JSON_INTEGER, f"{path}/chain_id"),
        Hash(read_bytes(members["genesis_hash"], 32, f"{path}/genesis_hash")),
        Address(read_bytes(members["directory"], 20, f"{path}/directory")),
        Address(read_bytes(members["checkpoint_log"], 20, f"{path}/checkpoint_log")),
        Address(read_bytes(members["claim_register"], 20, f"{path}/claim_register")),
        Hash(read_bytes(members["transaction_hash"], 32, f"{path}/transaction_hash")),
        read_uint(members["block_number"], MAX_JSON_INTEGER, f"{path}/block_number"),
        Hash(read_bytes(members["block_hash"], 32, f"{path}/block_hash")),
        read_optional(members["header"], read_blob, f"{path}/header"),
        read_optional(members["account_proof"], read_blobs, f"{path}/account_proof"),
        read_optional(members["storage_proofs"], _parse_anchor_slots, f"{path}/storage_proofs"),
    )


def anchor_as_json(anchor: Anchor) -> dict[str, JsonValue]:
    """Return an anchor as a JSON object."""
    proofs = anchor.storage_proofs
    return {
        "chain_id": anchor.chain_id,
        "genesis_hash": to_hex(anchor.genesis_hash),
        "directory": to_hex(anchor.directory),
        "checkpoint_log": to_hex(anchor.checkpoint_log),
        "claim_register": to_hex(anchor.claim_register),
        "transaction_hash": to_hex(anchor.transaction_hash),
        "block_number": anchor.block_number,
        "block_hash": to_hex(anchor.block_hash),
        "header": None if anchor.header is None else to_hex(anchor.header),
        "account_proof": None if anchor.account_proof is None else [to_hex(n) for n in anchor.account_proof],
        "storage_proofs": None if proofs is None else [_storage_as_json(each) for each in proofs],
    }


def parse_state(value: JsonValue, path: str) -> StateProof:
    """Read a proven state. Raises `MalformedInput` naming the place."""
    members = read_members(value, path, _STATE_MEMBERS)
    accounts = []
    for number, item in enumerate(read_array(members["accounts"], f"{path}/accounts", MAX_STATE_ACCOUNTS)):
        here = f"{path}/accounts/{number}"
        each = read_members(item, here, _ACCOUNT_MEMBERS)
        accounts.append(
            AccountProof(
                Address(read_bytes(each["address"], 20, f"{here}/address")),
                read_blobs(each["proof"], f"{here}/proof"),
                _parse_storage_proofs(each["storage"], f"{here}/storage", MAX_STATE_SLOTS),
            )
        )
    return StateProof(read_blob(members["header"], f"{path}/header"), tuple(accounts))


def state_as_json(state: StateProof) -> dict[str, JsonValue]:
    """Return a proven state as a JSON object."""
    return {
        "header": to_hex(state.header),
        "accounts": [
            {
                "address": to_hex(each.address),
                "proof": [to_hex(node) for node in each.proof],
                "storage": [_storage_as_json(storage) for storage in each.storage],
            }
            for each in state.accounts
        ],
    }


def _storage_as_json(proof: StorageProof) -> dict[str, JsonValue]:
    return {
        "slot": to_hex(proof.slot),
        "value": to_hex(proof.value),
        "proof": [to_hex(node) for node in proof.proof],
    }


def _parse_anchor_slots(value: JsonValue, path: str) -> tuple[StorageProof, ...]:
    return _parse_storage_proofs(value, path, MAX_ANCHOR_SLOTS)


def _parse_storage_proofs(value: JsonValue, path: str, largest: int) -> tuple[StorageProof, ...]:
    proofs = []
    for number, item in enumerate(read_array(value, path, largest)):
        here = f"{path}/{number}"
        members = read_members(item, here, _STORAGE_PROOF_MEMBERS)
        slot = Hash(read_bytes(members["slot"], 32, f"{here}/slot"))
        word = Hash(read_bytes(members["value"], 32, f"{here}/value"))
        proofs.append(StorageProof(slot, word, read_blobs(members["proof"], f"{here}/proof")))
    return tuple(proofs)


_ANCHOR_MEMBERS: Final = frozenset(Anchor.__dataclass_fields__)
_STORAGE_PROOF_MEMBERS: Final = frozenset(("slot", "value", "proof"))
_STATE_MEMBERS: Final = frozenset(("header", "accounts"))
_ACCOUNT_MEMBERS: Final = frozenset(("address", "proof", "storage"))
