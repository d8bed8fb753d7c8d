"""One record with everything under it: as a readable page, and as a graph of the same nodes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session
from starlette.responses import RedirectResponse

from ledger_proofs.json_members import to_hex
from ledger_proofs.types import JsonValue
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.drilldown.building import DEMAND, PATHS
from regulator_portal.drilldown.money import Money
from regulator_portal.drilldown.trail import Node, Trail, worst_of
from regulator_portal.drilldown.view import ClaimState, RecordView, Viewing
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.service import FindingRepository
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import JUDGED_KINDS
from regulator_portal.pages.filters import build_url
from regulator_portal.pages.findings import FindingRow, build_finding_row
from regulator_portal.pages.link_wording import ACTS, CLAIM_STATES, RULES, say_decision, say_reason, say_why
from regulator_portal.pages.meaning import Both
from regulator_portal.pages.site import AuditorDep, PagesDep
from regulator_portal.pages.wording import say_kind
from regulator_portal.parts import Parts

FINDINGS_SHOWN = 20
router = APIRouter()
HashPath = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Check:
    """One rule as judged: what it asks for, how it came out, what was compared, how to repeat it."""

    code: str
    outcome: str
    title: Both
    compared: list[dict[str, str]]
    why: Both | None
    retry_at: int | None
    repeat: Both


@dataclass(frozen=True)
class ActRow:
    """One act on chain."""

    words: Both
    block: int
    time: int
    transaction: str
    institution: Both
    is_offline: bool
    is_undone: bool
    reason: Both


@dataclass(frozen=True)
class ClaimRow:
    """One claim and how it stands."""

    claim: str
    ordinal: int | None
    state: str
    words: Both
    restore_count: int
    block: int | None


@dataclass(frozen=True)
class Referring:
    """A record that refers to this one."""

    kind: Both
    institution: Both
    decision: Both
    at: int
    url: str
    content_url: str | None = None


@dataclass(frozen=True)
class TrailRow:
    """One line of the trail as text: a node, and what joins it to the one above."""

    node: Node
    joined: Both


@dataclass(frozen=True)
class RecordPage:
    """One record. `verdict` is the worst of evidence and rules, `under_it` of all that it rests on.

    `graph` is the trail for the graph's script.
    """

    kind: Both
    commitment: str
    institution: Both
    institution_number: int
    verdict: str
    under_it: str
    evidence: str
    record: LinkedRecord
    entry_url: str | None
    decision: Both
    checks: tuple[Check, ...]
    findings: tuple[FindingRow, ...]
    trail: tuple[TrailRow, ...]
    left_out: int
    graph: str
    acts: tuple[ActRow, ...]
    refusals: tuple[dict[str, object], ...]
    claims: tuple[ClaimRow, ...]
    money: Money | None
    line_reasons: tuple[Both, ...]
    referring: tuple[Referring, ...]
    others: tuple[Both, ...]
    as_of_block: int | None
    demand_url: str | None
    json_url: str


@router.get("/records/{commitment}")
def show_record(
    request: Request,
    commitment: HashPath,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show a record of any kind; one that has a page of its own is led to there."""
    view = Viewing(session, parts.clock, parts.sources).get_record(bytes.fromhex(commitment[2:]))
    path = PATHS.get(view.record.kind)
    if path is not None:
        return RedirectResponse(f"/{path}/{commitment}", status_code=307)
    return pages.render(request, "record.html", build_record_page(session, parts, view, "records"))


def _serve_kind(kind: int, path: str) -> None:
    """Give a kind of record the page of its own: the record with everything under it, or around it."""

    @router.get(f"/{path}/{{commitment}}", name=f"show_one_of_{path}")
    def show(
        request: Request,
        commitment: HashPath,
        auditor: AuditorDep,
        parts: PartsDep,
        pages: PagesDep,
        session: ReadSession,
    ) -> Response:
        """Show a record of this kind; another kind's is not found here."""
        view = Viewing(session, parts.clock, parts.sources).get_record(bytes.fromhex(commitment[2:]), kind)
        return pages.render(request, "record.html", build_record_page(session, parts, view, path))


for _kind, _path in PATHS.items():
    _serve_kind(_kind, _path)


