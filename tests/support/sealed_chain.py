"""A QBFT chain in memory, as far as a bundle shows it: validators, a sealed header, a state with proofs.

Nothing of the verifier's own trie or seal code is used to make it. Storage is given as plain words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import rlp
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from ledger_proofs.bundle_proofs import AccountProof, StateProof, StorageProof
from ledger_proofs.bundles import Bundle
from ledger_proofs.chain_view import CodeHashes, Trust
from ledger_proofs.kinds import InstitutionStatus, get_kind
from ledger_proofs.qbft import BFT_MIX_HASH
from ledger_proofs.storage_layout import (
    checkpoint_slots,
    claim_slot,
    closing_slot,
    element_slot,
    states_slot,
    terms_slot,
)
from ledger_proofs.types import Address, Hash
from ledger_proofs.validators import ValidatorHistory, ValidatorSet
from tests.factories import BLOCK, HOSPITAL, SIGNED_AT, LedgerScene, build_scene, seeded_bytes
from tests.support.reference_trie import secure

STATE_BLOCK = BLOCK + 8
AS_OF_BLOCK = BLOCK + 20
CONTRACTS = ("directory", "checkpoint_log", "claim_register")
Words = dict[bytes, int]


def validator_key(number: int) -> PrivateKey:
    """The key of one validator."""
    return PrivateKey(seeded_bytes(f"validator {number}"))


def addresses_of(numbers: Sequence[int]) -> tuple[Address, ...]:
    """The validators' accounts, sorted as a header lists them."""
    accounts = (Address(validator_key(number).public_key.to_canonical_address()) for number in numbers)
    return tuple(sorted(accounts))


@dataclass(frozen=True)
class SealedBlock:
    """What to make a header of. `listed` are the validators it names, `sealers` those who seal."""

    number: int
    timestamp: int
    state_root: bytes
    listed: tuple[int, ...] = (0, 1, 2, 3)
    sealers: tuple[int, ...] = (0, 1, 2)
    round: int = 0
    vote: Sequence[bytes] = ()
    later: Sequence[bytes | int] = ()
    difficulty: int = 1
    parent: bytes = seeded_bytes("parent")

    def header(self) -> bytes:
        """The sealed header's RLP."""
        unsealed = self._rlp(self.round, [])
        signatures = [validator_key(number).sign_msg_hash(keccak(unsealed)) for number in self.sealers]
        return self._rlp(self.round, [signature.to_bytes() for signature in signatures])

    def block_hash(self) -> Hash:
        """The hash by which the chain names the block."""
        return Hash(keccak(self._rlp(0, [])))

    def _rlp(self, round_number: int, seals: list[bytes]) -> bytes:
        extra: list[Any] = [
            bytes(32),
            list(addresses_of(self.listed)),
            list(self.vote),
            round_number,
            seals,
        ]
        fields = [
            *(self.parent, keccak(rlp.encode([])), addresses_of([0])[0]),
            *(self.state_root, keccak(b"\x80"), keccak(b"\x80"), bytes(256)),
            *(self.difficulty, self.number, 30_000_000, 21_000, self.timestamp, rlp.encode(extra)),
            *(BFT_MIX_HASH, bytes(8), *self.later),
        ]
        return bytes(rlp.encode(fields))


@dataclass
class ContractStates:
    """The storage of the three contracts, by name, and what may be changed about them."""

    storage: dict[str, Words]
    code: dict[str, bytes] = field(
        default_factory=lambda: {name: keccak(name.encode()) for name in CONTRACTS}
    )

    def root(self, trust: Trust) -> bytes:
        """The state root."""
        return secure(self.accounts(trust)).root()

    def account_proof(self, trust: Trust, name: str, slots: Sequence[bytes]) -> AccountProof:
        """EIP-1186 proofs of one contract and some of its slots."""
        address: bytes = getattr(trust, name)
        storage = secure(_encoded(self.storage[name]))
        proofs = tuple(
            StorageProof(
                Hash(slot),
                Hash(self.storage[name].get(slot, 0).to_bytes(32, "big")),
                storage.prove(keccak(slot)),
            )
            for slot in slots
        )
        return AccountProof(Address(address), secure(self.accounts(trust)).prove(keccak(address)), proofs)

    def accounts(self, trust: Trust) -> dict[bytes, bytes]:
        contracts = {
            getattr(trust, name): rlp.encode(
                [1, 0, secure(_encoded(self.storage[name])).root(), self.code[name]]
            )
            for name in CONTRACTS
        }
        others = {
            seeded_bytes(f"account {number}", 20): rlp.encode([number, 0, keccak(b"\x80"), keccak(b"")])
            for number in range(12)
        }
        return {**others, **contracts}


