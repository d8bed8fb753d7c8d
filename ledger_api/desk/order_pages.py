"""The one page that a record of any kind is signed on, but for a doctor's drafts, which have theirs.

The page gets nothing of the record from here: what is to be signed waits in the browser's tab, put there by
the page where it was chosen. Its script asks the API to prepare it, recomputes what came back and shows that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from ledger_api.desk import wording
from ledger_api.desk.refusals import NothingToSign
from ledger_api.desk.visitor import DeskRoleMissing, PagesDep, Visitor, VisitorDep
from ledger_api.identity.principal import Role
from ledger_api.network import NetworkMissing
from ledger_api.parts import PartsDep
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix="/desk/sign", route_class=StrictRoute, include_in_schema=False)

SIGNERS: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "reviews": Role.PHARMACIST,
        "dispensings": Role.PHARMACIST,
        "restores": Role.PHARMACIST,
        "refusals": Role.PHARMACIST,
        "voids": Role.DOCTOR,
        "settlements": Role.ADJUDICATOR,
        "reversals": Role.ADJUDICATOR,
        "lots": Role.RELEASER,
        "demands": Role.OFFICER,
        "accesses": Role.CLERK,
    }
)
"""Who signs records of each noun."""


@dataclass(frozen=True)
class OrderPage:
    """The page that a record of this noun is signed on."""

    visitor: Visitor
    noun: str
    draft: None = None
    words: object = wording


@router.get("/{noun}")
def show_signing(
    noun: Annotated[str, Path(pattern=r"^[a-z]{1,20}$")],
    request: Request,
    visitor: VisitorDep,
    parts: PartsDep,
    pages: PagesDep,
) -> Response:
    """Show the page. Raises NothingToSign, DeskRoleMissing or NetworkMissing."""
    role = SIGNERS.get(noun)
    if role is None:
        raise NothingToSign
    if role not in visitor.principal.roles:
        raise DeskRoleMissing([role])
    if parts.deployment is None:
        raise NetworkMissing
    return pages.render(request, "desk/sign.html", OrderPage(visitor, noun), import_map=True)
