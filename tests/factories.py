"""Realistic test material: an invented prescription, a log that holds it, a chain that anchored it.

Everything is deterministic. `build_scene` gives a bundle that verifies; tests break it. `RecordedChain` is a
chain in memory: the same answers as a deployment would give, and faults that a test switches on.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from ledger_proofs import merkle
from ledger_proofs.bounded_time import Outage
from ledger_proofs.bundle_proofs import Anchor, StorageProof
from ledger_proofs.bundles import Bundle, ClaimStatement, Inclusion, SignedAuthorship, StatedWord
from ledger_proofs.chain_view import InstitutionState, Trust
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import build_commitment, build_disclosure
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import Entry
from ledger_proofs.entry_terms import EntryTerms, build_entry_terms
from ledger_proofs.errors import CannotCheck
from ledger_proofs.headers import encode_header, header_hash
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus, PractitionerRole, get_kind
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.storage_layout import checkpoint_slots
from ledger_proofs.types import (
    Address,
    Commitment,
    Hash,
    InstitutionNumber,
    JsonValue,
    log_id,
)

HOSPITAL = 1
PHARMACY = 201
SIGNED_AT = 1_795_309_200  # 2026-11-22T01:00:00Z
ANCHORED_AT = SIGNED_AT + 2
BLOCK = 12
PATIENT: JsonValue = {
    "name": "王小明",
    "id_type": "01",
    "id_number": "110101199003070017",
    "sex": "male",
    "birth_date": "1990-03-07",
    "insurance_number": "11000000000000000000",
}
PRESCRIBER: JsonValue = {
    "name": "李静",
    "code": "D110100000001",
    "department_code": "A03",
    "department_name": "内科",
}


def seeded_bytes(label: str, length: int = 32) -> bytes:
    """Return bytes that look random and are the same in every run."""
    return hashlib.shake_256(f"rxledger test {label}".encode()).digest(length)


def prescription_record(*, lines: int = 2, holders: bool = True) -> dict[str, JsonValue]:
    """Return a prescription of an invented patient, with one claim per line and one window of three days."""
    quantity: dict[str, JsonValue] = {"value": "1", "unit": "盒"}
    drug_lines: list[JsonValue] = [
        {
            "number": number + 1,
            "item_type": "11",
            "code": f"XC08CAA236A00101010{number}",
            "code_system": "nhsa-drug",
            "name": "苯磺酸氨氯地平片",
            "specification": "5mg*28片",
            "dose": {"value": "5", "unit": "mg"},
            "frequency": "QD",
            "route": "口服",
            "days": 7,
            "quantity": quantity,
        }
        for number in range(lines)
    ]
    body: dict[str, JsonValue] = {
        "type": "ordinary",
        "patient": PATIENT,
        "prescriber": PRESCRIBER,
        "diagnoses": [{"system": "icd-10", "code": "I10", "name": "原发性高血压"}],
        "lines": drug_lines,
        "claims": [
            {"ordinal": number, "line": number + 1, "part": 1, "quantity": quantity}
            for number in range(lines)
        ],
        "windows": [{"not_before": "2026-11-22T01:00:00Z", "not_after": "2026-11-24T15:59:59Z"}],
        "holders": ["0x" + address_of_key(seeded_bytes(f"holder {number}")).hex() for number in range(lines)]
        if holders
        else [],
    }
    return {
        "schema": "rx.prescription/1",
        "id": "6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11",
        "issuer": HOSPITAL,
        "issued_at": "2026-11-22T01:00:00Z",
        "body": body,
    }


def dispensing_record(**changes: JsonValue) -> dict[str, JsonValue]:
    """Return a pharmacy's dispensing: two claims, one pack whole and one split; `changes` are of the body."""
    claims = sorted("0x" + seeded_bytes(f"claim {number}").hex() for number in range(2))
    tokens = sorted("0x" + seeded_bytes(f"token {number}").hex() for number in range(2))
    body: dict[str, JsonValue] = {
        "pharmacist": {"name": "林芳", "code": "P320100000001"},
        "use": {
            "kind": 1,
            "spender": PHARMACY,
            "payer": 301,
            "claims": [{"claim": claim, "restore_count": number} for number, claim in enumerate(claims)],
            "packs": [
                {"token": token, "total_units": 28, "units_used": 28 - 14 * number}
                for number, token in enumerate(tokens)
            ],
        },
        **changes,
    }
    return {
        "schema": "rx.dispensing/1",
        "id": "0d2a3c6f-5c0f-4f0e-9f57-6f0b6a521b11",
        "issuer": PHARMACY,
        "issued_at": "2026-11-22T01:00:00Z",
        "body": body,
    }


