"""The holder's view over HTTP: no account, the code alone; failures are throttled."""

from fastapi import APIRouter, Request

from ledger_api.audit.service import AuditTrail
from ledger_api.holder_view.errors import CodeNotGood, HolderThrottled
from ledger_api.holder_view.schemas import HolderView, HolderViewRequest
from ledger_api.holder_view.service import build_view
from ledger_api.parts import PartsDep
from ledger_web.bodies import StrictRoute
from ledger_web.problems import problem_responses, request_id_of
from ledger_web.throttle import SignInThrottled

router = APIRouter(prefix="/v1/holder", route_class=StrictRoute, tags=["holder"])


@router.post(
    "/view",
    summary="See a prescription by its code · 凭取药码查看处方",
    responses=problem_responses(400, 403, 413, 415, 422, 429, 503),
)
def view(request: HolderViewRequest, parts: PartsDep, http: Request) -> HolderView:
    """Show whoever has a hand-over code its drugs, how its claims stand on the chain, and who read it.

    Send reading presentations (protocol 13) with spender 0. Nothing of the patient is shown. It changes
    nothing but the audit trail, and takes no Idempotency-Key.
    """
    sender = http.client.host if http.client else "unknown"
    account = f"holder:{sender}:{request.institution}:{request.id}"
    try:
        with parts.throttle.trying(account):
            found = build_view(parts, request)
    except SignInThrottled as wait:
        raise HolderThrottled(wait.retry_after_seconds or 1) from None
    except CodeNotGood:
        parts.throttle.note_failure(account)
        raise
    parts.throttle.note_success(account)
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id_of(http)).note(
            request.institution,
            "holder:code",
            "prescription.viewed",
            f"prescription:{request.id}",
            {"window": request.window, "claims": len(found.claims)},
        )
    return found
