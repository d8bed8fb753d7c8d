"""A chain's state as of one sealed block, as a bundle proves it: what a verifier without a node can look up.

Each contract's account is proven from the header's state root, its code's hash compared with the pinned one,
and each stated word of its storage proven, when that contract is first asked. Whatever wasn't stated can't be
checked; what is stated wrongly fails the step that asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ledger_proofs.bounded_time import Outage
from ledger_proofs.bundle_proofs import AccountProof, StateProof
from ledger_proofs.chain_view import InstitutionState, Trust
from ledger_proofs.errors import AnchorMismatch, CannotCheck
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus, PractitionerRole
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.state_proofs import verify_account_proof
from ledger_proofs.storage_layout import (
    OUTAGE_WORDS,
    claim_slot,
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
from ledger_proofs.types import NO_INSTITUTION, Hash

MAX_ELEMENTS: Final = 200
"""Of a list, so many can be proven."""


def verify_words(header: SealedHeader, code_hash: Hash, stated: AccountProof) -> Mapping[Hash, Hash]:
    """Prove a contract's account and the stated words of its storage; return these by slot.

    Raises `ProofInvalid`, also where the account has other code.
    """
    account = verify_account_proof(header.header.state_root, stated)
    if account.code_hash != code_hash:
        raise AnchorMismatch("the contract has other code than the trust file names", code="state.code")
    return {each.slot: each.value for each in stated.storage}


class ProvenState:
    """Answers as `StateView`, from proofs alone, as of the block of a header whose seals were checked."""

    def __init__(self, header: SealedHeader, trust: Trust, state: StateProof) -> None:
        self._header = header
        self._trust = trust
        self._state = state
        self._words: dict[str, Mapping[Hash, Hash]] = {}

    def block_number(self) -> int:
        """Return the number of the block as of which all is said."""
        return self._header.number

    def is_barred(self, log: int, size: int) -> bool:
        """Say whether the checkpoint comes after the one at which its log was closed."""
        closing = parse_closing(self._word("checkpoint_log", closing_slot(log)))
        return closing.closed_at != 0 and size > closing.size

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether one of the account's credentials holds at a time."""
        terms = self._array("directory", terms_slot(institution, role, address))
        return any(parse_term(each).entitles_at(at) for each in terms)

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time: the latest recorded one that is effective by then."""
        for each in reversed(self._array("directory", states_slot(number))):
            state = parse_state(each)
            if state.effective_from <= at:
                if state.status not in frozenset(InstitutionStatus):
                    raise AnchorMismatch("an institution has no such status", code="state.word")
                return InstitutionState(number, InstitutionRole(state.roles), InstitutionStatus(state.status))
        return None

    def is_institution_barred(self, number: int) -> bool:
        """Say whether the institution is barred as of the block."""
        state = self.institution_at(number, self._header.header.timestamp)
        return state is not None and state.status is InstitutionStatus.BARRED

    def find_outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages of an institution and of all."""
        outages = map(parse_outage, self._array("directory", outages_slot(), OUTAGE_WORDS))
        return [each for each in outages if each.institution in (NO_INSTITUTION, institution)]

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of the block; no other can be asked for."""
        if block != self._header.number:
            raise CannotCheck("the bundle proves another block's state", code="state.other_block")
        return int.from_bytes(self._word("claim_register", claim_slot(claim)), "big")

    def _array(self, contract: str, length_slot: Hash, words: int = 1) -> list[Hash]:
        """The first word of each of an array's elements; what stands in a longer one couldn't be stated."""
        count = int.from_bytes(self._word(contract, length_slot), "big")
        if count > MAX_ELEMENTS:
            raise CannotCheck("a list is too long to be proven", code="state.slot_missing", where=contract)
        return [self._word(contract, element_slot(length_slot, index, words)) for index in range(count)]

    def _word(self, contract: str, slot: Hash) -> Hash:
        if contract not in self._words:
            self._words[contract] = self._prove(contract)
        if slot not in self._words[contract]:
            raise CannotCheck(
                "the bundle doesn't prove what is stored there", code="state.slot_missing", where=contract
            )
        return self._words[contract][slot]

    def _prove(self, contract: str) -> Mapping[Hash, Hash]:
        address, code_hashes = getattr(self._trust, contract), self._trust.code_hashes
        found = [each for each in self._state.accounts if each.address == address]
        if not found or code_hashes is None:
            raise CannotCheck(
                "the bundle doesn't prove that contract's state", code="state.account_missing", where=contract
            )
        return verify_words(self._header, getattr(code_hashes, contract), found[0])