def build_record_page(session: Session, parts: Parts, view: RecordView, path: str) -> RecordPage:
    """Build the page of a record."""
    record, commitment = view.record, to_hex(view.record.commitment)
    evidence = "could_not_check" if view.entry is None else view.entry.verdict
    judged = [record.verdict] if record.kind in JUDGED_KINDS and record.judged_at is not None else []
    found = FindingRepository(session, parts.clock).list_about(commitment, FINDINGS_SHOWN)
    return RecordPage(
        kind=view.kind_name,
        commitment=commitment,
        institution=name_of(parts, record.institution),
        institution_number=record.institution,
        verdict=worst_of([*judged, *([] if view.entry is None else [evidence])]),
        under_it=view.trail.verdict,
        evidence=evidence,
        record=record,
        entry_url=None if record.log is None else f"/logs/{record.log}/entries/{record.position}",
        decision=say_decision(record.decision),
        checks=tuple(_build_check(each) for each in record.rulings),
        findings=tuple(build_finding_row(each, parts.sources) for each in found),
        trail=tuple(TrailRow(node, name) for node, _, name in view.trail.listed()),
        left_out=view.trail.left_out,
        graph=build_graph(view.trail),
        acts=tuple(_build_act(parts, view, number) for number in range(len(view.acts))),
        refusals=tuple(
            {**vars(each), "name": name_of(parts, each.institution), "words": ACTS[each.act]}
            for each in view.refusals
        ),
        claims=tuple(_build_claim(each) for each in view.claims),
        money=view.money,
        line_reasons=()
        if view.money is None
        else tuple(say_reason(each.reason) for each in view.money.lines),
        referring=tuple(build_referring(parts, each) for each in view.referring),
        others=tuple(name_of(parts, each.institution) for each in view.others),
        as_of_block=view.as_of_block,
        demand_url=build_demand_url(parts, record),
        json_url=f"/v1/{path}/{commitment}",
    )


def build_demand_url(parts: Parts, record: LinkedRecord) -> str | None:
    """Build the address at the regulator's desk where this record's content is demanded, if known."""
    if parts.settings.desk_url is None or record.log is None:
        return None
    subject = {
        "institution": record.institution,
        "record": record.record_id,
        "commitment": to_hex(record.commitment),
    }
    return build_url(f"{parts.settings.desk_url}/desk/demands/new", subject)


def build_graph(trail: Trail) -> str:
    """Write the trail as JSON, for the graph's script."""
    content: JsonValue = {
        "nodes": [node.as_json() for node in trail.nodes],
        "edges": [edge.as_json() for edge in trail.edges],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _build_check(ruling: Mapping[str, object]) -> Check:
    code = FindingCode(str(ruling["code"]))
    words = WORDS[code]
    retry_at = ruling.get("retry_at")
    why = str(ruling.get("why") or "")
    return Check(
        code=code,
        outcome=str(ruling["outcome"]),
        title=RULES[code],
        compared=cast("list[dict[str, str]]", ruling.get("compared") or []),
        why=say_why(why) if why else None,
        retry_at=retry_at if isinstance(retry_at, int) else None,
        repeat=(words.repeat_en, words.repeat_zh),
    )


def _build_claim(claim: ClaimState) -> ClaimRow:
    return ClaimRow(
        to_hex(claim.claim),
        claim.ordinal,
        claim.state,
        CLAIM_STATES[claim.state],
        claim.restore_count,
        None if claim.act is None else claim.act.block_number,
    )


def _build_act(parts: Parts, view: RecordView, number: int) -> ActRow:
    act = view.acts[number]
    return ActRow(
        words=ACTS[act.act],
        block=act.block_number,
        time=act.time,
        transaction=to_hex(act.transaction_hash),
        institution=name_of(parts, act.actor),
        is_offline=act.is_offline,
        is_undone=act.is_undone,
        reason=say_reason(act.reason.rstrip(b"\x00").decode("ascii", "replace")),
    )


def build_referring(parts: Parts, record: LinkedRecord) -> Referring:
    """Build a line about a record that refers to another."""
    path = PATHS.get(record.kind, "records")
    return Referring(
        kind=say_kind(record.kind),
        institution=name_of(parts, record.institution),
        decision=say_decision(record.decision),
        at=record.anchored_at or record.seen_at,
        url=f"/{path}/{to_hex(record.commitment)}",
        content_url=f"/demands/{to_hex(record.commitment)}/content" if record.kind == DEMAND else None,
    )


def name_of(parts: Parts, institution: int) -> Both:
    """Return an institution's name."""
    name = parts.sources.name_of(institution)
    return name.name_en, name.name_zh
