"""One's own institution: its log and the deployment whose domain signatures are made for."""

from fastapi import APIRouter

from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.identity.institution_schemas import ContractsAnswer, DomainAnswer, InstitutionAnswer
from ledger_api.identity.repository import IdentityRepository
from ledger_api.keystore.errors import KeyMissing
from ledger_api.parts import Parts, PartsDep, ReadSession
from ledger_chain.deployment import Deployment
from ledger_proofs.eip712 import DOMAIN_NAME, DOMAIN_VERSION
from ledger_proofs.types import log_id
from ledger_web.bodies import StrictRoute
from ledger_web.errors import NotFound
from ledger_web.problems import problem_responses

router = APIRouter(prefix="/v1/institution", route_class=StrictRoute, tags=["institution"])


@router.get("", summary="My institution · 本机构", responses=problem_responses(401))
def read_institution(principal: PrincipalDep, parts: PartsDep, session: ReadSession) -> InstitutionAnswer:
    """Describe the institution of whoever asks.

    A signing client compares this with the profile that it was given at enrolment, and doesn't trust it
    blindly.
    """
    found = IdentityRepository(session).find_institution(principal.institution)
    if found is None:
        raise NotFound("Your institution is not on this gateway.", "该网关上没有您所属的机构。")
    deployment = parts.deployment
    return InstitutionAnswer(
        number=found.number,
        name_zh=found.name_zh,
        name_en=found.name_en,
        roles=found.roles,
        log=log_id(found.number, found.log_generation),
        anchoring_account=_find_anchoring_account(parts, found.number),
        domain=None if deployment is None else _build_domain(deployment),
        contracts=None if deployment is None else _build_contracts(deployment),
        genesis_hash=None if deployment is None else _hex(deployment.genesis_hash),
    )


def _find_anchoring_account(parts: Parts, institution: int) -> str | None:
    try:
        return _hex(parts.anchoring_keys.anchoring_address(institution))
    except KeyMissing:
        return None


def _build_domain(deployment: Deployment) -> DomainAnswer:
    return DomainAnswer(
        name=DOMAIN_NAME,
        version=DOMAIN_VERSION,
        chain_id=deployment.chain_id,
        verifying_contract=_hex(deployment.claim_register),
    )


def _build_contracts(deployment: Deployment) -> ContractsAnswer:
    return ContractsAnswer(
        authority=_hex(deployment.authority),
        directory=_hex(deployment.directory),
        checkpoint_log=_hex(deployment.checkpoint_log),
        claim_register=_hex(deployment.claim_register),
    )


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
