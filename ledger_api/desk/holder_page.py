"""The patient's page: whoever has a hand-over code sees its prescription and who has read it. No account.

The page itself holds nothing. Its script takes keys from the code in the browser, signs that the holder
reads, and asks `/v1/holder/view`; the code goes nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from ledger_api.desk.visitor import PagesDep
from ledger_api.network import NetworkMissing
from ledger_api.parts import PartsDep
from ledger_api.peers.addresses import InstitutionName
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix="/holder", route_class=StrictRoute, include_in_schema=False)


@dataclass(frozen=True)
class HolderPage:
    """Where signatures count, which everybody may know, and what institutions are called."""

    chain_id: int
    register: str
    institutions: Sequence[InstitutionName]


@router.get("")
def show_holder_page(request: Request, parts: PartsDep, pages: PagesDep) -> Response:
    """Show the page. Raises NetworkMissing."""
    if parts.deployment is None:
        raise NetworkMissing
    names = parts.institution_names.list_all()
    page = HolderPage(parts.deployment.chain_id, "0x" + parts.deployment.claim_register.hex(), names)
    return pages.render(request, "desk/holder.html", page, import_map=True)
