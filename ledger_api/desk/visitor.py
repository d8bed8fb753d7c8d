"""Who sits at the desk: a signed-in member of staff with names, for every page; and where the pages lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ledger_api.desk.places import DESK_ROLES, HOME, ROLE_NAMES_ZH, list_places
from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.service import OPEN
from ledger_api.drafts.visibility import visible_to
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.identity.errors import RoleMissing
from ledger_api.identity.models import Institution, Person
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.parts import Parts, PartsDep
from ledger_web.errors import NotSignedIn
from ledger_web.pages import NavItem, Pages

__all__ = ["HOME", "SIGN_IN", "SIGN_OUT"]

SIGN_IN = "/desk/sign-in"
SIGN_OUT = "/desk/sign-out"


class DeskRoleMissing(RoleMissing):
    """Somebody whose account has no business on this page."""

    code = "desk-role-missing"
    title = "This page is for others"
    title_zh = "此页面供其他角色使用"

    def __init__(self, roles: Sequence[Role]) -> None:
        names, names_zh = ", ".join(roles), "、".join(ROLE_NAMES_ZH[role] for role in roles)
        super().__init__(
            f"It is for: {names}. Sign in with such an account, or ask your administrator.",
            f"仅供以下角色使用：{names_zh}。请使用相应账户登录，或联系管理员。",
        )


@dataclass(frozen=True)
class Visitor:
    """Somebody at the desk. `open_drafts` is how many wait for a doctor; 0 for everybody else."""

    principal: Principal
    person: Person
    institution: Institution
    open_drafts: int

    @property
    def signing_address(self) -> str | None:
        """The address of the registered key, 0x and lower-case hex."""
        return self.person.signing_address

    @property
    def can_sign(self) -> bool:
        """Whether a key and a practitioner's code are registered for this person."""
        return self.person.signing_address is not None and self.person.practitioner_code is not None


def visitor_with(*roles: Role) -> Callable[[Request, Principal, Parts], Visitor]:
    """Build a dependency that lets only people with at least one of `roles` to a page."""

    def get_visitor(request: Request, principal: PrincipalDep, parts: PartsDep) -> Visitor:
        """Return who sits at the desk. Raises NotSignedIn or DeskRoleMissing."""
        if principal.kind != "person" or not principal.has_any(roles):
            raise DeskRoleMissing(roles)
        with parts.database.reading() as session:
            identity = IdentityRepository(session)
            person = identity.find_person(principal.id)
            institution = identity.find_institution(principal.institution)
            drafts = 0
            if Role.DOCTOR in principal.roles:
                drafts = DraftRepository(session).count(principal.institution, visible_to(principal), OPEN)
        if person is None or institution is None:
            raise NotSignedIn(
                "Your account is gone. Ask your administrator.", "您的账户已不存在，请联系管理员。"
            )
        visitor = Visitor(principal, person, institution, drafts)
        request.state.visitor = visitor
        request.state.principal_name = person.display_name
        return visitor

    return get_visitor


VisitorDep = Annotated[Visitor, Depends(visitor_with(*DESK_ROLES))]
"""Anybody who has a place at the desk."""
DoctorVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.DOCTOR))]
PharmacistVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.PHARMACIST))]
AdjudicatorVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.ADJUDICATOR))]
ReleaserVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.RELEASER))]
OfficerVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.OFFICER))]
ClerkVisitorDep = Annotated[Visitor, Depends(visitor_with(Role.CLERK))]


def list_navigation(request: Request) -> Sequence[NavItem]:
    """List where this person can go; nothing before she has signed in."""
    visitor = getattr(request.state, "visitor", None)
    if not isinstance(visitor, Visitor):
        return ()
    return list_places(visitor.principal.roles, visitor.institution.roles, visitor.open_drafts)


def _get_pages(request: Request) -> Pages:
    pages = request.app.state.desk_pages
    if not isinstance(pages, Pages):
        raise TypeError("the application was not made by build_app")
    return pages


PagesDep = Annotated[Pages, Depends(_get_pages)]
