"""Signing a record of any kind: what its author is asked to sign, and what becomes of the signatures.

The gateway prepares a record and says what to sign; the author's own client recomputes it, signs on their
machine and hands in signatures. Nobody else's are taken. What a record says is its noun's matter; so is what
shall follow on the chain, which the noun enqueues in the same unit of work. The caller commits.
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from ledger_api.audit.service import AuditTrail
from ledger_api.identity.models import Institution, Person
from ledger_api.identity.principal import Principal
from ledger_api.log.heads import build_empty_head
from ledger_api.log.models import LogEntry, LogHead
from ledger_api.log.repository import LogRepository
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import (
    OpenedRecord,
    RecordVault,
    SealedRecord,
    open_context,
    seal_context,
)
from ledger_api.signing.authorships import build_authorships, build_entry, verify_signatures
from ledger_api.signing.errors import (
    KeyNotRegistered,
    KindNotIssuedHere,
    PreparationNotFound,
    PreparationUsed,
    SignerNotEntitled,
    StaleSignedTime,
)
from ledger_api.signing.models import Preparation
from ledger_api.signing.repository import PreparationRepository
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.kinds import SKEW_SECONDS, InstitutionRole, Kind, get_kind
from ledger_proofs.records import format_utc_time, record_from_json
from ledger_proofs.types import Address, Commitment, JsonValue, RecordKey, Signature
from ledger_web.clock import Clock

PREPARATION_SECONDS: Final = 900
"""How long what was prepared can be signed and submitted."""
SCHEMA_VERSION: Final = 1

Context = Mapping[str, JsonValue]
"""What a noun keeps beside a prepared record, for when it is submitted."""


@dataclass(frozen=True)
class Author:
    """The person who signs: their registration, their institution's, and their key's address."""

    person: Person
    institution: Institution
    address: Address
    code: str


@dataclass(frozen=True)
class Prepared:
    """What an author is shown and may sign: the record with its key, and one authorship per window."""

    preparation_id: str
    opened: OpenedRecord
    commitment: Commitment
    authorships: tuple[Authorship, ...]
    expires_at: int
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Issued:
    """A record that was accepted, and its entries by window; `is_new` unless it was repeated."""

    record: StoredRecord
    entries: Sequence[LogEntry]
    draft_id: str | None
    context: Context
    is_new: bool


@dataclass(frozen=True)
class RecordSigning:
    """Prepares and accepts the records that people of this gateway's institutions sign."""

    preparations: PreparationRepository
    records: RecordRepository
    log: LogRepository
    vault: RecordVault
    audit: AuditTrail
    clock: Clock
    domain: Domain

    def prepare(
        self,
        author: Author,
        kind: Kind,
        body: Mapping[str, JsonValue],
        *,
        context: Context | None = None,
        draft_id: str | None = None,
        issued_at: int | None = None,
    ) -> Prepared:
        """Make the record that the author may sign, and keep it sealed for a quarter of an hour.

        `issued_at` (Unix seconds) is now unless the body was built for a moment just past. Raises
        KindNotIssuedHere.
        """
        if not kind.issued_by & InstitutionRole(author.institution.roles):
            raise KindNotIssuedHere(kind)
        issued_at = self.clock() if issued_at is None else issued_at
        record = record_from_json(
            {
                "schema": f"{kind.schema_name}/{SCHEMA_VERSION}",
                "id": str(uuid.uuid4()),
                "issuer": author.institution.number,
                "issued_at": format_utc_time(issued_at),
                "body": dict(body),
            }
        )
        opened = OpenedRecord(record, RecordKey(secrets.token_bytes(32)))
        commitment = build_commitment(record.as_json(), opened.record_key).commitment
        sealed = self.vault.seal(opened, commitment)
        preparation = Preparation(
            id=str(uuid.uuid4()),
            institution=author.institution.number,
            kind=kind.number,
            author_id=author.person.id,
            draft_id=draft_id,
            record_id=record.id,
            commitment=commitment,
            content=sealed.content,
            wrapped_key=sealed.wrapped_key,
            context=_seal_context(opened, commitment, context),
            issued_at=issued_at,
            expires_at=issued_at + PREPARATION_SECONDS,
        )
        self.preparations.add(preparation)
        self._note(author, f"{kind.name}.prepared", f"preparation:{preparation.id}")
        return _prepared(preparation, opened)

    def recall(self, author: Author, preparation_id: str) -> Prepared:
        """Return again what was prepared, submitted meanwhile or not. Raises PreparationNotFound."""
        preparation = self._get_preparation(author, preparation_id)
        return _prepared(preparation, self._open(preparation))

    def submit(
        self,
        author: Author,
        preparation_id: str,
        signatures: Sequence[Signature],
        *,
        kind: Kind,
        is_key_refused: bool,
    ) -> Issued:
        """Accept a record: its content, and one pending entry per window.

        The same signatures again give the same record. `is_key_refused` is the directory's word on the key,
        asked before the unit of work began. Raises what is in `errors.py`.
        """
        preparation = self._get_preparation(author, preparation_id)
        if preparation.kind != kind.number:
            raise PreparationNotFound
        if preparation.submitted_at is not None:
            return self._find_issued(preparation, signatures)
        prepared = _prepared(preparation, self._open(preparation))
        self._verify_time(preparation, kind)
        verify_signatures(prepared.authorships, signatures, author.address, self.domain)
        if is_key_refused:
            raise SignerNotEntitled
        return self._accept(author, preparation, prepared, signatures)

    def _accept(
        self, author: Author, preparation: Preparation, prepared: Prepared, signatures: Sequence[Signature]
    ) -> Issued:
        now = self.clock()
        content = prepared.opened.record
        committed = build_commitment(content.as_json(), prepared.opened.record_key)
        record = StoredRecord(
            id=preparation.record_id,
            institution=preparation.institution,
            kind=preparation.kind,
            schema_name=content.schema,
            commitment=preparation.commitment,
            issued_at=preparation.issued_at,
            author_id=author.person.id,
            accepted_at=now,
            leaf_hashes=b"".join(committed.leaves),
            content=preparation.content,
            wrapped_key=preparation.wrapped_key,
        )
        self.records.add(record)
        head = self._open_log(author.institution)
        signed = zip(prepared.authorships, signatures, strict=True)
        entries = [
            build_entry(head.log, record, window, authorship, signature, author.address)
            for window, (authorship, signature) in enumerate(signed)
        ]
        self.log.add_entries(entries)
        preparation.submitted_at = now
        preparation.content = preparation.wrapped_key = None
        name = get_kind(preparation.kind).name
        self._note(author, f"{name}.submitted", f"{name}:{record.id}", len(entries))
        return Issued(record, entries, preparation.draft_id, prepared.context, is_new=True)

    def _get_preparation(self, author: Author, preparation_id: str) -> Preparation:
        preparation = self.preparations.find_own(author.institution.number, author.person.id, preparation_id)
        if preparation is None:
            raise PreparationNotFound
        return preparation

    def _find_issued(self, preparation: Preparation, signatures: Sequence[Signature]) -> Issued:
        record = self.records.find(preparation.institution, preparation.record_id)
        entries = self.log.list_entries_of([preparation.record_id])
        if record is None or [entry.signature for entry in entries] != list(signatures):
            raise PreparationUsed
        context = _open_context(preparation, self._open(preparation))
        return Issued(record, entries, preparation.draft_id, context, is_new=False)

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

    def _verify_time(self, preparation: Preparation, kind: Kind) -> None:
        now, issued_at = self.clock(), preparation.issued_at
        oldest = now - min(PREPARATION_SECONDS, kind.signing_window_seconds)
        if not oldest <= issued_at <= now + SKEW_SECONDS:
            raise StaleSignedTime

    def _open_log(self, institution: Institution) -> LogHead:
        head = self.log.find_open_head(institution.number)
        if head is None:
            head = build_empty_head(institution)
            self.log.add_head(head)
        return head

    def _note(self, author: Author, action: str, subject: str, windows: int | None = None) -> None:
        details = {} if windows is None else {"windows": windows}
        self.audit.note(author.institution.number, f"person:{author.person.id}", action, subject, details)


def get_author(principal: Principal, person: Person | None, institution: Institution | None) -> Author:
    """Return the author that a principal is. Raises KeyNotRegistered."""
    address, code = principal.signing_address, principal.practitioner_code
    if person is None or institution is None or address is None or code is None:
        raise KeyNotRegistered
    return Author(person, institution, Address(address), code)


def _prepared(preparation: Preparation, opened: OpenedRecord) -> Prepared:
    commitment = Commitment(preparation.commitment)
    return Prepared(
        preparation.id,
        opened,
        commitment,
        build_authorships(opened, commitment),
        preparation.expires_at,
        _open_context(preparation, opened),
    )


def _seal_context(opened: OpenedRecord, commitment: Commitment, context: Context | None) -> bytes | None:
    if not context:
        return None
    return seal_context(opened.record_key, commitment, canonical_bytes(dict(context)))


def _open_context(preparation: Preparation, opened: OpenedRecord) -> Context:
    if preparation.context is None:
        return {}
    content = open_context(opened.record_key, Commitment(preparation.commitment), preparation.context)
    return cast("dict[str, JsonValue]", parse_json(content))
