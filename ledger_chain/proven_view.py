"""What a verifier asks of a chain, answered by one node with a proof for each answer (protocol 9.1).

Everything is as of the node's latest block, whose header validators sealed: words of the contracts' storage
by EIP-1186, blocks by their own seals. The answers are made from the words as an offline verifier makes them
from a bundle's state. What the verifier will need together is asked for together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger_chain.contracts import ContractName
from ledger_chain.proven_reading import ProofFails, ProvenReading
from ledger_proofs.bundle_proofs import StateProof
from ledger_proofs.chain_view import Trust
from ledger_proofs.checkpoints import Checkpoint, parse_checkpoint_words
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.proven_state import MAX_ELEMENTS, ProvenState
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.storage_layout import (
    checkpoint_slots,
    claim_slot,
    closing_slot,
    element_slot,
    pack_slot,
    states_slot,
    terms_slot,
)
from ledger_proofs.types import Hash

FIRST_ELEMENTS: Final = 3
"""Of a list, so many elements are asked for together with its length: most lists have fewer."""
MOST_TOGETHER: Final = 64
_DIRECTORY: Final = "directory"
_CHECKPOINT_LOG: Final = "checkpoint_log"
_CLAIM_REGISTER: Final = "claim_register"
_CONTRACTS: Final = {
    _DIRECTORY: ContractName.DIRECTORY,
    _CHECKPOINT_LOG: ContractName.CHECKPOINT_LOG,
    _CLAIM_REGISTER: ContractName.CLAIM_REGISTER,
}
"""By the member of a trust that names the contract."""
_NO_ACCOUNT: Final = "state.no_account"


class ProvenView(ProvenState):
    """A `ChainView` that proves what it answers. Raises `NodeLies`, or another `ChainError`."""

    def __init__(self, proven: ProvenReading, trust: Trust, head: SealedHeader) -> None:
        super().__init__(head, trust, StateProof(b"", ()))
        self.head = head
        self._pinned = trust
        self._proven = proven
        self._known: dict[str, dict[Hash, Hash]] = {name: {} for name in _CONTRACTS}
        self._expected: set[Hash] = set()

    def chain_id(self) -> int:
        """Return the pinned chain's id: its validators' seals are what tells that this is the chain."""
        return self._pinned.chain_id

    def genesis_hash(self) -> bytes:
        """Return the pinned chain's hash of block 0."""
        return self._pinned.genesis_hash

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block that validators sealed."""
        return self._proven.header_at(number).block_hash if number else self._pinned.genesis_hash

    def block_time(self, number: int) -> int:
        """Return the time of a block that validators sealed; of the first, which nobody does, 0."""
        return self._proven.header_at(number).header.timestamp if number else 0

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """Return the checkpoint of a log at a size, None where it is proven that there is none."""
        first, second = checkpoint_slots(log, size)
        self._fetch(_CHECKPOINT_LOG, (first, second, closing_slot(log)))
        known = self._known[_CHECKPOINT_LOG]
        return parse_checkpoint_words(log, size, (known[first], known[second]))

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether one of the account's credentials holds at a time."""
        # How the institution stands is asked next: in one question with this.
        lists = (terms_slot(institution, role, address), states_slot(institution))
        self._fetch(_DIRECTORY, (slot for each in lists for slot in _begin_list(each)))
        return super().is_entitled(address, institution, role, at)

    def expect_claims(self, claims: Iterable[bytes]) -> None:
        """Say which claims will be asked for: they are asked for together."""
        self._expected.update(claim_slot(each) for each in claims)

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of a block, the latest or an earlier one."""
        if block == self.head.number:
            expected = sorted(self._expected)[:MOST_TOGETHER]
            self._fetch(_CLAIM_REGISTER, {claim_slot(claim), *expected})
            return super().claim_word(claim, block)
        if block == 0:
            return 0  # nobody seals the first block, and no contract is in it
        try:
            return self._proven.claim_word(claim, self._proven.header_at(block))
        except ProofFails as lie:
            if lie.told == _NO_ACCOUNT:  # proven: the register wasn't there yet
                return 0
            raise

    def pack_words(self, tokens: Iterable[bytes]) -> list[int]:
        """Return packs' words as of the latest block, asked for together."""
        slots = [pack_slot(token) for token in tokens]
        self._fetch(_CLAIM_REGISTER, slots)
        known = self._known[_CLAIM_REGISTER]
        return [int.from_bytes(known[slot], "big") for slot in slots]

    def _array(self, contract: str, length_slot: Hash, words: int = 1) -> list[Hash]:
        self._fetch(contract, _begin_list(length_slot, words))
        count = min(int.from_bytes(self._known[contract][length_slot], "big"), MAX_ELEMENTS)
        self._fetch(contract, (element_slot(length_slot, index, words) for index in range(count)))
        return super()._array(contract, length_slot, words)

    def _word(self, contract: str, slot: Hash) -> Hash:
        self._fetch(contract, (slot,))
        return self._known[contract][slot]

    def _fetch(self, contract: str, slots: Iterable[Hash]) -> None:
        known = self._known[contract]
        missing = [slot for slot in dict.fromkeys(slots) if slot not in known]
        for start in range(0, len(missing), MOST_TOGETHER):
            asked = missing[start : start + MOST_TOGETHER]
            code_hash = getattr(self._pinned.code_hashes, contract)
            known.update(self._proven.words(_CONTRACTS[contract], code_hash, asked, self.head))


def _begin_list(length_slot: Hash, words: int = 1) -> list[Hash]:
    return [length_slot, *(element_slot(length_slot, index, words) for index in range(FIRST_ELEMENTS))]
