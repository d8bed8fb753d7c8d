"""Being one of the invented people of a development stack, with one click: for trying all roles.

Only where the operator named a folder of development credentials; production refuses to start with one. The
PIN of a keyfile is not asked for here: signing takes it, as everywhere.

Nobody but this machine's own browser may do so: a page whose name was made to point here (DNS rebinding) is
of the same origin as the gateway that it reaches, so the name itself must be one of a loopback address (RFC
6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session
from starlette.responses import RedirectResponse

from ledger_api.desk.places import DESK_ROLES, ROLE_NAMES_ZH
from ledger_api.desk.session_cookie import give_session, read_desk_path
from ledger_api.desk.visitor import VisitorDep
from ledger_api.identity import signing_in
from ledger_api.identity.principal import Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.service import SignIn
from ledger_api.parts import Parts, PartsDep
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_web.bodies import RawBody, StrictRoute, takes_body
from ledger_web.errors import NotAllowed, NotFound
from ledger_web.forms import FORM_MEDIA_TYPE, parse_form, verify_same_origin
from ledger_web.problems import request_id_of

router = APIRouter(prefix="/desk/development", route_class=StrictRoute, include_in_schema=False)

PEOPLE_FILE: Final = "people.json"
MAX_FILE_BYTES: Final = 65_536


class NotInDevelopment(NotFound):
    """No credentials lie at hand: the gateway wasn't started for development, or has none of this person."""

    code = "development-credentials-missing"
    title = "No development credentials"
    title_zh = "没有开发用凭据"

    def __init__(self) -> None:
        super().__init__(
            "This gateway has no development credentials of that person. Sign in with a password, and choose"
            " your own files.",
            "本网关没有此人的开发用凭据。请用密码登录，并选择您自己的文件。",
        )


class NotThisMachine(NotAllowed):
    """The request names a host that isn't this machine by a loopback name or address."""

    code = "development-host-foreign"
    title = "Only this machine may use development credentials"
    title_zh = "开发用凭据仅限本机使用"

    def __init__(self) -> None:
        super().__init__(
            "Open the gateway as localhost, 127.0.0.1 or [::1], on the machine where it runs.",
            "请在网关所在的机器上，以 localhost、127.0.0.1 或 [::1] 打开网关。",
        )


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    institution: int
    username: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")
    role: Annotated[Role, Field(strict=False)]


class _PeopleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    format: Literal["rxledger.development-people/1"]
    people: list[_Listed] = Field(max_length=1_000)


@dataclass(frozen=True)
class DevelopmentPerson:
    """Somebody whom a visitor of a development stack may be."""

    institution: int
    institution_en: str
    institution_zh: str
    username: str
    name: str
    role_en: str
    role_zh: str


def list_people(parts: Parts, session: Session) -> Sequence[DevelopmentPerson]:
    """List who can be played at this gateway, in the order of the file; nobody where it isn't there."""
    identity = IdentityRepository(session)
    found = []
    for listed in _read_people(parts.settings.development_credentials):
        person = identity.find_person_by_username(listed.institution, listed.username)
        institution = identity.find_institution(listed.institution)
        if person is None or institution is None or listed.role not in DESK_ROLES:
            continue
        found.append(
            DevelopmentPerson(
                listed.institution,
                institution.name_en,
                institution.name_zh,
                listed.username,
                person.display_name,
                listed.role.value,
                ROLE_NAMES_ZH[listed.role],
            )
        )
    return found


@router.post("/sign-in")
@takes_body(media_types=(FORM_MEDIA_TYPE,), strict_json=False)
def sign_in(request: Request, body: RawBody, parts: PartsDep) -> Response:
    """Sign in as one of the invented people, by the password that lies in their folder."""
    verify_this_machine(request)
    verify_same_origin(request)
    typed = parse_form(body)
    chosen = [
        listed
        for listed in _read_people(parts.settings.development_credentials)
        if (str(listed.institution), listed.username) == (typed.get("institution"), typed.get("username"))
    ]
    if not chosen:
        raise NotInDevelopment
    password = _read(parts, chosen[0].username, "password").strip()
    given = SignIn(chosen[0].institution, chosen[0].username, password)
    opened = signing_in.open_session(parts, given, request_id_of(request))
    return give_session(RedirectResponse(read_desk_path(typed.get("next")), status_code=303), parts, opened)


@router.get("/key")
def read_key(request: Request, visitor: VisitorDep, parts: PartsDep) -> Response:
    """Give the signed-in person's own keyfile, encrypted as it is, and profile to her browser."""
    verify_this_machine(request)
    listed = {
        (each.institution, each.username) for each in _read_people(parts.settings.development_credentials)
    }
    username = visitor.person.username
    if (visitor.institution.number, username) not in listed:
        raise NotInDevelopment
    content = {
        "keyfile": _read(parts, username, "key.json"),
        "profile": _read(parts, username, "profile.json"),
    }
    return Response(json.dumps(content), media_type="application/json", headers={"Cache-Control": "no-store"})


def verify_this_machine(request: Request) -> None:
    """Refuse a request that reached this machine by another name than its own. Raises NotThisMachine."""
    try:
        name = urlsplit("//" + request.headers.get("host", "")).hostname or ""
        is_own = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        is_own = False
    if not is_own:
        raise NotThisMachine


def has_key(parts: Parts, username: str) -> bool:
    """Whether this person's keyfile and profile lie at hand."""
    folder = parts.settings.development_credentials
    return folder is not None and all(
        (folder / username / name).is_file() for name in ("key.json", "profile.json")
    )


def _read_people(folder: Path | None) -> Sequence[_Listed]:
    if folder is None:
        return ()
    try:
        content = parse_json((folder / PEOPLE_FILE).read_bytes(), max_bytes=MAX_FILE_BYTES)
        return _PeopleFile.model_validate(content).people
    except (OSError, LedgerProofError, ValidationError):
        return ()


def _read(parts: Parts, username: str, name: str) -> str:
    folder = parts.settings.development_credentials
    if folder is None:
        raise NotInDevelopment
    try:
        return (folder / username / name).read_text(encoding="utf-8")[:MAX_FILE_BYTES]
    except OSError:
        raise NotInDevelopment from None
