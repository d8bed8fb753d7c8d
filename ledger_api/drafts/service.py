"""Drafts: who may see, sign and delete which, and their way to a signed record.

A machine client sees the drafts that it made. A doctor sees those of her institution that are for her or for
nobody in particular; what she drafts herself is for her. To anybody else a draft isn't there.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ledger_api.audit.service import AuditTrail
from ledger_api.drafts.models import Draft
from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.sealing import DraftSeal, SealedDraft
from ledger_api.drafts.visibility import visible_to
from ledger_api.identity.principal import Principal
from ledger_api.prescriptions.draft_body import PrescriptionDraft, parse_draft
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_web.clock import Clock
from ledger_web.errors import FieldProblem, NotFound, StateConflict, Unprocessable

OPEN: Final = "draft"
SIGNED: Final = "signed"
Origin = Literal["api", "fhir"]


class DraftNotFound(NotFound):
    """No such draft that this principal may see."""

    code = "draft-not-found"
    title = "There is no such draft"
    title_zh = "没有此草稿"


class DraftSigned(StateConflict):
    """The draft became a prescription already."""

    code = "draft-signed"
    title = "The draft was signed already"
    title_zh = "草稿已签署"


class DraftForAnother(Unprocessable):
    """A doctor drafts for herself only; for others the institution's systems do."""

    code = "draft-for-another"
    title = "The draft names another doctor"
    title_zh = "草稿写明的是另一位医师"


@dataclass(frozen=True)
class DraftOrigin:
    """Where a draft comes from: `sources` are hashes of the orders of an import, `notes` what was assumed."""

    origin: Origin = "api"
    sources: Sequence[str] = ()
    notes: Sequence[str] = field(default=())
    mapping_version: int | None = None


class DraftReader:
    """Reads drafts of one principal's institution."""

    def __init__(self, repository: DraftRepository, seal: DraftSeal) -> None:
        self._repository = repository
        self._seal = seal

    def find(self, principal: Principal, draft_id: str) -> Draft | None:
        """Find a draft that the principal may see."""
        row = self._repository.find(principal.institution, draft_id)
        return row if row is not None and visible_to(principal).includes(row) else None

    def get(self, principal: Principal, draft_id: str) -> Draft:
        """Get a draft that the principal may see. Raises DraftNotFound."""
        row = self.find(principal, draft_id)
        if row is None:
            raise DraftNotFound(
                "Check the id: GET /v1/drafts lists yours.", "请核对编号：GET /v1/drafts 可列出。"
            )
        return row

    def get_open(self, principal: Principal, draft_id: str) -> Draft:
        """Get a draft that can still be signed or deleted. Raises DraftNotFound or DraftSigned."""
        row = self.get(principal, draft_id)
        if row.status != OPEN:
            raise DraftSigned(
                "It became a prescription: look there instead.", "该草稿已成为处方，请查看处方。"
            )
        return row

    def open_content(self, row: Draft) -> PrescriptionDraft | None:
        """Decrypt a draft's content; None when it was signed, and is kept as the record only."""
        if row.content is None or row.wrapped_key is None:
            return None
        sealed = SealedDraft(row.content, row.wrapped_key)
        return parse_draft(parse_json(self._seal.open(row.institution, row.id, sealed)))

    def list_page(self, principal: Principal, status: str | None, after: int, limit: int) -> Sequence[Draft]:
        """List the drafts that the principal may see, oldest first."""
        return self._repository.list_page(principal.institution, visible_to(principal), status, after, limit)


class DraftService(DraftReader):
    """Keeps, signs off and deletes drafts besides. The caller commits."""

    def __init__(self, repository: DraftRepository, seal: DraftSeal, clock: Clock, audit: AuditTrail) -> None:
        super().__init__(repository, seal)
        self._clock = clock
        self._audit = audit

    def create(
        self, principal: Principal, draft: PrescriptionDraft, origin: DraftOrigin = DraftOrigin()
    ) -> Draft:
        """Keep a draft, encrypted. Raises DraftForAnother."""
        return self._keep_new(principal, str(uuid.uuid4()), draft, origin)

    def write(self, principal: Principal, draft_id: str, draft: PrescriptionDraft) -> Draft:
        """Keep a draft under an id of the writer's choice, or change the open draft of that id.

        Written twice it is one draft. Changed, it has to be prepared anew: what was prepared before, perhaps
        in another tab, can't be signed any more. Raises DraftForAnother, DraftNotFound (the id is somebody
        else's) or DraftSigned.
        """
        if not self._repository.is_id_taken(draft_id):
            return self._keep_new(principal, draft_id, draft, DraftOrigin())
        row = self.get_open(principal, draft_id)
        _verify_own(principal, draft)
        if self.open_content(row) != draft:
            self._repository.drop_preparations(row)
        self._fill(principal, row, draft)
        self._repository.save(row)
        self._note(principal, "draft.changed", row)
        return row

    def _keep_new(
        self, principal: Principal, draft_id: str, draft: PrescriptionDraft, origin: DraftOrigin
    ) -> Draft:
        _verify_own(principal, draft)
        row = Draft(
            id=draft_id,
            institution=principal.institution,
            status=OPEN,
            origin=origin.origin,
            created_by=principal.scope,
            created_at=self._clock(),
            prescription_type=draft.type,
            line_count=len(draft.lines),
            notes=list(origin.notes),
            mapping_version=origin.mapping_version,
        )
        self._fill(principal, row, draft)
        self._repository.add(row, origin.sources)
        self._note(principal, "draft.created", row)
        return row

    def _fill(self, principal: Principal, row: Draft, draft: PrescriptionDraft) -> None:
        sealed = self._seal.seal(row.institution, row.id, canonical_bytes(draft.as_json()))
        own_code = principal.practitioner_code if row.created_by == principal.scope else None
        row.prescriber_code = draft.prescriber.code if draft.prescriber is not None else own_code
        row.prescription_type = draft.type
        row.line_count = len(draft.lines)
        row.content = sealed.content
        row.wrapped_key = sealed.wrapped_key

    def mark_signed(self, principal: Principal, draft_id: str, record_id: str) -> None:
        """Note that a draft became a record, and drop its content. Raises DraftNotFound or DraftSigned."""
        row = self.get_open(principal, draft_id)
        row.status = SIGNED
        row.record_id = record_id
        row.signed_at = self._clock()
        row.content = None
        row.wrapped_key = None
        self._repository.save(row)
        self._note(principal, "draft.signed", row)

    def delete(self, principal: Principal, draft_id: str) -> None:
        """Delete a draft for good. Raises DraftNotFound or DraftSigned."""
        row = self.get_open(principal, draft_id)
        self._note(principal, "draft.deleted", row)
        self._repository.delete(row)

    def _note(self, principal: Principal, action: str, row: Draft) -> None:
        self._audit.note(principal.institution, principal.scope, action, f"draft:{row.id}")


def _verify_own(principal: Principal, draft: PrescriptionDraft) -> None:
    prescriber_code = draft.prescriber.code if draft.prescriber is not None else None
    if principal.kind == "person" and prescriber_code not in (None, principal.practitioner_code):
        raise DraftForAnother(
            "Leave `prescriber` out, or give your own code.",
            "请省略 prescriber，或填写本人的代码。",
            faults=[
                FieldProblem("/prescriber/code", "is not your own code", "不是本人的代码", "not_own_code")
            ],
        )
