"""What every page of the portal shares: the kit, the navigation, and who may see it.

Every page but the sign-in page needs a session. A guard reads the cookie, refuses what another site sent, and
leaves in `request.state` what the frame of the page shows: the auditor's name and how many findings are open.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from ledger_web.errors import NotSignedIn
from ledger_web.forms import verify_same_origin
from ledger_web.pages import NavItem, Pages
from regulator_portal.api.dependencies import SESSION_COOKIE, PartsDep
from regulator_portal.findings.service import FindingRepository
from regulator_portal.identity.errors import TokenInvalid
from regulator_portal.identity.principal import Principal, Role
from regulator_portal.identity.service import authenticate, verify_role
from regulator_portal.parts import Parts

Both = tuple[str, str]
"""A text in English and in Chinese."""
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
ROWS_A_PAGE = 50


def build_pages(parts: Parts) -> Pages:
    """Make the kit for this portal."""
    return Pages(
        "regulator_portal",
        title=("Regulator's portal", "监管门户"),
        navigation=list_navigation,
        zone=parts.settings.zone,
        development=not parts.settings.is_production,
        sign_in=SIGN_IN,
        sign_out=SIGN_OUT,
        clock=parts.clock,
    )


def list_navigation(request: Request) -> Sequence[NavItem]:
    """List what the signed-in auditor may open; nothing for strangers."""
    principal = getattr(request.state, "principal", None)
    if not isinstance(principal, Principal):
        return ()
    items = [
        NavItem("/", ("Overview", "总览"), "home"),
        NavItem("/settlements", ("Settlements", "结算"), "report-money"),
        NavItem("/dispensings", ("Dispensings", "发药"), "pill"),
        NavItem("/verify", ("Verify", "核验"), "shield-check"),
        NavItem("/findings", ("Findings", "发现"), "flag", request.state.open_findings),
        NavItem("/jobs", ("Jobs", "任务"), "activity"),
    ]
    if Role.ADMIN in principal.roles:
        items.append(NavItem("/audit", ("Audit", "操作审计"), "clipboard-list"))
    return items


def get_auditor(request: Request, parts: PartsDep) -> Principal:
    """Return the signed-in auditor.

    Raises NotSignedIn (to be led to the sign-in page) or CrossSiteRequest.
    """
    try:
        principal = authenticate(parts.database, parts.clock, request.cookies.get(SESSION_COOKIE))
    except TokenInvalid as ended:
        raise NotSignedIn(ended.detail, ended.detail_zh) from None
    verify_same_origin(request)
    with parts.database.reading() as session:
        findings = FindingRepository(session, parts.clock)
        open_findings = sum(findings.count_open().values()) + findings.count_open_of_nodes()
    request.state.principal = principal
    request.state.principal_name = principal.display_name
    request.state.open_findings = open_findings
    return principal


AuditorDep = Annotated[Principal, Depends(get_auditor)]
"""The auditor whose browser asks."""


def _get_admin(principal: AuditorDep) -> Principal:
    verify_role(principal, Role.ADMIN)
    return principal


PageAdminDep = Annotated[Principal, Depends(_get_admin)]
"""An auditor with the admin role."""


async def get_pages(request: Request) -> Pages:
    """Return the kit of the application that answers this request."""
    pages = request.app.state.pages
    if not isinstance(pages, Pages):
        raise TypeError("the application was not made by build_app")
    return pages


PagesDep = Annotated[Pages, Depends(get_pages)]
