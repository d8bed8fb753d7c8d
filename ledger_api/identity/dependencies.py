"""Who the request comes from, as a dependency: `principal: PrincipalDep`, or with roles by `require`.

A program sends its token in the Authorization header. The desk's pages send it as a cookie, which a browser
adds by itself: a request that changes something then also has to come from a page of this host.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ledger_api.identity.errors import RoleMissing, TokenInvalid
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.service import MACHINE_TOKEN, find_principal
from ledger_api.parts import Parts, PartsDep
from ledger_web.errors import NotSignedIn
from ledger_web.forms import verify_same_origin

DESK_COOKIE = "rxledger_desk"
"""The cookie that holds the session token of a person at the desk's pages."""

_bearer = HTTPBearer(
    auto_error=False,
    description="A session token from POST /v1/sessions, or a machine client's `rxm_<id>_<secret>`.",
)


def get_principal(
    request: Request,
    parts: PartsDep,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who sends this request. Raises as `get_sender`."""
    return get_sender(request, parts)


def get_sender(request: Request, parts: Parts) -> Principal:
    """Return whom the bearer token, or else the desk's cookie, belongs to.

    Raises NotSignedIn, TokenInvalid, or CrossSiteRequest where a cookie alone would authorise a change.
    """
    bearer = find_bearer_token(request.headers.get("authorization", ""))
    token = request.cookies.get(DESK_COOKIE)
    if bearer is not None or token is None:
        return authenticate(parts, bearer)
    verify_same_origin(request)
    try:
        return authenticate(parts, None if MACHINE_TOKEN.fullmatch(token) else token)
    except NotSignedIn:
        raise NotSignedIn("Your session is over. Sign in again.", "会话已结束，请重新登录。") from None


def authenticate(parts: Parts, token: str | None) -> Principal:
    """Return whom a token belongs to. Raises NotSignedIn or TokenInvalid.

    It reads in a session of its own, closed at once, so that no request holds two connections.
    """
    if not token:
        raise NotSignedIn(
            "Send `Authorization: Bearer <token>`; POST /v1/sessions gives you one.",
            "请发送 `Authorization: Bearer <token>`；可由 POST /v1/sessions 取得。",
        )
    with parts.database.reading() as session:
        principal = find_principal(IdentityRepository(session), token, parts.clock())
    if principal is None:
        raise TokenInvalid(
            "It is unknown, expired or ended. Sign in again.", "令牌未知、已过期或已结束，请重新登录。"
        )
    return principal


def find_bearer_token(authorization: str) -> str | None:
    """Find the token in an Authorization header (RFC 6750 2.1)."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


PrincipalDep = Annotated[Principal, Depends(get_principal)]
"""Any signed-in person or machine client."""


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """Build a dependency that lets only principals with at least one of `roles` through."""

    async def verify_role(principal: PrincipalDep) -> Principal:
        if not principal.has_any(roles):
            needed = ", ".join(roles)
            raise RoleMissing(
                f"This needs one of these roles: {needed}. Ask your administrator.",
                f"此操作需要以下角色之一：{needed}。请联系管理员。",
            )
        return principal

    return verify_role


DoctorDep = Annotated[Principal, Depends(require(Role.DOCTOR))]
AdminDep = Annotated[Principal, Depends(require(Role.ADMIN))]
