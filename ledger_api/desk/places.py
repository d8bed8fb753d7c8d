"""Who has a place at the desk: each role's pages, in the order of its work."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ledger_api.identity.principal import Role
from ledger_proofs.kinds import InstitutionRole
from ledger_web.pages import NavItem

HOME: Final = "/desk"

ROLE_NAMES_ZH: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.DOCTOR: "医师",
        Role.PHARMACIST: "药师",
        Role.ADJUDICATOR: "结算审核员",
        Role.RELEASER: "放行人",
        Role.OFFICER: "监管人员",
        Role.CLERK: "经办人",
    }
)
DESK_ROLES: Final = tuple(ROLE_NAMES_ZH)
"""The roles that have pages; machine clients and administrators work through the API."""

_REVIEWS: Final = NavItem("/desk/reviews", ("To review", "待审处方"), "clipboard-check")
_PLACES: Final[Mapping[Role, Sequence[NavItem]]] = MappingProxyType(
    {
        Role.DOCTOR: (
            NavItem(HOME, ("Desk", "工作台"), "home"),
            NavItem("/desk/prescriptions/new", ("Write", "开处方"), "writing"),
            NavItem("/desk/drafts", ("To sign", "待签草稿"), "signature"),
            NavItem("/desk/prescriptions", ("Prescriptions", "处方"), "file-text"),
        ),
        Role.PHARMACIST: (
            NavItem("/desk/counter", ("Counter", "发药窗口"), "qrcode"),
            _REVIEWS,
            NavItem("/desk/records/dispensings", ("Dispensings", "发药"), "pill"),
            NavItem("/desk/settlement-requests", ("Settlement requests", "结算申请"), "coin"),
        ),
        Role.ADJUDICATOR: (
            NavItem("/desk/settlement-requests", ("Settlement requests", "结算申请"), "coin"),
            NavItem("/desk/records/settlements", ("Settlements", "结算"), "file-check"),
        ),
        Role.RELEASER: (NavItem("/desk/lots", ("Lots", "批次"), "packages"),),
        Role.OFFICER: (NavItem("/desk/demands", ("Demands", "调阅要求"), "gavel"),),
        Role.CLERK: (NavItem("/desk/incoming-demands", ("Demands that came", "收到的调阅要求"), "gavel"),),
    }
)
_BROWSER: Final = NavItem("/desk/browser", ("This browser", "本浏览器"), "key")


def list_places(roles: Collection[Role], institution_roles: int, open_drafts: int = 0) -> Sequence[NavItem]:
    """List the pages of somebody's roles, each once, and at the end the one that every signer has.

    `institution_roles` is the bit set of protocol 3.1: only hospitals review their own.
    """
    found = [item for role in DESK_ROLES if role in roles for item in _PLACES.get(role, ())]
    if not institution_roles & InstitutionRole.HOSPITAL:
        found = [item for item in found if item.path != _REVIEWS.path]
    counted = [
        NavItem(item.path, item.label, item.icon, open_drafts or None)
        if item.path == "/desk/drafts"
        else item
        for item in found
    ]
    return (*dict.fromkeys(counted), _BROWSER)


def find_home(roles: Collection[Role], institution_roles: int) -> str:
    """Return the first page of somebody's work: the doctors' is the desk's own."""
    return list_places(roles, institution_roles)[0].path
