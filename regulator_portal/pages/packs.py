"""One pack: its lot and maker, and every use of it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from ledger_proofs.json_members import to_hex
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.drilldown.view import PackView, Viewing
from regulator_portal.pages.link_wording import ACTS
from regulator_portal.pages.meaning import Both
from regulator_portal.pages.records import HashPath, Referring, build_referring, name_of
from regulator_portal.pages.site import AuditorDep, PagesDep
from regulator_portal.parts import Parts

router = APIRouter()


@dataclass(frozen=True)
class PackUse:
    """One use or restoring of a pack."""

    words: Both
    block: int
    time: int
    institution: Both
    units: int
    total: int
    url: str


@dataclass(frozen=True)
class PackPage:
    """One pack."""

    token: str
    lots: tuple[Referring, ...]
    uses: tuple[PackUse, ...]
    total_units: int | None
    used_units: int
    as_of_block: int | None
    json_url: str


@router.get("/packs/{token}")
def show_pack(
    request: Request,
    token: HashPath,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show a pack: its lot, and every use of it."""
    view = Viewing(session, parts.clock, parts.sources).get_pack(bytes.fromhex(token[2:]))
    return pages.render(request, "pack.html", _build_pack_page(parts, view))


def _build_pack_page(parts: Parts, view: PackView) -> PackPage:
    token = to_hex(view.token)
    return PackPage(
        token=token,
        lots=tuple(build_referring(parts, lot) for lot in view.lots),
        uses=tuple(
            PackUse(
                words=ACTS[act.act],
                block=act.block_number,
                time=act.time,
                institution=name_of(parts, act.actor),
                units=pack.units_used,
                total=pack.total_units,
                url=f"/dispensings/{to_hex(act.subject)}",
            )
            for act, pack in view.acts
        ),
        total_units=view.total_units,
        used_units=view.used_units,
        as_of_block=view.as_of_block,
        json_url=f"/v1/packs/{token}",
    )