@dataclass
class RecordedChain:
    """A chain in memory, as `ChainView` asks one. `unreachable` names the methods that don't answer."""

    trust: Trust
    checkpoints: dict[tuple[int, int], Checkpoint] = field(default_factory=dict)
    barred: set[tuple[int, int]] = field(default_factory=set)
    credentials: set[tuple[bytes, int, PractitionerRole]] = field(default_factory=set)
    institutions: dict[int, InstitutionState] = field(default_factory=dict)
    barred_institutions: set[int] = field(default_factory=set)
    outages: list[Outage] = field(default_factory=list)
    words: dict[bytes, dict[int, int]] = field(default_factory=dict)
    blocks: dict[int, bytes] = field(default_factory=dict)
    head: int = BLOCK + 3
    revoked_from: int | None = None
    unreachable: set[str] = field(default_factory=set)

    def _answer(self, method: str) -> None:
        if method in self.unreachable:
            raise CannotCheck("the node doesn't answer", code="check.unavailable")

    def block_number(self) -> int:
        self._answer("block_number")
        return self.head

    def chain_id(self) -> int:
        self._answer("chain_id")
        return self.trust.chain_id

    def genesis_hash(self) -> bytes:
        self._answer("genesis_hash")
        return self.trust.genesis_hash

    def block_hash(self, number: int) -> bytes:
        self._answer("block_hash")
        return self.blocks.get(number, seeded_bytes(f"block {number}"))

    def block_time(self, number: int) -> int:
        self._answer("block_time")
        return SIGNED_AT + 2 * (number - BLOCK + 1)

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        self._answer("find_checkpoint")
        return self.checkpoints.get((log, size))

    def is_barred(self, log: int, size: int) -> bool:
        self._answer("is_barred")
        return (log, size) in self.barred

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        self._answer("is_entitled")
        is_revoked = self.revoked_from is not None and self.revoked_from <= at
        return (address, institution, role) in self.credentials and not is_revoked

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        self._answer("institution_at")
        return self.institutions.get(number)

    def is_institution_barred(self, number: int) -> bool:
        self._answer("is_institution_barred")
        return number in self.barred_institutions

    def find_outages(self, institution: int) -> list[Outage]:
        self._answer("find_outages")
        return self.outages

    def claim_word(self, claim: bytes, block: int) -> int:
        self._answer("claim_word")
        history = self.words.get(claim, {})
        return next((history[at] for at in sorted(history, reverse=True) if at <= block), 0)


@dataclass(frozen=True)
class LedgerScene:
    """A bundle that verifies, with the trust and the chain under which it does."""

    bundle: Bundle
    trust: Trust
    chain: RecordedChain