@dataclass(frozen=True)
class SealedScene:
    """A bundle of a QBFT chain, the trust under which it verifies without a node, and what it was made of."""

    bundle: Bundle
    trust: Trust
    states: ContractStates
    asked: Mapping[str, Sequence[bytes]]

    def rebuilt(self, **changes: Any) -> SealedScene:
        """The same after `states` were changed, with the block's particulars as stated."""
        return _sealed(self.bundle, self.trust, self.states, self.asked, **changes)


def build_sealed_scene(scene: LedgerScene | None = None, **changes: Any) -> SealedScene:
    """A scene's bundle as a QBFT chain would have anchored it, its state proven some blocks later."""
    scene = scene or build_scene()
    bundle = scene.bundle
    states = ContractStates({name: {} for name in CONTRACTS})
    asked = _fill(states.storage, bundle)
    code = CodeHashes(*(Hash(states.code[name]) for name in CONTRACTS))
    history = ValidatorHistory(SIGNED_AT, AS_OF_BLOCK, (ValidatorSet(1, addresses_of(range(4))),))
    trust = replace(scene.trust, code_hashes=code, validators=history)
    return _sealed(bundle, trust, states, asked, **changes)


def _fill(storage: dict[str, Words], bundle: Bundle) -> dict[str, list[bytes]]:
    """Store what the bundle rests on; return which slots a verifier asks for."""
    checkpoint, institution = bundle.checkpoint, bundle.authorship.institution
    role = get_kind(bundle.entry.kind).author
    slots = checkpoint_slots(checkpoint.log, checkpoint.size)
    for slot, word in zip(slots, checkpoint.words(), strict=True):
        storage["checkpoint_log"][slot] = int.from_bytes(word, "big")
    terms, states = terms_slot(institution, role, bundle.authorship.signer), states_slot(institution)
    since, roles = SIGNED_AT - 86_400, 1 if institution == HOSPITAL else 2
    directory = storage["directory"]
    directory[terms] = directory[states] = 1
    directory[element_slot(terms, 0)] = since | (since + 10**8) << 64 | (2**64 - 1) << 128 | since << 192
    directory[element_slot(states, 0)] = since | since << 64 | InstitutionStatus.ACTIVE << 128 | roles << 136
    for number in range(12):
        storage["claim_register"][seeded_bytes(f"other claim {number}")] = number + 1
        storage["checkpoint_log"][seeded_bytes(f"other log {number}")] = number + 1
    return {
        "directory": [terms, element_slot(terms, 0), states, element_slot(states, 0)],
        "checkpoint_log": [closing_slot(checkpoint.log)],
        "claim_register": [claim_slot(each.claim) for each in bundle.claims.words],
    }


def _sealed(
    bundle: Bundle,
    trust: Trust,
    states: ContractStates,
    asked: Mapping[str, Sequence[bytes]],
    *,
    state_block: int = STATE_BLOCK,
    **block: Any,
) -> SealedScene:
    root = states.root(trust)
    anchored = SealedBlock(BLOCK, bundle.checkpoint.anchored_at, root, **block)
    later = SealedBlock(state_block, bundle.checkpoint.anchored_at + 16, root, **block)
    checkpoint = states.account_proof(
        trust, "checkpoint_log", checkpoint_slots(bundle.checkpoint.log, bundle.checkpoint.size)
    )
    anchor = replace(
        bundle.anchor,
        block_hash=anchored.block_hash(),
        header=anchored.header(),
        account_proof=checkpoint.proof,
        storage_proofs=checkpoint.storage,
    )
    state = StateProof(
        later.header(),
        tuple(states.account_proof(trust, name, slots) for name, slots in asked.items() if slots),
    )
    claims = replace(bundle.claims, as_of_block=state_block)
    return SealedScene(replace(bundle, anchor=anchor, claims=claims, state=state), trust, states, asked)


def _encoded(words: Words) -> dict[bytes, bytes]:
    return {slot: rlp.encode(number) for slot, number in words.items() if number}
