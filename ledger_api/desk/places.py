"""Who has a place at the desk: each role's pages, in the order of its work."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ledger_api.identity.principal import Role
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

_PLACES: Final[Mapping[Role, Sequence[NavItem]]] = MappingProxyType(
    {
        Role.DOCTOR: (
            NavItem(HOME, ("Desk", "工作台"), "home"),
            NavItem("/desk/prescriptions/new", ("Write", "开处方"), "writing"),
            NavItem("/desk/drafts", ("To sign", "待签草稿"), "signature"),
            NavItem("/desk/prescriptions", ("Prescriptions", "处方"), "file-text"),
        ),
    }
)
_BROWSER: Final = NavItem("/desk/browser", ("This browser", "本浏览器"), "key")


def list_places(roles: Collection[Role], open_drafts: int) -> Sequence[NavItem]:
    """List the pages of somebody's roles, each once, and at the end the one that every signer has."""
    found = [item for role in DESK_ROLES if role in roles for item in _PLACES.get(role, ())]
    counted = [
        NavItem(item.path, item.label, item.icon, open_drafts or None)
        if item.path == "/desk/drafts"
        else item
        for item in found
    ]
    return (*dict.fromkeys(counted), _BROWSER)


def find_home(roles: Collection[Role]) -> str:
    """Return the first page of somebody's work: the doctors' is the desk's own."""
    return list_places(roles, 0)[0].path