def build_scene(  # the knobs that tests turn
    record: dict[str, JsonValue] | None = None,
    *,
    signed_at: int = SIGNED_AT,
    anchored_at: int = ANCHORED_AT,
    index: int = 7,
    size: int = 11,
    disclosed: list[int] | None = None,
    entry_changes: dict[str, Any] | None = None,
    terms: EntryTerms | None = None,
    signer: str = "doctor",
    trust: Trust | None = None,
) -> LedgerScene:
    """Build a scene: a record signed, logged as entry `index`, anchored at `size`, its claims unused.

    `terms` are those of the record unless a lying institution states others; `signer` names whose key signs.
    """
    record = prescription_record() if record is None else record
    committed = build_commitment(record, seeded_bytes("record key"))
    trust = trust or Trust(
        20261,
        Hash(seeded_bytes("genesis")),
        Address(seeded_bytes("directory", 20)),
        Address(seeded_bytes("checkpoint log", 20)),
        Address(seeded_bytes("claim register", 20)),
    )
    stated = {**asdict(terms or build_entry_terms(record)), **(entry_changes or {})}
    issuer = InstitutionNumber(int(str(record["issuer"])))
    entry, authorship = _sign(issuer, committed.commitment, trust, signed_at, stated, seeded_bytes(signer))
    checkpoint, inclusion = _log(issuer, entry, index, size, anchored_at)
    keys = [
        claim_key(issuer, entry.kind, entry.record, entry.not_before, ordinal)
        for ordinal in range(entry.claim_count)
    ]
    bundle = Bundle(
        committed.commitment,
        build_disclosure(committed, disclosed),
        entry,
        authorship,
        inclusion,
        checkpoint,
        _anchor(trust, checkpoint),
        ClaimStatement(BLOCK + 1, tuple(StatedWord(key, Hash(bytes(32))) for key in keys)),
    )
    return LedgerScene(bundle, trust, anchoring_chain(bundle, trust))


def anchoring_chain(bundle: Bundle, trust: Trust) -> RecordedChain:
    """Return a chain that anchored a bundle's checkpoint; its institution is active, its author enrolled."""
    institution, kind = bundle.authorship.institution, get_kind(bundle.entry.kind)
    role = InstitutionRole.HOSPITAL if institution == HOSPITAL else InstitutionRole.PHARMACY
    return RecordedChain(
        trust,
        {(bundle.checkpoint.log, bundle.checkpoint.size): bundle.checkpoint},
        blocks={BLOCK: bundle.anchor.block_hash},
        credentials={(address_of_key(seeded_bytes("doctor")), institution, kind.author)},
        institutions={institution: InstitutionState(institution, role, InstitutionStatus.ACTIVE)},
    )


def _sign(
    issuer: InstitutionNumber,
    commitment: Commitment,
    trust: Trust,
    signed_at: int,
    terms: dict[str, Any],
    key: bytes,
) -> tuple[Entry, SignedAuthorship]:
    stated = {"record": commitment, **terms}
    message = Authorship(institution=issuer, signed_at=signed_at, **stated)
    signature = sign_digest(message.digest(Domain(trust.chain_id, trust.claim_register)), key)
    entry = Entry(author=author_hash(signature), **stated)
    return entry, SignedAuthorship(issuer, signed_at, signature, address_of_key(key))


def _log(issuer: int, entry: Entry, index: int, size: int, anchored_at: int) -> tuple[Checkpoint, Inclusion]:
    leaves = [merkle.leaf_hash(seeded_bytes(f"entry {number}", 224)) for number in range(size)]
    leaves[index] = entry.leaf_hash()
    log = log_id(issuer, 1)
    path = tuple(merkle.inclusion_proof(leaves, index))
    checkpoint = Checkpoint(log, size, merkle.root(leaves), max(0, index - 1), anchored_at)
    return checkpoint, Inclusion(log, index, size, path)


def _anchor(trust: Trust, checkpoint: Checkpoint) -> Anchor:
    zero = bytes(32)
    header = encode_header(
        [
            *(seeded_bytes("parent"), seeded_bytes("ommers"), bytes(20)),
            *(seeded_bytes("state"), seeded_bytes("transactions"), seeded_bytes("receipts"), bytes(256)),
            *(1, BLOCK, 30_000_000, 21_000, checkpoint.anchored_at, b"", zero, bytes(8), 0),
        ]
    )
    slots = checkpoint_slots(checkpoint.log, checkpoint.size)
    proofs = tuple(
        StorageProof(slot, Hash(value), (b"\xc0",))
        for slot, value in zip(slots, checkpoint.words(), strict=True)
    )
    return Anchor(
        trust.chain_id,
        trust.genesis_hash,
        trust.directory,
        trust.checkpoint_log,
        trust.claim_register,
        Hash(seeded_bytes("transaction")),
        BLOCK,
        header_hash(header),
        header,
        (b"\xc0",),
        proofs,
    )
