"""Fetching prescriptions by presentation over HTTP, and giving them out to other institutions' gateways."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ledger_api.audit.service import AuditTrail
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import AuditDep, PartsDep, ReadSession, WorkSession
from ledger_api.peers.dependencies import Peer, require_peer
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.received.answers import build_received_answer, build_summary
from ledger_api.received.evidence import ReceivedPlace
from ledger_api.received.handing_out import hand_out
from ledger_api.received.repository import ReceivedRepository
from ledger_api.received.schemas import (
    FetchRequest,
    HandedOutAnswer,
    PresentedRequest,
    ReceivedAnswer,
    ReceivedPage,
)
from ledger_api.received.service import fetch, get_received, keep, verify
from ledger_api.signing.endpoints import RecordId, ask_before
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(route_class=StrictRoute)
of_tenants = APIRouter(
    prefix="/v1/received-prescriptions", route_class=StrictRoute, tags=["received prescriptions"]
)
of_peers = APIRouter(prefix="/v1/peer/prescriptions", route_class=StrictRoute, tags=["peers"])

PharmacistDep = Annotated[Principal, Depends(require(Role.PHARMACIST))]
FollowerDep = Annotated[Principal, Depends(require(Role.PHARMACIST, Role.INTEGRATION, Role.ADMIN))]
CounterDep = Annotated[Peer, Depends(require_peer(InstitutionRole.PHARMACY, InstitutionRole.HOSPITAL))]
"""An institution that dispenses."""


@of_tenants.post(
    "",
    status_code=201,
    summary="Fetch a prescription by its code · 凭取药码获取处方",
    response_model=ReceivedAnswer,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def fetch_prescription(
    request: FetchRequest,
    principal: PharmacistDep,
    parts: PartsDep,
    once: Once,
    session: WorkSession,
    audit: AuditDep,
) -> Response:
    """Ask the hospital's gateway for a prescription and its review, and verify both against the chain.

    The patient's code never comes here: the pharmacist's client signs with the keys in it, once for each
    claim, that your institution may read (protocol 13). What comes back is verified through this gateway's
    own node before it is shown, and kept sealed.
    """
    started = time.monotonic()
    place = ReceivedPlace(request.institution, request.id, request.window)
    tenant = principal.institution
    get_fetched = ask_before(lambda: fetch(parts, tenant, place, request.presentations))

    def act() -> ReceivedAnswer:
        fetched = get_fetched()
        presented = [each.ordinal for each in request.presentations]
        row = keep(parts, session, tenant, principal.scope, fetched, presented, audit)
        return build_received_answer(row, fetched, time.monotonic() - started)

    def recall(_place: str) -> ReceivedAnswer:
        row, evidence = get_received(parts, tenant, place)
        return build_received_answer(row, verify(parts, place, evidence), time.monotonic() - started)

    return once.answer(201, act, resource_of=lambda answer: answer.id, recall=recall)


@of_tenants.get(
    "", summary="List fetched prescriptions · 列出已获取的处方", responses=problem_responses(401, 403, 422)
)
def list_received(principal: FollowerDep, page: PageDep, session: ReadSession) -> ReceivedPage:
    """List what your institution fetched, without content, the newest first."""
    found = ReceivedRepository(session).list_page(principal.institution, page.cursor, page.fetch)
    rows, more = page.cut(found)
    return ReceivedPage(
        items=[build_summary(row) for row in rows], next_cursor=str(rows[-1].sequence) if more else None
    )


@of_tenants.get(
    "/{institution}/{record_id}",
    summary="Read a fetched prescription · 读取已获取的处方",
    responses=problem_responses(401, 403, 404, 422, 503),
)
def read_received(
    institution: Annotated[int, Path(ge=1, le=MAX_INSTITUTION, description="The prescribing hospital")],
    record_id: RecordId,
    principal: PharmacistDep,
    parts: PartsDep,
    request: Request,
    window: Annotated[int, Query(ge=0, lt=MAX_WINDOWS)] = 0,
) -> ReceivedAnswer:
    """Verify what was kept once more, say how its claims stand now, and show it. That is noted."""
    started = time.monotonic()
    place = ReceivedPlace(institution, record_id, window)
    row, evidence = get_received(parts, principal.institution, place)
    fetched = verify(parts, place, evidence)
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id_of(request)).note(
            principal.institution,
            principal.scope,
            "prescription.read",
            f"prescription:{record_id}",
            {"institution": institution, "window": window},
        )
    return build_received_answer(row, fetched, time.monotonic() - started)


@of_peers.post(
    "/{record_id}/presentations",
    summary="Give a prescription out for its code · 凭取药码提供处方",
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def present(
    record_id: RecordId, body: PresentedRequest, peer: CounterDep, parts: PartsDep, request: Request
) -> HandedOutAnswer:
    """Answer a pharmacy's gateway that presents a prescription's code with the evidence of it, in full.

    Each presentation has to be signed with its claim's one-time key, for the asking institution. A
    prescription that its hospital hasn't approved isn't given out. Who got it is noted in the hospital's
    trail.
    """
    return hand_out(parts, peer, record_id, body, request_id_of(request))


router.include_router(of_tenants)
router.include_router(of_peers)
