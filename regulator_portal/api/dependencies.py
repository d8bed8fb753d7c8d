"""How endpoints and pages come by the portal's parts, a database session, and whoever is asking.

Programs send `Authorization: Bearer <token>`. The portal's own pages send their session cookie, which counts
for a change only if the request comes from a page of this host.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from ledger_web.errors import NotSignedIn
from ledger_web.forms import verify_same_origin
from ledger_web.problems import request_id_of
from regulator_portal.audit.service import AuditTrail
from regulator_portal.idempotency.once import OnceOnly
from regulator_portal.identity.principal import Principal, Role
from regulator_portal.identity.service import authenticate, verify_role
from regulator_portal.parts import Parts
from regulator_portal.verification.service import Asked

SESSION_COOKIE: Final = "rxledger_portal"

_bearer = HTTPBearer(auto_error=False, description="A session token from POST /v1/sessions.")


async def get_parts(request: Request) -> Parts:
    """Return the parts of the application that answers this request. Async: it needs no thread."""
    parts = request.app.state.parts
    if not isinstance(parts, Parts):
        raise TypeError("the application was not made by build_app")
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]


def _open_reading_session(parts: PartsDep) -> Iterator[Session]:
    with parts.database.reading() as session:
        yield session


ReadSession = Annotated[Session, Depends(_open_reading_session, scope="function")]
"""A session for reading; closed before the answer is sent."""


def get_principal(
    request: Request,
    parts: PartsDep,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who is asking. Raises as `get_sender`."""
    return get_sender(request, parts)


def get_sender(request: Request, parts: Parts) -> Principal:
    """Return whom the bearer token, or else the cookie, belongs to.

    Raises NotSignedIn, TokenInvalid or CrossSiteRequest.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return authenticate(parts.database, parts.clock, bearer.strip())
    token = request.cookies.get(SESSION_COOKIE)
    if token is None:
        raise NotSignedIn(
            "Send `Authorization: Bearer <token>`; POST /v1/sessions gives you one.",
            "请发送 `Authorization: Bearer <token>`；可由 POST /v1/sessions 取得。",
        )
    principal = authenticate(parts.database, parts.clock, token)
    verify_same_origin(request)
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]
"""Any signed-in auditor."""


async def _verify_admin(principal: PrincipalDep) -> Principal:
    verify_role(principal, Role.ADMIN)
    return principal


AdminDep = Annotated[Principal, Depends(_verify_admin)]
"""A signed-in auditor with the admin role."""


async def get_once(request: Request) -> OnceOnly:
    """Return what remembers answered requests."""
    once = request.app.state.once
    if not isinstance(once, OnceOnly):
        raise TypeError("the application was not made by build_app")
    return once


OnceDep = Annotated[OnceOnly, Depends(get_once)]


def open_trail(session: Session, parts: Parts, request: Request) -> AuditTrail:
    """Build the audit trail of a unit of work of this request."""
    return AuditTrail(session, parts.clock, request_id_of(request))


def asked_by(principal: Principal, request: Request) -> Asked:
    """Say who asks for a verification, in which request."""
    return Asked(principal.scope, request_id_of(request))
