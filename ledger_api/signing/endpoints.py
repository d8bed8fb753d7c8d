"""What the endpoints of signed records share: preparing and submitting once, and everything that is read.

A noun's own endpoints say what a record is made from; `Signing` does the rest within the request's unit of
work, and `add_reading_routes` gives the noun its list, its progress, content and evidence.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.idempotency.once import OnceGuard
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal
from ledger_api.identity.repository import IdentityRepository
from ledger_api.log.progress import EntryStatus
from ledger_api.log.repository import LogRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import AuditDep, Parts, PartsDep, ReadSession, WorkSession
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordFilter, RecordRepository
from ledger_api.records.sealing import RecordVault
from ledger_api.signing.answers import build_issued_answer, build_prepare_answer, build_summary
from ledger_api.signing.nouns import Noun, get_record_of
from ledger_api.signing.repository import PreparationRepository
from ledger_api.signing.schemas import (
    IssuedAnswer,
    IssuedPage,
    PrepareAnswer,
    RecordAnswer,
    SubmitRequest,
)
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning, get_author
from ledger_proofs.eip712 import Domain
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import get_kind
from ledger_proofs.types import Signature
from ledger_web.errors import ServiceError
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses, request_id_of

AnswerT = TypeVar("AnswerT")
RecordId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The record's id")]
WRITING_REFUSALS = problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503)
"""What preparing and submitting may answer instead."""


class Signing:
    """The signing of one noun's records within one request's unit of work."""

    def __init__(
        self, noun: Noun, parts: Parts, session: Session, audit: AuditTrail, principal: Principal
    ) -> None:
        self.noun = noun
        self.parts = parts
        self.session = session
        self.audit = audit
        self.principal = principal

    @property
    def domain(self) -> Domain:
        """Where signatures for this gateway count. Raises NetworkMissing."""
        if self.parts.deployment is None:
            raise NetworkMissing
        return self.parts.deployment.domain()

    @property
    def service(self) -> RecordSigning:
        """The service, working in this request's session."""
        return RecordSigning(
            PreparationRepository(self.session),
            RecordRepository(self.session),
            LogRepository(self.session),
            RecordVault(self.parts.key_wrapper),
            self.audit,
            self.parts.clock,
            self.domain,
        )

    def get_author(self) -> Author:
        """The author who asks. Raises KeyNotRegistered."""
        identity = IdentityRepository(self.session)
        person = identity.find_person(self.principal.id)
        return get_author(self.principal, person, identity.find_institution(self.principal.institution))

    def prepare_once(
        self,
        once: OnceGuard,
        prepare: Callable[[Author], Prepared],
        build_answer: Callable[[Prepared, Domain], PrepareAnswer] = build_prepare_answer,
    ) -> Response:
        """Answer a request to prepare; repeated, from what was prepared then.

        `build_answer` adds what the noun has to say besides, from the record and its context.
        """

        def act() -> PrepareAnswer:
            return build_answer(prepare(self.get_author()), self.domain)

        def recall(preparation_id: str) -> PrepareAnswer:
            return build_answer(self.service.recall(self.get_author(), preparation_id), self.domain)

        return once.answer(201, act, resource_of=lambda answer: answer.preparation_id, recall=recall)

    def submit_once(
        self, once: OnceGuard, request: SubmitRequest, on_new: Callable[[Issued], None] | None = None
    ) -> Response:
        """Answer a submission. `on_new` does in the same unit of work what else a new record entails."""
        signatures = [Signature(bytes.fromhex(text[2:])) for text in request.signatures]
        is_key_refused = self._ask_directory()

        def act() -> IssuedAnswer:
            issued = self.service.submit(
                self.get_author(),
                request.preparation_id,
                signatures,
                kind=self.noun.kind,
                is_key_refused=is_key_refused,
            )
            if issued.is_new and on_new is not None:
                on_new(issued)
            return build_issued_answer(self.noun, issued.record, issued.entries, self.session)

        return once.answer(201, act, after_commit=self.parts.outbox.note_accepted)

    def _ask_directory(self) -> bool:
        """Ask the chain before the unit of work begins: no lock is held while a node is waited for."""
        principal = self.principal
        if principal.signing_address is None:
            return False
        return self.parts.entitlements.is_refused(
            principal.signing_address, principal.institution, self.noun.kind.author, self.parts.clock()
        )


