"""Issuing prescriptions: what a doctor is asked to sign, and what becomes of her signatures.

The gateway prepares a record and says what to sign; the doctor's own client recomputes it, signs on her
machine and hands in signatures. Nobody else's are taken. The caller commits.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ledger_api.audit.service import AuditTrail
from ledger_api.identity.models import Institution, Person
from ledger_api.identity.principal import Principal
from ledger_api.log.heads import build_empty_head
from ledger_api.log.models import LogEntry, LogHead
from ledger_api.log.repository import LogRepository
from ledger_api.prescriptions.body import SCHEMA_NAME, Prescriber
from ledger_api.prescriptions.draft_body import PrescriptionDraft, build_body
from ledger_api.prescriptions.errors import (
    KeyNotRegistered,
    PreparationNotFound,
    PreparationUsed,
    PrescriberNotYou,
    SignatureUnreadable,
    SignerNotAuthor,
    SignerNotEntitled,
    StaleSignedTime,
)
from ledger_api.prescriptions.models import Preparation
from ledger_api.prescriptions.repository import PreparationRepository
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import OpenedRecord, RecordVault, SealedRecord
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import Entry
from ledger_proofs.errors import SignatureInvalid
from ledger_proofs.kinds import KINDS, SKEW_SECONDS
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.records import format_utc_time, record_from_json
from ledger_proofs.signatures import author_hash, recover_signer
from ledger_proofs.types import Address, Commitment, RecordKey, Signature
from ledger_web.clock import Clock
from ledger_web.errors import FieldProblem

PRESCRIPTION = KINDS[1]
PREPARATION_SECONDS = 900
"""How long what was prepared can be signed and submitted."""


@dataclass(frozen=True)
class Prepared:
    """What a doctor is shown and may sign: the record with its key, and one authorship per window."""

    preparation_id: str
    opened: OpenedRecord
    commitment: Commitment
    authorships: tuple[Authorship, ...]
    expires_at: int


@dataclass(frozen=True)
class Issued:
    """A prescription that was accepted, and its entries by window; `is_new` unless it was repeated."""

    record: StoredRecord
    entries: Sequence[LogEntry]
    draft_id: str | None
    is_new: bool


@dataclass(frozen=True)
class Doctor:
    """The person who issues: her registration, her institution's, and her key's address."""

    person: Person
    institution: Institution
    address: Address
    code: str


@dataclass(frozen=True)
class IssuingService:
    """Prepares and accepts prescriptions of one institution's doctors."""

    preparations: PreparationRepository
    records: RecordRepository
    log: LogRepository
    vault: RecordVault
    audit: AuditTrail
    clock: Clock
    domain: Domain
    zone: ZoneInfo

    def prepare(self, doctor: Doctor, draft: PrescriptionDraft, draft_id: str | None) -> Prepared:
        """Make the record that the doctor may sign, and keep it sealed for a quarter of an hour.

        Raises PrescriberNotYou, PrescriptionInvalid or PrescribingRuleBroken.
        """
        now = self.clock()
        if draft.prescriber is not None and draft.prescriber.code != doctor.code:
            raise PrescriberNotYou
        body = build_body(draft, prescriber_of(doctor.person), now, self.zone)
        record = record_from_json(
            {
                "schema": SCHEMA_NAME,
                "id": str(uuid.uuid4()),
                "issuer": doctor.institution.number,
                "issued_at": format_utc_time(now),
                "body": body.as_json(),
            }
        )
        opened = OpenedRecord(record, RecordKey(secrets.token_bytes(32)))
        commitment = build_commitment(record.as_json(), opened.record_key).commitment
        sealed = self.vault.seal(opened, commitment)
        preparation = Preparation(
            id=str(uuid.uuid4()),
            institution=doctor.institution.number,
            author_id=doctor.person.id,
            draft_id=draft_id,
            record_id=record.id,
            commitment=commitment,
            content=sealed.content,
            wrapped_key=sealed.wrapped_key,
            issued_at=now,
            expires_at=now + PREPARATION_SECONDS,
        )
        self.preparations.add(preparation)
        self._note(doctor, "prescription.prepared", f"preparation:{preparation.id}")
        return _prepared(preparation, opened)

    def recall(self, doctor: Doctor, preparation_id: str) -> Prepared:
        """Return again what was prepared, submitted meanwhile or not. Raises PreparationNotFound."""
        preparation = self._get_preparation(doctor, preparation_id)
        return _prepared(preparation, self._open(preparation))

    def submit(
        self, doctor: Doctor, preparation_id: str, signatures: Sequence[Signature], *, is_key_refused: bool
    ) -> Issued:
        """Accept a prescription: its record, and one pending entry per window.

        The same signatures again give the same prescription. `is_key_refused` is the directory's word on the
        key, asked before the unit of work began. Raises what is in `errors.py`.
        """
        preparation = self._get_preparation(doctor, preparation_id)
        if preparation.submitted_at is not None:
            return self._find_issued(preparation, signatures)
        prepared = _prepared(preparation, self._open(preparation))
        self._verify_time(preparation)
        self._verify_signatures(doctor, prepared.authorships, signatures)
        if is_key_refused:
            raise SignerNotEntitled
        return self._accept(doctor, preparation, prepared, signatures)

    def _accept(
        self, doctor: Doctor, preparation: Preparation, prepared: Prepared, signatures: Sequence[Signature]
    ) -> Issued:
        now = self.clock()
        committed = build_commitment(prepared.opened.record.as_json(), prepared.opened.record_key)
        record = StoredRecord(
            id=preparation.record_id,
            institution=preparation.institution,
            kind=PRESCRIPTION.number,
            schema_name=SCHEMA_NAME,
            commitment=preparation.commitment,
            issued_at=preparation.issued_at,
            author_id=doctor.person.id,
            accepted_at=now,
            leaf_hashes=b"".join(committed.leaves),
            content=preparation.content,
            wrapped_key=preparation.wrapped_key,
        )
        self.records.add(record)
        head = self._open_log(doctor.institution)
        signed = zip(prepared.authorships, signatures, strict=True)
        entries = [
            _entry(head.log, record, window, authorship, signature, doctor.address)
            for window, (authorship, signature) in enumerate(signed)
        ]
        self.log.add_entries(entries)
        preparation.submitted_at = now
        preparation.content = preparation.wrapped_key = None
        self._note(doctor, "prescription.submitted", f"prescription:{record.id}", len(entries))
        return Issued(record, entries, preparation.draft_id, is_new=True)

    def _get_preparation(self, doctor: Doctor, preparation_id: str) -> Preparation:
        preparation = self.preparations.find_own(doctor.institution.number, doctor.person.id, preparation_id)
        if preparation is None:
            raise PreparationNotFound
        return preparation

    def _find_issued(self, preparation: Preparation, signatures: Sequence[Signature]) -> Issued:
        record = self.records.find(preparation.institution, preparation.record_id)
        entries = self.log.list_entries_of([preparation.record_id])
        if record is None or [entry.signature for entry in entries] != list(signatures):
            raise PreparationUsed
        return Issued(record, entries, preparation.draft_id, is_new=False)

    def _open(self, preparation: Preparation) -> OpenedRecord:
        stored: Preparation | StoredRecord | None = preparation
        if preparation.submitted_at is not None:  # the record took the content over
            stored = self.records.find(preparation.institution, preparation.record_id)
        if stored is None or stored.content is None or stored.wrapped_key is None:
            raise PreparationNotFound
        return self.vault.open(
            SealedRecord(
                preparation.record_id,
                preparation.institution,
                Commitment(preparation.commitment),
                stored.content,
                stored.wrapped_key,
            )
        )

    def _verify_time(self, preparation: Preparation) -> None:
        now, issued_at = self.clock(), preparation.issued_at
        oldest = now - min(PREPARATION_SECONDS, PRESCRIPTION.signing_window_seconds)
        if not oldest <= issued_at <= now + SKEW_SECONDS:
            raise StaleSignedTime

    def _verify_signatures(
        self, doctor: Doctor, authorships: Sequence[Authorship], signatures: Sequence[Signature]
    ) -> None:
        if len(signatures) != len(authorships):
            raise _unreadable(
                "/signatures",
                f"must hold {len(authorships)} signatures, one for each window",
                f"须有 {len(authorships)} 个签名，每个时段一个",
            )
        for window, (authorship, signature) in enumerate(zip(authorships, signatures, strict=True)):
            try:
                signer = recover_signer(authorship.digest(self.domain), signature)
            except SignatureInvalid as fault:
                raise _unreadable(
                    f"/signatures/{window}",
                    f"is no signature that counts ({fault.code}): 65 bytes r, s, v with low s and v 27 or 28",
                    f"不是有效签名（{fault.code}）：应为 65 字节 r、s、v，s 取低值，v 为 27 或 28",
                ) from None
            if signer != doctor.address:
                raise SignerNotAuthor

    def _open_log(self, institution: Institution) -> LogHead:
        head = self.log.find_open_head(institution.number)
        if head is None:
            head = build_empty_head(institution)
            self.log.add_head(head)
        return head

    def _note(self, doctor: Doctor, action: str, subject: str, windows: int | None = None) -> None:
        details = {} if windows is None else {"windows": windows}
        self.audit.note(doctor.institution.number, f"person:{doctor.person.id}", action, subject, details)


