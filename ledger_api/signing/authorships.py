"""What is signed for each window of a record, the check of its signatures, and the entry that it becomes."""

from collections.abc import Sequence

from ledger_api.log.models import LogEntry
from ledger_api.records.models import StoredRecord
from ledger_api.records.sealing import OpenedRecord
from ledger_api.signing.errors import SignatureUnreadable, SignerNotAuthor
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import Entry
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.errors import SignatureInvalid
from ledger_proofs.kinds import find_kind_of_schema
from ledger_proofs.records import Record
from ledger_proofs.signatures import author_hash, recover_signer
from ledger_proofs.types import Address, Commitment, Signature


def build_authorships(opened: OpenedRecord, commitment: Commitment) -> tuple[Authorship, ...]:
    """Build what is signed for each window of a record."""
    record = opened.record
    content = record.as_json()
    terms = [build_entry_terms(content, window) for window in range(_count_windows(record))]
    return tuple(
        Authorship(
            institution=record.issuer,
            kind=each.kind,
            record=commitment,
            claim_count=each.claim_count,
            not_before=each.not_before,
            not_after=each.not_after,
            terms=each.terms,
            signed_at=record.issued_at,
        )
        for each in terms
    )


def verify_signatures(
    authorships: Sequence[Authorship], signatures: Sequence[Signature], signer: Address, domain: Domain
) -> None:
    """Check that each authorship is signed by `signer`. Raises SignatureUnreadable or SignerNotAuthor."""
    if len(signatures) != len(authorships):
        raise SignatureUnreadable(
            "/signatures",
            f"must hold {len(authorships)} signatures, one for each window",
            f"须有 {len(authorships)} 个签名，每个时段一个",
        )
    for window, (authorship, signature) in enumerate(zip(authorships, signatures, strict=True)):
        try:
            recovered = recover_signer(authorship.digest(domain), signature)
        except SignatureInvalid as fault:
            raise SignatureUnreadable(
                f"/signatures/{window}",
                f"is no signature that counts ({fault.code}): 65 bytes r, s, v with low s and v 27 or 28",
                f"不是有效签名（{fault.code}）：应为 65 字节 r、s、v，s 取低值，v 为 27 或 28",
            ) from None
        if recovered != signer:
            raise SignerNotAuthor


def build_entry(
    log: int,
    record: StoredRecord,
    window: int,
    authorship: Authorship,
    signature: Signature,
    signer: Address,
) -> LogEntry:
    """Build the entry of one window, which has no position in its log yet."""
    entry = Entry(
        kind=authorship.kind,
        record=authorship.record,
        author=author_hash(signature),
        claim_count=authorship.claim_count,
        not_before=authorship.not_before,
        not_after=authorship.not_after,
        terms=authorship.terms,
    )
    return LogEntry(
        log=log,
        record_id=record.id,
        window=window,
        entry=entry.to_bytes(),
        leaf_hash=entry.leaf_hash(),
        signature=signature,
        signer=signer,
        accepted_at=record.accepted_at,
    )


def _count_windows(record: Record) -> int:
    kind = find_kind_of_schema(record.schema)
    if kind is None or not kind.carries_claims:
        return 1
    windows = record.body["windows"]
    return len(windows) if isinstance(windows, list) else 0
