"""Signing in at the desk and out again. The session is the API's own; its token lies in a cookie.

The form of the sign-in page takes an institution by its name. `POST /desk/sessions` is its twin for a page
that is open already: somebody whose session ended while she signed goes on where she was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from ledger_api.desk.development import DevelopmentPerson, list_people
from ledger_api.desk.places import DESK_ROLES
from ledger_api.desk.session_cookie import INSTITUTION_COOKIE, give_session, read_desk_path
from ledger_api.desk.visitor import HOME, SIGN_IN, DeskRoleMissing, PagesDep
from ledger_api.identity import signing_in
from ledger_api.identity.dependencies import DESK_COOKIE, PrincipalDep
from ledger_api.identity.models import Institution, Person
from ledger_api.identity.principal import Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.schemas import SignInRequest
from ledger_api.identity.service import IdentityService, SignIn
from ledger_api.parts import AuditDep, Parts, PartsDep, WorkSession
from ledger_web.bodies import RawBody, StrictRoute, takes_body
from ledger_web.errors import ServiceError
from ledger_web.forms import (
    FORM_MEDIA_TYPE,
    clear_session_cookie,
    parse_form,
    verify_same_origin,
)
from ledger_web.problems import request_id_of, status_of

router = APIRouter(prefix="/desk", route_class=StrictRoute, include_in_schema=False)

_MOST_USERNAME = 64
_MOST_PASSWORD = 200


@dataclass(frozen=True)
class SignInPage:
    """What the sign-in page shows: `chosen` is an institution's number as text, `refusal` why it failed."""

    institutions: Sequence[Institution]
    chosen: str
    username: str
    next_path: str
    refusal: ServiceError | None
    development_people: Sequence[DevelopmentPerson]


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    parts: PartsDep,
    pages: PagesDep,
    next_path: Annotated[str, Query(alias="next")] = HOME,
    person: Annotated[str, Query(max_length=_MOST_USERNAME)] = "",
) -> Response:
    """Show the sign-in page; `person` is the user name that stands in it already."""
    chosen = request.cookies.get(INSTITUTION_COOKIE, "")
    page = _build_page(parts, chosen, person, read_desk_path(next_path))
    return pages.render(request, "desk/sign_in.html", page)


@router.post("/sign-in")
@takes_body(media_types=(FORM_MEDIA_TYPE,), strict_json=False)
def sign_in(request: Request, body: RawBody, parts: PartsDep, pages: PagesDep) -> Response:
    """Sign somebody in and lead her to where she wanted; refused, what she typed stays but the password."""
    verify_same_origin(request)
    typed = parse_form(body)
    chosen, username = typed.get("institution", ""), typed.get("username", "").strip()
    next_path = read_desk_path(typed.get("next", HOME))
    try:
        given = SignIn(
            int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 11 else 0,
            username[:_MOST_USERNAME],
            typed.get("password", "")[:_MOST_PASSWORD],
        )
        opened = signing_in.open_session(parts, given, request_id_of(request), _verify_place)
    except ServiceError as refusal:
        page = _build_page(parts, chosen, username, next_path, refusal)
        return pages.render(request, "desk/sign_in.html", page, status=status_of(refusal))
    return give_session(RedirectResponse(next_path, status_code=303), parts, opened)


@router.post("/sessions")
def open_session(sign_in: SignInRequest, request: Request, parts: PartsDep) -> Response:
    """Sign in again from a page that is open. 204, with the cookie."""
    verify_same_origin(request)
    given = SignIn(sign_in.institution, sign_in.username, sign_in.password.get_secret_value())
    opened = signing_in.open_session(parts, given, request_id_of(request), _verify_place)
    return give_session(Response(status_code=204), parts, opened)


@router.post("/sign-out")
def sign_out(principal: PrincipalDep, parts: PartsDep, session: WorkSession, audit: AuditDep) -> Response:
    """End the session. What this browser keeps to sign with stays, encrypted."""
    IdentityService(IdentityRepository(session), audit, parts.clock).end_session(principal)
    session.commit()
    answer = RedirectResponse(SIGN_IN, status_code=303)
    clear_session_cookie(answer, DESK_COOKIE, secure=parts.settings.is_production)
    return answer


def _verify_place(person: Person) -> None:
    if not {Role(role) for role in person.roles} & set(DESK_ROLES):
        raise DeskRoleMissing(DESK_ROLES)


def _build_page(
    parts: Parts, chosen: str, username: str, next_path: str, refusal: ServiceError | None = None
) -> SignInPage:
    with parts.database.reading() as session:
        institutions = IdentityRepository(session).list_institutions()
        people = list_people(parts, session)
    return SignInPage(institutions, chosen, username, next_path, refusal, people)
