"""Evidence bundles (protocol 9), made from what is stored and what the chain says of the claims now.

The disclosure carries the leaf hashes as they were accepted, beside fields as they are stored today: a
field that was altered since no longer hashes to its leaf, and every verifier names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ledger_api.anchoring.models import CheckpointProof, CheckpointState, LogCheckpoint
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.evidence.errors import FieldUnknown, NotAnchoredYet, WindowNotFound
from ledger_api.log.models import LogEntry
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import StoredTiles
from ledger_api.records.models import StoredRecord
from ledger_api.records.sealing import OpenedRecord
from ledger_chain.deployment import Deployment
from ledger_proofs.bundle_proofs import Anchor, StorageProof
from ledger_proofs.bundles import Bundle, ClaimStatement, Inclusion, SignedAuthorship
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import CommittedRecord, DisclosedField, Disclosure, build_commitment
from ledger_proofs.entries import parse_entry
from ledger_proofs.tiles import inclusion_proof_from_tiles
from ledger_proofs.types import Address, ClaimKey, Commitment, Hash, InstitutionNumber, LogId, Signature

HASH_BYTES = 32
_FRAME = ("/schema", "/issuer", "/issued_at", "/body/claims", "/body/holders", "/body/windows")
_FRAME_PARTS = ("/body/holders/", "/body/use/")


@dataclass(frozen=True)
class Provable:
    """An entry that is final, with everything stored that its bundle needs."""

    entry: LogEntry
    position: int
    checkpoint: LogCheckpoint
    proof: CheckpointProof
    path: tuple[Hash, ...]


class EvidenceService:
    """Builds bundles of one gateway's records. It only reads."""

    def __init__(self, log: LogRepository, anchoring: AnchoringRepository, deployment: Deployment) -> None:
        self._log = log
        self._anchoring = anchoring
        self._deployment = deployment

    def get_provable(self, record_id: str, window: int) -> Provable:
        """Return one window's entry with its proofs. Raises WindowNotFound or NotAnchoredYet."""
        entries = [entry for entry in self._log.list_entries_of([record_id]) if entry.window == window]
        if not entries:
            raise WindowNotFound
        return self.get_provable_entry(entries[-1])  # in the latest log, should it have been logged anew

    def get_provable_entry(self, entry: LogEntry) -> Provable:
        """Return an entry with its proofs. Raises NotAnchoredYet."""
        if entry.position is None:
            raise NotAnchoredYet
        checkpoint = self._anchoring.find_first_holding(entry.log, entry.position)
        if checkpoint is None or checkpoint.state != CheckpointState.FINAL or checkpoint.id is None:
            raise NotAnchoredYet
        proof = self._anchoring.find_proof(checkpoint.id)
        if proof is None:
            raise NotAnchoredYet
        tiles = StoredTiles(self._log, entry.log)
        path = inclusion_proof_from_tiles(tiles.read_tile, checkpoint.size, entry.position)
        return Provable(entry, entry.position, checkpoint, proof, tuple(path))

    def build_bundle(
        self,
        record: StoredRecord,
        provable: Provable,
        disclosure: Disclosure,
        claims: ClaimStatement,
    ) -> Bundle:
        """Build the bundle of one window's entry."""
        entry, checkpoint = provable.entry, provable.checkpoint
        return Bundle(
            commitment=Commitment(record.commitment),
            disclosure=disclosure,
            entry=parse_entry(entry.entry),
            authorship=SignedAuthorship(
                institution=InstitutionNumber(record.institution),
                signed_at=record.issued_at,
                signature=Signature(entry.signature),
                signer=Address(entry.signer),
            ),
            inclusion=Inclusion(LogId(entry.log), provable.position, checkpoint.size, provable.path),
            checkpoint=Checkpoint(
                LogId(checkpoint.log),
                checkpoint.size,
                Hash(checkpoint.root),
                checkpoint.previous_size or 0,
                checkpoint.anchored_at or 0,
            ),
            anchor=_anchor(self._deployment, checkpoint, provable.proof),
            claims=claims,
        )


def list_claim_keys(record: StoredRecord, entry: LogEntry) -> list[ClaimKey]:
    """Return the keys of an entry's claims, by ordinal."""
    parsed = parse_entry(entry.entry)
    return [
        claim_key(record.institution, parsed.kind, record.commitment, parsed.not_before, ordinal)
        for ordinal in range(parsed.claim_count)
    ]


def disclose(
    opened: OpenedRecord, stored_leaves: bytes, window: int, pointers: Sequence[str] | None
) -> Disclosure:
    """Disclose fields of a record as it is stored now; None discloses all.

    What the entry states of the record anyway (issuer, time, claims, holders, this window, the use) is always
    disclosed, as without it nobody could tell that entry and record belong together. Raises FieldUnknown.
    """
    committed = build_commitment(opened.record.as_json(), opened.record_key)
    chosen = _choose(committed, window, pointers)
    return Disclosure(
        pointers=committed.pointers,
        pointers_salt=committed.salts[0],
        leaves=tuple(
            Hash(stored_leaves[start : start + HASH_BYTES])
            for start in range(0, len(stored_leaves), HASH_BYTES)
        ),
        fields=tuple(
            DisclosedField(index, committed.values[index - 1], committed.salts[index]) for index in chosen
        ),
    )


def _choose(committed: CommittedRecord, window: int, pointers: Sequence[str] | None) -> Sequence[int]:
    places = {pointer: index for index, pointer in enumerate(committed.pointers, start=1)}
    if pointers is None:
        return range(1, len(places) + 1)
    for place, pointer in enumerate(pointers):
        if pointer not in places:
            raise FieldUnknown(place)
    chosen, own_window = set(pointers), f"/body/windows/{window}/"
    stated = [
        pointer
        for pointer in places
        if pointer in _FRAME or pointer.startswith((*_FRAME_PARTS, own_window)) or pointer in chosen
    ]
    return sorted(places[pointer] for pointer in stated)


def _anchor(deployment: Deployment, checkpoint: LogCheckpoint, proof: CheckpointProof) -> Anchor:
    return Anchor(
        chain_id=deployment.chain_id,
        genesis_hash=deployment.genesis_hash,
        directory=deployment.directory,
        checkpoint_log=deployment.checkpoint_log,
        claim_register=deployment.claim_register,
        transaction_hash=Hash(checkpoint.transaction_hash or b""),
        block_number=checkpoint.block_number or 0,
        block_hash=Hash(checkpoint.block_hash or b""),
        header=proof.header,
        account_proof=None if proof.account_proof is None else tuple(map(_bytes, proof.account_proof)),
        storage_proofs=None
        if proof.storage_proofs is None
        else tuple(_storage_proof(each) for each in proof.storage_proofs),
    )


def _storage_proof(stored: dict[str, object]) -> StorageProof:
    nodes = cast("list[str]", stored["proof"])
    return StorageProof(
        Hash(_bytes(str(stored["slot"]))), Hash(_bytes(str(stored["value"]))), tuple(map(_bytes, nodes))
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
