"""Dispensings over HTTP: prepare, sign (record and code on the pharmacist's own machine), submit, follow."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.dispenses.presenting import list_to_sign
from ledger_api.dispenses.schemas import (
    DispensingPrepareAnswer,
    DispensingRequest,
    DispensingSubmitRequest,
)
from ledger_api.dispenses.service import DISPENSINGS, Dispensing, consider, get_plan
from ledger_api.dispenses.standing import verify_still_unused
from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.packs.schemas import CheckedPackAnswer
from ledger_api.signing.answers import build_prepare_answer
from ledger_api.signing.endpoints import (
    WRITING_REFUSALS,
    Signing,
    add_reading_routes,
    ask_before,
    signing_of,
)
from ledger_api.signing.schemas import IssuedAnswer
from ledger_api.signing.service import Issued, Prepared
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.eip712 import Domain
from ledger_proofs.types import JsonValue
from ledger_proofs.uses import parse_use
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=DISPENSINGS.path, route_class=StrictRoute, tags=["dispensings"])

SigningDep = Annotated[Signing, Depends(signing_of(DISPENSINGS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a dispensing for signing · 准备待签发药",
    response_model=DispensingPrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: DispensingRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record of what is handed over, in which packs and at what price, and say what to sign.

    The prescriptions are those that your institution fetched, or your hospital's own, and need its approving
    review. Whatever the chain would refuse and can be known now is refused now. `presentations_to_sign` are
    for the keys in the patient's code: your client recomputes the use hash from the record and signs.
    """
    parts, tenant = signing.parts, signing.principal.institution
    get_considered = ask_before(lambda: consider(parts, tenant, request))
    dispensing = Dispensing(signing.service, signing.session)
    return signing.prepare_once(
        once, lambda pharmacist: dispensing.prepare(pharmacist, get_considered()), _build_answer
    )


@router.post(
    "",
    status_code=201,
    summary="Submit a signed dispensing · 提交已签发药",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: DispensingSubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the pharmacist's signature and the presentations, and use the claims on the chain.

    Hand over only when `act.outcome` is `done`: follow it by GET. Where it is `refused`, somebody else was
    first or something doesn't hold; sign a refusal then. The same signatures again give the same dispensing.
    """
    get_standing = ask_before(lambda: verify_still_unused(signing, request.preparation_id))
    dispensing = Dispensing(signing.service, signing.session)
    return signing.submit_once(once, request, _spend_after(get_standing, dispensing, signing, request))


def _spend_after(
    get_standing: Callable[[], None],
    dispensing: Dispensing,
    signing: Signing,
    request: DispensingSubmitRequest,
) -> Callable[[Issued], None]:
    def spend(issued: Issued) -> None:
        get_standing()
        dispensing.enqueue(signing.parts, issued, request.presentations)

    return spend


def _build_answer(prepared: Prepared, domain: Domain) -> DispensingPrepareAnswer:
    use = parse_use(prepared.opened.record.body["use"])
    packs = prepared.context["packs"]
    return DispensingPrepareAnswer(
        **build_prepare_answer(prepared, domain).model_dump(),
        presentations_to_sign=list_to_sign(get_plan(prepared.context), use, prepared.commitment),
        packs=[_read_pack(each) for each in packs] if isinstance(packs, list) else [],
    )


def _read_pack(value: JsonValue) -> CheckedPackAnswer:
    return CheckedPackAnswer.model_validate_json(canonical_bytes(value))


add_reading_routes(router, DISPENSINGS)
add_bundle_route(router, DISPENSINGS)
