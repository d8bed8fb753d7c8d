"""What a verifier without a node will ask of a chain's contracts, taken with proofs as of one block.

The questions are those of the verifier's steps (protocol 9): whether the log was closed, whether the author
and his institution were entitled, the outages if the record is late, and how its claims stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger_chain.contracts import ContractName
from ledger_chain.errors import BadAnswer
from ledger_chain.reader import ChainReader
from ledger_proofs.bundle_proofs import AccountProof, StateProof
from ledger_proofs.bundles import Bundle
from ledger_proofs.errors import MalformedInput, ProofInvalid
from ledger_proofs.headers import parse_header
from ledger_proofs.kinds import Kind, find_kind
from ledger_proofs.proven_state import MAX_ELEMENTS
from ledger_proofs.qbft import BFT_MIX_HASH
from ledger_proofs.state_proofs import verify_account_proof
from ledger_proofs.storage_layout import (
    OUTAGE_WORDS,
    claim_slot,
    closing_slot,
    element_slot,
    outages_slot,
    states_slot,
    terms_slot,
)
from ledger_proofs.types import Hash

_CONTRACTS: Final = (ContractName.DIRECTORY, ContractName.CHECKPOINT_LOG, ContractName.CLAIM_REGISTER)


def find_state_proof(reader: ChainReader, bundle: Bundle) -> StateProof | None:
    """The state that a bundle rests on, as of the block that its claims name.

    None where the chain's blocks aren't sealed by validators, and so prove nothing, or where the node can't
    give proofs of that block that hold.

    :raises ReaderUnreachable: no node answers
    """
    block, kind = bundle.claims.as_of_block, find_kind(bundle.entry.kind)
    header = reader.block_header_rlp(block)
    if header is None or kind is None or parse_header(header).mix_hash != BFT_MIX_HASH:
        return None
    slots: dict[ContractName, list[Hash]] = {
        ContractName.DIRECTORY: list(_directory_slots(reader, bundle, kind)),
        ContractName.CHECKPOINT_LOG: [closing_slot(bundle.checkpoint.log)],
        ContractName.CLAIM_REGISTER: [claim_slot(each.claim) for each in bundle.claims.words],
    }
    accounts = []
    for contract in _CONTRACTS:
        if slots[contract]:
            proof = find_account_proof(reader, header, contract, slots[contract], block)
            if proof is None:
                return None
            accounts.append(proof)
    return StateProof(header, tuple(accounts))


def find_account_proof(
    reader: ChainReader, header: bytes | None, contract: ContractName, slots: list[Hash], block: int
) -> AccountProof | None:
    """EIP-1186 proofs of a contract's slots as of a block; None where the node gives none that hold.

    :param header: the block's, against which the proofs are checked before they are kept
    :raises ReaderUnreachable: no node answers
    """
    try:
        proof = reader.account_proof(contract, slots, block)
        if header is not None:
            verify_account_proof(parse_header(header).state_root, proof)
    except (BadAnswer, MalformedInput, ProofInvalid):
        return None
    return proof


def _directory_slots(reader: ChainReader, bundle: Bundle, kind: Kind) -> Iterator[Hash]:
    authorship, anchored_at = bundle.authorship, bundle.checkpoint.anchored_at
    block, institution = bundle.claims.as_of_block, authorship.institution
    yield from _list_slots(reader, terms_slot(institution, kind.author, authorship.signer), block)
    yield from _list_slots(reader, states_slot(institution), block)
    if anchored_at > authorship.signed_at + kind.signing_window_seconds:
        yield from _list_slots(reader, outages_slot(), block, OUTAGE_WORDS)


def _list_slots(reader: ChainReader, length_slot: Hash, block: int, words: int = 1) -> Iterator[Hash]:
    yield length_slot
    length = int.from_bytes(reader.storage_word(ContractName.DIRECTORY, length_slot, block), "big")
    for index in range(min(length, MAX_ELEMENTS)):
        yield element_slot(length_slot, index, words)