def ask_before(question: Callable[[], AnswerT]) -> Callable[[], AnswerT]:
    """Ask chain or peers now, before the unit of work begins and holds a lock; return how to get the answer.

    A refusal is raised only where the answer is got: so a repeated request, for which nothing is prepared
    again, still has its first answer.
    """
    try:
        found = question()
    except ServiceError as refused:
        refusal = refused

        def refuse() -> AnswerT:
            raise refusal

        return refuse
    return lambda: found


def signing_of(noun: Noun) -> Callable[..., Signing]:
    """Build the dependency that gives an endpoint its noun's `Signing`; only its authors come through."""
    author = require(noun.author)

    def open_signing(
        parts: PartsDep,
        session: WorkSession,
        audit: AuditDep,
        principal: Annotated[Principal, Depends(author)],
    ) -> Signing:
        return Signing(noun, parts, session, audit, principal)

    return open_signing


def add_reading_routes(router: APIRouter, noun: Noun) -> None:
    """Give a noun's router its list, and each record's progress and content."""
    _add_following(router, noun)
    _add_content(router, noun)


def _add_following(router: APIRouter, noun: Noun) -> None:
    follower = Annotated[Principal, Depends(require(*noun.followers))]

    @router.get(
        "",
        summary=f"List {noun.plural} · 列出{noun.plural_zh}",
        responses=problem_responses(401, 403, 422),
    )
    def list_records(
        principal: follower,
        page: PageDep,
        session: ReadSession,
        status: Annotated[EntryStatus | None, Query(description="Of the slowest window")] = None,
    ) -> IssuedPage:
        """List the records that you may see, without their content, the newest first."""
        bound = noun.find_author_bound(principal, noun.followers)
        wanted = RecordFilter(principal.institution, noun.kind.number, bound, status)
        rows, more = page.cut(RecordRepository(session).list_page(wanted, page.cursor, page.fetch))
        return IssuedPage(
            items=[build_summary(noun, row) for row in rows],
            next_cursor=str(rows[-1].sequence) if more else None,
        )

    @router.get(
        "/{record_id}",
        summary=f"Follow one of the {noun.plural} · 查询{noun.plural_zh}状态",
        responses=problem_responses(401, 403, 404),
    )
    def read_progress(record_id: RecordId, principal: follower, session: ReadSession) -> IssuedAnswer:
        """Say how far each window's entry has come (pending, logged, anchored, final), and its act on the
        chain.
        """
        record = get_record_of(noun, session, principal, record_id, noun.followers)
        entries = LogRepository(session).list_entries_of([record.id])
        return build_issued_answer(noun, record, entries, session)


def _add_content(router: APIRouter, noun: Noun) -> None:
    reader = Annotated[Principal, Depends(require(*noun.readers))]

    @router.get(
        "/{record_id}/record",
        summary=f"Read the content of one of the {noun.plural} · 读取{noun.plural_zh}内容",
        responses=problem_responses(401, 403, 404, 409),
    )
    def read_record(
        record_id: RecordId, principal: reader, parts: PartsDep, request: Request
    ) -> RecordAnswer:
        """Decrypt the record. That it was read is noted in the audit trail."""
        with parts.database.reading() as session:
            record = get_record_of(noun, session, principal, record_id)
            opened = open_record(parts.key_wrapper, record)
        note_reading(parts, principal, request, f"{noun.kind.name}.read", record)
        return RecordAnswer(
            id=record.id,
            commitment=to_hex(record.commitment),
            record=cast("dict[str, Any]", opened.record.as_json()),
        )


def note_reading(
    parts: Parts,
    principal: Principal,
    request: Request,
    action: str,
    record: StoredRecord,
    details: dict[str, str | int] | None = None,
) -> None:
    """Note in the trail of the record's institution that content was given out, before it is."""
    subject = f"{get_kind(record.kind).name}:{record.id}"
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(request))
        trail.note(record.institution, principal.scope, action, subject, details)
