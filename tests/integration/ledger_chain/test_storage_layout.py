"""The storage layout that proofs depend on (protocol 4.4): in the artifacts, and on a real chain."""

from __future__ import annotations

import pytest
from web3 import Web3

from ledger_chain.contracts import ContractName, bind, get_artifact
from ledger_chain.deployment import Deployment
from ledger_chain.reader import ChainReader
from ledger_proofs import merkle
from ledger_proofs.checkpoints import parse_checkpoint_words
from ledger_proofs.claims import ClaimStatus, claim_key, parse_claim_word, parse_pack_word
from ledger_proofs.digests import keccak
from ledger_proofs.headers import header_hash, parse_header
from ledger_proofs.state_proofs import verify_account_proof
from ledger_proofs.storage_layout import STORAGE_VERSION, checkpoint_slots, claim_slot, pack_slot
from ledger_proofs.types import log_id
from tests.model.chain import ChainLedger
from tests.model.player import Player
from tests.model.world import INSTITUTIONS, account_of, commitment_of, token_of

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ONE_DISPENSING = {
    "name": "storage",
    "uses": {
        "use": {
            "spender": "pharmacy",
            "payer": "insurer",
            "into": "dispensing",
            "claims": ["rx/1"],
            "packs": [["pack", 5, 2]],
        }
    },
    "acts": [
        {
            "at": 100,
            "do": "anchor",
            "by": "hospital",
            "expect": "done",
            "entries": [
                {
                    "name": "rx",
                    "kind": "prescription",
                    "author": "doctor",
                    "signed_at": 90,
                    "claims": 2,
                    "window": [0, 1000],
                    "holder": "alice",
                }
            ],
        },
        {"at": 200, "do": "dispense", "by": "pharmacy", "items": [{"use": "use"}], "expect": ["done"]},
    ],
}


@pytest.fixture
def reader(w3: Web3, deployment: Deployment) -> ChainReader:
    return ChainReader(str(w3.provider.endpoint_uri), deployment)  # type: ignore[attr-defined]


def test_the_compiled_checkpoint_log_is_laid_out_as_the_protocol_says() -> None:
    checkpoints = get_artifact(ContractName.CHECKPOINT_LOG).storage_layout[0]
    assert (checkpoints["slot"], checkpoints["offset"]) == (0, 0)
    by_size = checkpoints["type"]["value"]
    assert checkpoints["type"]["key"]["bytes"] == 8
    members = by_size["value"]["members"]
    assert [(m["name"], m["slot"], m["offset"], m["type"]["label"]) for m in members] == [
        ("root", 0, 0, "bytes32"),
        ("previousSize", 1, 0, "uint64"),
        ("size", 1, 8, "uint64"),
        ("anchoredAt", 1, 16, "uint64"),
    ]


def test_the_compiled_claim_register_is_laid_out_as_the_protocol_says() -> None:
    layout = get_artifact(ContractName.CLAIM_REGISTER).storage_layout
    assert [(entry["slot"], entry["type"]["label"]) for entry in layout] == [
        (0, "mapping(bytes32 => uint256)"),
        (1, "mapping(bytes32 => uint256)"),
    ]


def test_the_contracts_state_their_storage_version(w3: Web3, deployment: Deployment) -> None:
    for name in (ContractName.CHECKPOINT_LOG, ContractName.CLAIM_REGISTER):
        contract = bind(w3, name, deployment.address_of(name))
        assert contract.functions.STORAGE_VERSION().call() == STORAGE_VERSION


def test_a_checkpoint_is_read_and_proven_at_its_slots(
    ledger: ChainLedger, reader: ChainReader, w3: Web3, start: int
) -> None:
    player = Player({"name": "none", "uses": {}, "acts": []}, ledger, start)
    player.enrol_everybody()
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(9)]
    log = log_id(INSTITUTIONS["hospital"][0], 1)
    account = account_of("hospital")
    ledger.anchor(account, log, 4, merkle.root(leaves[:4]), (), start)
    ledger.anchor(
        account, log, 9, merkle.root(leaves), tuple(merkle.consistency_proof(leaves, 4)), start + 60
    )

    slots = checkpoint_slots(log, 9)
    words = tuple(bytes(reader.storage_word(ContractName.CHECKPOINT_LOG, slot)) for slot in slots)
    stored = parse_checkpoint_words(log, 9, (words[0], words[1]))
    assert stored is not None
    assert stored == reader.find_checkpoint(log, 9) == reader.head(log)
    assert (stored.previous_size, stored.anchored_at, stored.root) == (4, start + 60, merkle.root(leaves))

    block = reader.block_number()
    proof = reader.account_proof(ContractName.CHECKPOINT_LOG, slots, block)
    assert tuple(each.value for each in proof.storage) == stored.words()
    assert tuple(each.slot for each in proof.storage) == slots
    header = reader.block_header_rlp(block)
    assert header is not None
    assert header_hash(header) == reader.block_hash(block)
    proven = verify_account_proof(parse_header(header).state_root, proof)
    assert proven.code_hash == keccak(w3.eth.get_code(Web3.to_checksum_address(bytes(proof.address))))


def test_words_of_claims_and_packs_stand_at_their_slots(
    ledger: ChainLedger, reader: ChainReader, start: int
) -> None:
    player = Player(ONE_DISPENSING, ledger, start)
    player.enrol_everybody()
    player.play()
    claim = claim_key(INSTITUTIONS["hospital"][0], 1, commitment_of("rx"), start, 1)
    word = reader.storage_word(ContractName.CLAIM_REGISTER, claim_slot(claim))
    assert int.from_bytes(word, "big") == reader.claim_word(claim)
    assert parse_claim_word(bytes(word)).status is ClaimStatus.DISPENSED
    pack = reader.storage_word(ContractName.CLAIM_REGISTER, pack_slot(token_of("pack")))
    assert int.from_bytes(pack, "big") == reader.pack_word(token_of("pack"))
    parsed = parse_pack_word(bytes(pack))
    assert (parsed.total_units, parsed.used, parsed.returned) == (5, 2, 0)