def get_doctor(principal: Principal, person: Person | None, institution: Institution | None) -> Doctor:
    """Return the doctor that a principal is. Raises KeyNotRegistered."""
    address, code = principal.signing_address, principal.practitioner_code
    if person is None or institution is None or address is None or code is None:
        raise KeyNotRegistered
    return Doctor(person, institution, Address(address), code)


def build_authorships(opened: OpenedRecord, commitment: Commitment) -> tuple[Authorship, ...]:
    """Build what is signed for each window of a record."""
    record = opened.record
    content = record.as_json()
    windows = record.body["windows"]
    count = len(windows) if isinstance(windows, list) else 0
    terms = [build_entry_terms(content, window) for window in range(count)]
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


def _prepared(preparation: Preparation, opened: OpenedRecord) -> Prepared:
    commitment = Commitment(preparation.commitment)
    return Prepared(
        preparation.id, opened, commitment, build_authorships(opened, commitment), preparation.expires_at
    )


def prescriber_of(person: Person) -> Prescriber:
    """Return a doctor as she stands in what she prescribes. Her practitioner's code has to be registered."""
    return Prescriber.model_validate(
        {
            "name": person.display_name,
            "code": person.practitioner_code,
            **({} if person.department_code is None else {"department_code": person.department_code}),
            **({} if person.department_name is None else {"department_name": person.department_name}),
        }
    )


def _entry(
    log: int,
    record: StoredRecord,
    window: int,
    authorship: Authorship,
    signature: Signature,
    signer: Address,
) -> LogEntry:
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


def _unreadable(pointer: str, message: str, message_zh: str) -> SignatureUnreadable:
    return SignatureUnreadable(
        "See errors for what is wrong. Sign again; nothing was accepted.",
        "问题见 errors。请重新签署；尚未受理任何内容。",
        faults=[FieldProblem(pointer, message, message_zh)],
    )
