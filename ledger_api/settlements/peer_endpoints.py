"""What gateways ask a payer: to settle, and how that stands."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.evidence.errors import NotAnchoredYet
from ledger_api.identity.repository import IdentityRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts, PartsDep
from ledger_api.peers.dependencies import Peer, require_peer
from ledger_api.records.repository import RecordRepository
from ledger_api.settlements.answers import build_summary
from ledger_api.settlements.errors import PayerIsAnother, SettlementRequestNotFound
from ledger_api.settlements.evidence import verify_request
from ledger_api.settlements.incoming import MAX_REQUEST_BYTES, keep_request, parse_delivery
from ledger_api.settlements.models import Direction, SettlementRequest
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.schemas import RequestDelivery, RequestStanding
from ledger_proofs.bundles import bundle_as_json
from ledger_proofs.kinds import InstitutionRole
from ledger_web.bodies import StrictRoute, takes_body
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/peer/settlement-requests", route_class=StrictRoute, tags=["peers"])

SpenderDep = Annotated[Peer, Depends(require_peer(InstitutionRole.HOSPITAL, InstitutionRole.PHARMACY))]
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The request's id")]


@router.post(
    "",
    status_code=201,
    summary="Ask to settle a dispensing · 申请结算一次发药",
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
@takes_body(max_bytes=MAX_REQUEST_BYTES, max_depth=24)
def take_request(
    delivered: RequestDelivery, peer: SpenderDep, parts: PartsDep, request: Request
) -> RequestStanding:
    """Take a request once this payer has verified all of it: bundles, claims, charges, reviews.

    A dispensing is asked for once: asked again, the request that was taken is answered.
    """
    if parts.network is None:
        raise NetworkMissing
    _verify_payer(parts, peer)
    sent = parse_delivery(delivered)
    with parts.database.reading() as session:
        known = SettlementRequestRepository(session).find_of_dispensing(
            peer.recipient, Direction.IN, sent.dispensing.commitment
        )
        if known is not None and known.other == peer.number:
            return _build_standing(parts, known)
    checked = verify_request(sent, peer.number, peer.recipient, parts.network)
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(request))
        row = keep_request(parts, session, trail, peer, delivered, checked)
    return _build_standing(parts, row)


@router.get(
    "/{request_id}",
    summary="Ask how a settlement request stands · 查询结算申请状态",
    responses=problem_responses(401, 403, 404, 422, 503),
)
def read_standing(
    request_id: RequestId,
    peer: SpenderDep,
    parts: PartsDep,
    request: Request,
    evidence: Annotated[bool, Query(description="Whether to give the settlement's bundle")] = False,
) -> RequestStanding:
    """Say how a request of the asking institution stands; with the settlement's evidence once it is final."""
    with parts.database.reading() as session:
        row = SettlementRequestRepository(session).find(peer.recipient, request_id, Direction.IN)
    if row is None or row.other != peer.number:
        raise SettlementRequestNotFound
    standing = _build_standing(parts, row)
    bundle = _find_bundle(parts, row, peer, request) if evidence else None
    return standing if bundle is None else standing.model_copy(update={"bundle": bundle})


def _verify_payer(parts: Parts, peer: Peer) -> None:
    with parts.database.reading() as session:
        tenant = IdentityRepository(session).find_institution(peer.recipient)
    if tenant is None or not tenant.roles & InstitutionRole.INSURER:
        raise PayerIsAnother


def _build_standing(parts: Parts, row: SettlementRequest) -> RequestStanding:
    with parts.database.reading() as session:
        summary = build_summary(row, session)
    return RequestStanding(
        id=row.id,
        state=summary.state,
        outcome=summary.outcome,
        settlement=summary.settlement,
        reversal=summary.reversal,
    )


def _find_bundle(parts: Parts, row: SettlementRequest, peer: Peer, request: Request) -> dict[str, Any] | None:
    if row.settlement_id is None:
        return None
    with parts.database.reading() as session:
        record = RecordRepository(session).find(row.institution, row.settlement_id)
    if record is None:
        return None
    try:
        bundle = disclose_record(parts, record)
    except NotAnchoredYet:
        return None
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id_of(request)).note(
            row.institution,
            peer.scope,
            "evidence.disclosed",
            f"settlement:{record.id}",
            {"fields": len(bundle.disclosure.fields), "institution": peer.number},
        )
    return cast("dict[str, Any]", bundle_as_json(bundle))
