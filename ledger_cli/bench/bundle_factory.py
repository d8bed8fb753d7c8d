"""Makes a log of signed prescriptions and their evidence bundles in memory, for the benchmarks.

Everything is real but the chain: what an offline verifier looks at is as in a bundle from a gateway.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ledger_cli.embedded.people import PEOPLES
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_proofs import merkle
from ledger_proofs.bundle_proofs import Anchor
from ledger_proofs.bundles import (
    Bundle,
    ClaimStatement,
    Inclusion,
    SignedAuthorship,
    StatedWord,
    bundle_to_json,
)
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import CommittedRecord, build_commitment, build_disclosure
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import Entry
from ledger_proofs.entry_terms import EntryTerms, build_entry_terms
from ledger_proofs.records import format_utc_time
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.types import Address, Hash, InstitutionNumber, JsonValue, Signature, log_id

CHAIN_ID = 20261
SIGNING_KEY = keccak(b"rxledger benchmark signing key")
CONTRACT = Address(bytes(19) + b"\x01")
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class SignedRecord:
    """A prescription that its doctor has signed, as an entry and with what proves it."""

    committed: CommittedRecord
    entry: Entry
    signature: Signature
    signed_at: int
    terms: EntryTerms


def sign_records(count: int, domain: Domain, signed_at: int | None = None) -> list[SignedRecord]:
    """`count` different prescriptions, each signed for its first window."""
    moment = int(time.time()) if signed_at is None else signed_at
    return [_sign_record(number, domain, moment) for number in range(count)]


def build_bundles(records: Sequence[SignedRecord], domain: Domain) -> list[bytes]:
    """The bundles of records that stand in one log, all anchored by one checkpoint."""
    leaves = [record.entry.leaf_hash() for record in records]
    log = log_id(PEOPLES.number, 1)
    root = merkle.root(leaves)
    checkpoint = Checkpoint(log, len(leaves), root, 0, records[0].signed_at + 1)
    return [
        bundle_to_json(_bundle(record, index, leaves, checkpoint, domain))
        for index, record in enumerate(records)
    ]


def _sign_record(number: int, domain: Domain, signed_at: int) -> SignedRecord:
    record = _record(number, signed_at)
    committed = build_commitment(record, keccak(b"record key" + number.to_bytes(8, "big")))
    terms = build_entry_terms(record)
    act = Authorship(
        institution=PEOPLES.number,
        kind=terms.kind,
        record=committed.commitment,
        claim_count=terms.claim_count,
        not_before=terms.not_before,
        not_after=terms.not_after,
        terms=terms.terms,
        signed_at=signed_at,
    )
    signature = sign_digest(act.digest(domain), SIGNING_KEY)
    entry = Entry(
        terms.kind,
        committed.commitment,
        author_hash(signature),
        terms.claim_count,
        terms.not_before,
        terms.not_after,
        terms.terms,
    )
    return SignedRecord(committed, entry, signature, signed_at, terms)


def _record(number: int, signed_at: int) -> dict[str, JsonValue]:
    visit = VISITS[number % len(VISITS)]
    body = build_draft(visit, number)
    body.pop("validity_days")
    body.pop("repeats", None)
    lines = body["lines"]
    claims: list[JsonValue] = [
        {
            "ordinal": ordinal,
            "line": ordinal + 1,
            "part": 1,
            "quantity": {"value": drug.quantity, "unit": drug.unit},
        }
        for ordinal, drug in enumerate(visit.drugs)
    ]
    window: JsonValue = {
        "not_before": format_utc_time(signed_at),
        "not_after": format_utc_time(signed_at + DAY_SECONDS),
    }
    digits = f"{number:012x}"
    return {
        "schema": "rx.prescription/1",
        "id": f"00000000-0000-4000-8000-{digits}",
        "issuer": PEOPLES.number,
        "issued_at": format_utc_time(signed_at),
        "body": body | {"lines": lines, "claims": claims, "windows": [window], "holders": []},
    }


def _bundle(
    record: SignedRecord, index: int, leaves: list[Hash], checkpoint: Checkpoint, domain: Domain
) -> Bundle:
    path = tuple(merkle.inclusion_proof(leaves, index))
    words = tuple(
        StatedWord(
            claim_key(
                PEOPLES.number, record.terms.kind, record.entry.record, record.terms.not_before, ordinal
            ),
            Hash(bytes(32)),
        )
        for ordinal in range(record.terms.claim_count)
    )
    anchor = Anchor(
        chain_id=domain.chain_id,
        genesis_hash=Hash(bytes(32)),
        directory=CONTRACT,
        checkpoint_log=CONTRACT,
        claim_register=domain.register,
        transaction_hash=Hash(bytes(32)),
        block_number=1,
        block_hash=Hash(bytes(32)),
        header=None,
        account_proof=None,
        storage_proofs=None,
    )
    signer = address_of_key(SIGNING_KEY)
    return Bundle(
        record.committed.commitment,
        build_disclosure(record.committed),
        record.entry,
        SignedAuthorship(InstitutionNumber(PEOPLES.number), record.signed_at, record.signature, signer),
        Inclusion(checkpoint.log, index, checkpoint.size, path),
        checkpoint,
        anchor,
        ClaimStatement(1, words),
    )
