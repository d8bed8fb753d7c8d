"""Signing in, signing out, and who am I."""

from fastapi import APIRouter, Request, Response

from ledger_api.identity import signing_in
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.identity.models import Person
from ledger_api.identity.principal import Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.schemas import PersonAnswer, PrincipalAnswer, SessionAnswer, SignInRequest
from ledger_api.identity.service import IdentityService, SignIn
from ledger_api.parts import AuditDep, PartsDep, WorkSession
from ledger_web.bodies import StrictRoute
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/sessions", route_class=StrictRoute, tags=["sessions"])


@router.post(
    "",
    status_code=201,
    summary="Sign in · 登录",
    responses=problem_responses(400, 401, 413, 415, 422, 429, 503),
)
def open_session(sign_in: SignInRequest, parts: PartsDep, request: Request) -> SessionAnswer:
    """Sign a person in.

    It takes no Idempotency-Key: every call opens a session of its own, and its token is stored nowhere.
    """
    given = SignIn(sign_in.institution, sign_in.username, sign_in.password.get_secret_value())
    opened = signing_in.open_session(parts, given, request_id_of(request))
    return SessionAnswer(
        token=opened.token, expires_at=opened.expires_at, person=build_person_answer(opened.person)
    )


@router.get("/current", summary="Who am I? · 当前身份", responses=problem_responses(401))
def read_current_session(principal: PrincipalDep) -> PrincipalAnswer:
    """Say whom the token belongs to."""
    return PrincipalAnswer(
        kind=principal.kind, id=principal.id, institution=principal.institution, roles=sorted(principal.roles)
    )


@router.delete("/current", status_code=204, summary="Sign out · 退出", responses=problem_responses(401))
def end_current_session(
    principal: PrincipalDep, parts: PartsDep, session: WorkSession, audit: AuditDep
) -> Response:
    """End the session that the request came with."""
    IdentityService(IdentityRepository(session), audit, parts.clock).end_session(principal)
    session.commit()
    return Response(status_code=204)


def build_person_answer(person: Person) -> PersonAnswer:
    """Build the API shape of a person."""
    return PersonAnswer(
        id=person.id,
        institution=person.institution,
        username=person.username,
        display_name=person.display_name,
        roles=[Role(role) for role in person.roles],
        practitioner_code=person.practitioner_code,
        signing_address=person.signing_address,
    )
