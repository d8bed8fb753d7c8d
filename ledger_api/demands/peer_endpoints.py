"""What gateways deliver to each other about demands: the demand, and later the answer."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from ledger_api.audit.service import AuditTrail
from ledger_api.demands.answers import seal_answer
from ledger_api.demands.errors import (
    AccessNotForDemand,
    DemandNotFound,
    HandedContentWrong,
)
from ledger_api.demands.incoming import keep_demand, verify_demand
from ledger_api.demands.models import AnswerState
from ledger_api.demands.repository import DemandRepository
from ledger_api.demands.schemas import AccessDelivery, DeliveryTaken, DemandDelivery
from ledger_api.demands.service import HandedOver, mark_answered, open_handed_over, verify_access
from ledger_api.evidence.foreign import parse_foreign_bundle, verify_foreign
from ledger_api.network import NetworkMissing
from ledger_api.parts import PartsDep
from ledger_api.peers.dependencies import Peer, PeerDep, require_peer
from ledger_api.records.repository import RecordRepository
from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import Commitment, JsonValue
from ledger_web.bodies import StrictRoute, takes_body
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/peer", route_class=StrictRoute, tags=["peers"])

RegulatorPeerDep = Annotated[Peer, Depends(require_peer(InstitutionRole.REGULATOR))]
_RESPONSES = problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503)
_MAX_BYTES = MAX_BUNDLE_BYTES + 1024 * 1024


@router.post(
    "/demands",
    status_code=201,
    summary="Deliver a demand · 送达调阅要求",
    responses=_RESPONSES,
)
@takes_body(max_bytes=_MAX_BYTES)
def take_demand(
    delivered: DemandDelivery, peer: RegulatorPeerDep, parts: PartsDep, request: Request
) -> DeliveryTaken:
    """Take a regulator's demand for one of this tenant's records, once it is verified against the chain."""
    if parts.network is None:
        raise NetworkMissing
    bundle = parse_foreign_bundle(cast("JsonValue", delivered.bundle), "/bundle")
    found = verify_foreign(bundle, parts.network, "/bundle")
    body = verify_demand(found, peer.number, peer.recipient)
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(request))
        row = keep_demand(parts, session, trail, peer, found, body)
        return DeliveryTaken(id=row.id, state=AnswerState(row.state))


@router.post(
    "/accesses",
    status_code=201,
    summary="Deliver the answer to a demand · 送达调阅答复",
    responses=_RESPONSES,
)
@takes_body(max_bytes=_MAX_BYTES)
def take_access(delivered: AccessDelivery, peer: PeerDep, parts: PartsDep, request: Request) -> DeliveryTaken:
    """Take an institution's signed answer to a demand of this tenant, and the record's key with it.

    Nothing is kept unless the key opens the content and that hashes to the commitment demanded.
    """
    if parts.network is None:
        raise NetworkMissing
    bundle = parse_foreign_bundle(cast("JsonValue", delivered.bundle), "/bundle")
    access = verify_foreign(bundle, parts.network, "/bundle")
    demand_id = _named_demand(access.record.body.get("demand"))
    with parts.database.writing() as session:
        repository = DemandRepository(session)
        demand = repository.find_sent(peer.recipient, demand_id, is_locked=True)
        record = RecordRepository(session).find(peer.recipient, demand_id)
        if demand is None or record is None:
            raise DemandNotFound
        if access.record.issuer != peer.number:
            raise AccessNotForDemand
        if demand.access_commitment == access.bundle.commitment:  # delivered again
            return DeliveryTaken(id=demand.id, state=AnswerState(demand.state))
        if demand.state != AnswerState.OPEN:
            raise AccessNotForDemand
        body = verify_access(demand, record.commitment, access)
        handed = _handed_over(delivered)
        if (handed is None) != (body.wrapped_key_sha256 is None):
            raise HandedContentWrong
        if handed is not None and body.wrapped_key_sha256 is not None:
            commitment = Commitment(record.commitment)
            open_handed_over(handed, demand, commitment, body.wrapped_key_sha256, parts.content_keys)
        mark_answered(demand, access, body, parts.clock())
        seal_answer(parts.key_wrapper, demand, access.bundle, handed)
        repository.add(demand)
        AuditTrail(session, parts.clock, request_id_of(request)).note(
            peer.recipient, peer.scope, f"demand.{body.decision}", f"demand:{demand.id}", {"by": peer.number}
        )
        return DeliveryTaken(id=demand.id, state=AnswerState(demand.state))


def _named_demand(value: JsonValue) -> str:
    named = value.get("id") if isinstance(value, dict) else None
    if not isinstance(named, str):
        raise AccessNotForDemand
    return named


def _handed_over(delivered: AccessDelivery) -> HandedOver | None:
    if delivered.wrapped_key is None or delivered.content is None:
        return None
    return HandedOver(bytes.fromhex(delivered.wrapped_key[2:]), bytes.fromhex(delivered.content[2:]))
