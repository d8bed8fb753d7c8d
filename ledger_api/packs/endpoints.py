"""Pack checks over HTTP: at a counter, and what other institutions' counters ask a maker."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.evidence.errors import NotAnchoredYet
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.lots.repository import LotRepository
from ledger_api.packs.schemas import (
    CheckedPackAnswer,
    LotRefAnswer,
    PackCheckAnswer,
    PackCheckRequest,
    PackQueryAnswer,
    PackQueryRequest,
    ProductAnswer,
)
from ledger_api.packs.service import CheckedPack, PackCheck, PackQuery
from ledger_api.parts import AuditDep, PartsDep
from ledger_api.peers.dependencies import Peer, require_peer
from ledger_api.records.models import StoredRecord
from ledger_api.signing.endpoints import ask_before
from ledger_proofs.bundles import bundle_as_json
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import InstitutionRole
from ledger_web.bodies import StrictRoute
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter()
_of_counters = APIRouter(prefix="/v1/packs", route_class=StrictRoute, tags=["packs"])
_of_peers = APIRouter(prefix="/v1/peer/packs", route_class=StrictRoute, tags=["peers"])

MOST_BUNDLES: Final = 16
"""In one answer: full lots are large. Who asks comes again for more."""
CounterDep = Annotated[Principal, Depends(require(Role.PHARMACIST, Role.INTEGRATION))]
AskingPeerDep = Annotated[Peer, Depends(require_peer(InstitutionRole.PHARMACY, InstitutionRole.HOSPITAL))]


@_of_counters.post(
    "/check",
    summary="Check packs · 核查药品追溯码",
    response_model=PackCheckAnswer,
    responses=problem_responses(400, 401, 403, 409, 413, 415, 422, 503),
)
def check_packs(
    request: PackCheckRequest, principal: CounterDep, parts: PartsDep, once: Once, audit: AuditDep
) -> Response:
    """Say of each pack what its maker, the chain and the calendar know, and what policy makes of it.

    The makers are asked for the lots, whose evidence is verified; a code that can't be read is refused with
    its place.
    """
    queries = [
        PackQuery(
            each.code,
            None if each.product is None else each.product.code_system,
            None if each.product is None else each.product.code,
        )
        for each in request.codes
    ]
    today = datetime.fromtimestamp(parts.clock(), UTC).astimezone(ZoneInfo(parts.settings.zone)).date()
    get_checked = ask_before(lambda: PackCheck(parts).check(principal.institution, queries, today))

    def act() -> PackCheckAnswer:
        checked = get_checked()
        stopped = sum(not each.is_usable for each in checked)
        details: dict[str, str | int] = {"packs": len(checked), "stopped": stopped}
        subject = f"institution:{principal.institution}"
        audit.note(principal.institution, principal.scope, "packs.checked", subject, details)
        return PackCheckAnswer(packs=[build_pack_answer(each) for each in checked])

    return once.answer(200, act)


@_of_peers.post(
    "/query",
    summary="Ask a maker about packs · 向生产企业查询药品",
    responses=problem_responses(400, 401, 403, 404, 413, 415, 422, 503),
)
def query_packs(
    request: PackQueryRequest, peer: AskingPeerDep, parts: PartsDep, http_request: Request
) -> PackQueryAnswer:
    """Answer another institution with the evidence of the lot records that say anything of its packs.

    Whoever asks has the packs' tokens, hence their codes; records that aren't final yet come later.
    """
    tokens = [bytes.fromhex(token[2:]) for token in request.tokens]
    known = {bytes.fromhex(commitment[2:]) for commitment in request.known}
    with parts.database.reading() as session:
        found = LotRepository(session).list_about(peer.recipient, tokens)
    bundles: list[dict[str, Any]] = []
    for record in found:
        if record.commitment not in known and len(bundles) <= MOST_BUNDLES:
            bundles += _disclose(parts, record)
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(http_request))
        details: dict[str, str | int] = {"packs": len(tokens), "bundles": len(bundles)}
        trail.note(peer.recipient, peer.scope, "lot.disclosed", f"institution:{peer.number}", details)
    return PackQueryAnswer(bundles=bundles[:MOST_BUNDLES], has_more=len(bundles) > MOST_BUNDLES)


def build_pack_answer(pack: CheckedPack) -> CheckedPackAnswer:
    """Build the API shape of one checked pack."""
    lot = pack.lot
    return CheckedPackAnswer(
        code=pack.code.canonical,
        form=pack.code.form.value,
        token=to_hex(pack.token),
        verdict=pack.verdict,
        flags=list(pack.flags),
        is_conclusive=pack.is_conclusive,
        product=None
        if lot is None
        else ProductAnswer(
            code_system=lot.code_system,
            code=lot.product_code,
            name=lot.product_name,
            specification=lot.specification,
        ),
        lot=pack.lot_number,
        expires_on=pack.expires_on,
        unit=None if lot is None else lot.unit,
        total_units=pack.total_units,
        used_units=pack.used_units,
        lot_record=None
        if lot is None
        else LotRefAnswer(institution=lot.issuer, id=lot.record_id, commitment=to_hex(lot.commitment)),
    )


def _disclose(parts: PartsDep, record: StoredRecord) -> list[dict[str, Any]]:
    try:
        bundle = disclose_record(parts, record)
    except NotAnchoredYet:
        return []
    return [cast("dict[str, Any]", bundle_as_json(bundle))]


router.include_router(_of_counters)
router.include_router(_of_peers)
