"""Signing in and out by browser."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from ledger_web.errors import NotSignedIn, ServiceError, TooMany, Unavailable
from ledger_web.forms import clear_session_cookie, read_next_path, set_session_cookie, verify_same_origin
from ledger_web.passwords import MAX_PASSWORD_CHARACTERS
from ledger_web.problems import status_of
from regulator_portal.api.dependencies import SESSION_COOKIE, PartsDep, open_trail
from regulator_portal.api.sessions import sign_in_auditor
from regulator_portal.identity.errors import CredentialsWrong
from regulator_portal.identity.repository import IdentityRepository
from regulator_portal.identity.service import IdentityService
from regulator_portal.pages.forms import read_form
from regulator_portal.pages.site import SIGN_IN, SIGN_OUT, AuditorDep, PagesDep

MAX_USERNAME_CHARACTERS = 64
router = APIRouter()


@dataclass(frozen=True)
class SignInPage:
    """The sign-in form: where to go afterwards, what was typed, and why it was refused, if it was."""

    next_path: str
    username: str = ""
    refusal: ServiceError | None = None


@router.get(SIGN_IN)
def show_sign_in(
    request: Request, pages: PagesDep, next_path: Annotated[str | None, Query(alias="next")] = None
) -> Response:
    """Show the form."""
    return pages.render(request, "sign_in.html", SignInPage(read_next_path(next_path, "/")))


@router.post(SIGN_IN)
async def sign_in(request: Request, pages: PagesDep, parts: PartsDep) -> Response:
    """Sign in, and go on to the page that was wanted."""
    verify_same_origin(request)
    form = await read_form(request)
    next_path = read_next_path(form.text("next"), "/")
    username, password = form.text("username"), form.fields.get("password", "")
    try:
        if (
            not 0 < len(username) <= MAX_USERNAME_CHARACTERS
            or not 0 < len(password) <= MAX_PASSWORD_CHARACTERS
        ):
            raise CredentialsWrong("Fill in both, and try again.", "请填写两项后重试。")
        opened = await run_in_threadpool(sign_in_auditor, parts, request, username, password)
    except (NotSignedIn, TooMany, Unavailable) as refusal:
        page = SignInPage(next_path, username[:MAX_USERNAME_CHARACTERS], refusal)
        answer = pages.render(request, "sign_in.html", page, status=status_of(refusal))
        if refusal.retry_after_seconds is not None:
            answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return answer
    leave = RedirectResponse(next_path, status_code=303)
    set_session_cookie(
        leave,
        SESSION_COOKIE,
        opened.token,
        max_age=parts.settings.session_hours * 3600,
        secure=parts.settings.is_production,
    )
    return leave


@router.post(SIGN_OUT)
def sign_out(request: Request, auditor: AuditorDep, parts: PartsDep) -> Response:
    """End the session, and forget it in the browser."""
    with parts.database.writing() as session:
        trail = open_trail(session, parts, request)
        IdentityService(IdentityRepository(session), trail, parts.clock).end_session(auditor)
    leave = RedirectResponse(SIGN_IN, status_code=303)
    clear_session_cookie(leave, SESSION_COOKIE, secure=parts.settings.is_production)
    return leave
