"""Who sits at the desk: a signed-in doctor with her names, for every page; and where her pages lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.service import OPEN
from ledger_api.drafts.visibility import visible_to
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.identity.errors import RoleMissing
from ledger_api.identity.models import Institution, Person
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.parts import PartsDep
from ledger_web.errors import NotSignedIn
from ledger_web.pages import NavItem, Pages

HOME = "/desk"
SIGN_IN = "/desk/sign-in"
SIGN_OUT = "/desk/sign-out"


class NotADoctor(RoleMissing):
    """Somebody else's account: the desk is the doctors'."""

    code = "not-a-doctor"
    title = "The desk is for doctors"
    title_zh = "工作台仅供医师使用"

    def __init__(self) -> None:
        super().__init__(
            "This account holds no doctor's role. Sign in with a doctor's, or ask your administrator.",
            "该账户没有医师角色。请使用医师账户登录，或联系管理员。",
        )


@dataclass(frozen=True)
class Visitor:
    """A doctor at her desk. `open_drafts` is how many wait for her."""

    principal: Principal
    person: Person
    institution: Institution
    open_drafts: int

    @property
    def signing_address(self) -> str | None:
        """The address of her registered key, 0x and lower-case hex."""
        return self.person.signing_address

    @property
    def can_prescribe(self) -> bool:
        """Whether a key and a practitioner's code are registered for her."""
        return self.person.signing_address is not None and self.person.practitioner_code is not None


def get_visitor(request: Request, principal: PrincipalDep, parts: PartsDep) -> Visitor:
    """Return who sits at the desk. Raises NotSignedIn or NotADoctor."""
    if Role.DOCTOR not in principal.roles:
        raise NotADoctor
    with parts.database.reading() as session:
        identity = IdentityRepository(session)
        person = identity.find_person(principal.id)
        institution = identity.find_institution(principal.institution)
        drafts = DraftRepository(session).count(principal.institution, visible_to(principal), OPEN)
    if person is None or institution is None:
        raise NotSignedIn("Your account is gone. Ask your administrator.", "您的账户已不存在，请联系管理员。")
    visitor = Visitor(principal, person, institution, drafts)
    request.state.visitor = visitor
    request.state.principal_name = person.display_name
    return visitor


VisitorDep = Annotated[Visitor, Depends(get_visitor)]


def list_navigation(request: Request) -> Sequence[NavItem]:
    """List where a doctor can go; nothing before she has signed in."""
    visitor = getattr(request.state, "visitor", None)
    if not isinstance(visitor, Visitor):
        return ()
    return (
        NavItem(HOME, ("Desk", "工作台"), "home"),
        NavItem("/desk/prescriptions/new", ("Write", "开处方"), "writing"),
        NavItem("/desk/drafts", ("To sign", "待签草稿"), "signature", visitor.open_drafts or None),
        NavItem("/desk/prescriptions", ("Prescriptions", "处方"), "file-text"),
        NavItem("/desk/browser", ("This browser", "本浏览器"), "key"),
    )


def _get_pages(request: Request) -> Pages:
    pages = request.app.state.desk_pages
    if not isinstance(pages, Pages):
        raise TypeError("the application was not made by build_app")
    return pages


PagesDep = Annotated[Pages, Depends(_get_pages)]
