"""Signing in and out for programs, and who am I."""

from fastapi import APIRouter, Request, Response
from pydantic import Field, SecretStr

from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.passwords import MAX_PASSWORD_CHARACTERS
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, open_trail
from regulator_portal.identity.errors import CredentialsWrong
from regulator_portal.identity.principal import Role
from regulator_portal.identity.repository import IdentityRepository
from regulator_portal.identity.service import IdentityService, OpenedSession, verify_password
from regulator_portal.parts import Parts

router = APIRouter(prefix="/v1/sessions", route_class=StrictRoute, tags=["sessions"])


class SignInRequest(ApiModel):
    """What an auditor signs in with."""

    username: str = Field(min_length=1, max_length=64, examples=["auditor-wu"])
    password: SecretStr = Field(min_length=1, max_length=MAX_PASSWORD_CHARACTERS, examples=["a long phrase"])


class AuditorAnswer(ApiModel):
    """Who is signed in."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    display_name: str = Field(examples=["吴敏"])
    roles: list[Role] = Field(examples=[["auditor"]])


class SessionAnswer(ApiModel):
    """A new session. The token is shown this once."""

    token: str = Field(examples=["0" * 64])
    expires_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    auditor: AuditorAnswer


@router.post(
    "",
    status_code=201,
    summary="Sign in · 登录",
    responses=problem_responses(400, 401, 413, 415, 422, 429, 503),
)
def open_session(sign_in: SignInRequest, parts: PartsDep, request: Request) -> SessionAnswer:
    """Sign an auditor in.

    It takes no Idempotency-Key: every call opens a session of its own, and its token is stored nowhere.
    """
    opened = sign_in_auditor(parts, request, sign_in.username, sign_in.password.get_secret_value())
    auditor = opened.auditor
    answer = AuditorAnswer(
        id=auditor.id, display_name=auditor.display_name, roles=[Role(role) for role in auditor.roles]
    )
    return SessionAnswer(token=opened.token, expires_at=opened.expires_at, auditor=answer)


@router.get("/current", summary="Who am I? · 当前身份", responses=problem_responses(401))
def read_current_session(principal: PrincipalDep) -> AuditorAnswer:
    """Say whom the token belongs to."""
    return AuditorAnswer(id=principal.id, display_name=principal.display_name, roles=sorted(principal.roles))


@router.delete("/current", status_code=204, summary="Sign out · 退出", responses=problem_responses(401, 403))
def end_current_session(principal: PrincipalDep, parts: PartsDep, request: Request) -> Response:
    """End the session that the request came with."""
    with parts.database.writing() as session:
        trail = open_trail(session, parts, request)
        IdentityService(IdentityRepository(session), trail, parts.clock).end_session(principal)
    return Response(status_code=204)


def sign_in_auditor(parts: Parts, request: Request, username: str, password: str) -> OpenedSession:
    """Verify a password and open a session, for the API and the page alike.

    Raises CredentialsWrong, SignInThrottled or SignInBusy. The hash is computed outside any unit of work. A
    refusal of somebody who exists is noted; others leave no trace that a guesser could fill up.
    """
    try:
        with parts.database.reading() as reading:
            auditor = verify_password(
                IdentityRepository(reading), parts.passwords, parts.throttle, username, password
            )
    except CredentialsWrong:
        parts.metrics.sign_in_refusals.labels("credentials").inc()
        _note_refusal(parts, request, username)
        raise
    with parts.database.writing() as session:
        trail = open_trail(session, parts, request)
        service = IdentityService(IdentityRepository(session), trail, parts.clock)
        return service.open_session(auditor, parts.settings.session_hours * 3600)


def _note_refusal(parts: Parts, request: Request, username: str) -> None:
    with parts.database.writing() as session:
        auditor = IdentityRepository(session).find_auditor(username)
        if auditor is not None:
            subject = f"auditor:{auditor.id}"
            open_trail(session, parts, request).note(subject, "session.refused", subject)
