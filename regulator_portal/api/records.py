"""Records, packs, settlements and dispensings for programs: the JSON twins of their pages.

Every statement about use is as of `as_of_block`. Verdicts: passed, failed, late, withheld, could_not_check
(nothing can be said), pending (awaited, or not looked at yet).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, JsonValue
from sqlmodel import Session

from ledger_proofs.json_members import to_hex
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.paging import DEFAULT_LIMIT, MAX_LIMIT
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, ReadSession
from regulator_portal.drilldown.building import DISPENSING, PRESCRIPTION, SETTLEMENT
from regulator_portal.drilldown.view import RecordView, Viewing
from regulator_portal.pages.record_rows import (
    DISPENSINGS,
    SETTLEMENTS,
    ListOf,
    RecordFilters,
    RecordRow,
    list_rows,
    read_cursor,
    read_record_filter,
    write_cursor,
)
from regulator_portal.parts import Parts
from regulator_portal.register.models import RegisterAct
from regulator_portal.register.repository import RegisterRepository

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["records"])
_RESPONSES = problem_responses(401, 404, 422)
HASH = "0x" + "11" * 32
HashPath = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$", description="32 bytes in hex", examples=[HASH])]


class ListedRecord(ApiModel):
    """One record of a list. `seen_at`: when it was anchored, or done on chain before (Unix seconds)."""

    commitment: str = Field(examples=[HASH])
    record_id: str | None = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    institution: int = Field(examples=[301])
    counterpart: int | None = Field(examples=[201])
    decision: str | None = Field(examples=["accepted"])
    amount_minor: int | None = Field(examples=[3280])
    fund_minor: int | None = Field(examples=[2600])
    currency: str | None = Field(examples=["CNY"])
    seen_at: int = Field(examples=[1_800_000_000])
    is_logged: bool = Field(examples=[True])
    evidence: str = Field(examples=["passed"])
    links: str = Field(description="The worst of the rules", examples=["passed"])
    as_of_block: int | None = Field(examples=[120])


class ListedRecordPage(ApiModel):
    """A page of records, the latest first."""

    items: list[ListedRecord]
    next_cursor: str | None = Field(examples=[None])
    as_of_block: int | None = Field(examples=[120])


class ActAnswer(ApiModel):
    """One act on chain."""

    act: str = Field(examples=["settle"])
    institution: int = Field(examples=[301])
    block_number: int = Field(examples=[118])
    time: int = Field(examples=[1_800_000_000])
    transaction_hash: str = Field(examples=[HASH])
    subject: str = Field(examples=[HASH])
    statement: str = Field(examples=[HASH])
    reason: str = Field(examples=["accepted"])
    is_offline: bool = Field(examples=[False])
    is_undone: bool = Field(examples=[False])


class ClaimAnswer(ApiModel):
    """One claim and how it stands."""

    claim: str = Field(examples=[HASH])
    ordinal: int | None = Field(examples=[0])
    state: str = Field(examples=["settled"])
    restore_count: int = Field(examples=[0])


class RefusalAnswer(ApiModel):
    """What the register refused about the record."""

    act: str = Field(examples=["dispense"])
    institution: int = Field(examples=[201])
    block_number: int = Field(examples=[119])
    error: str = Field(examples=["ClaimRegisterNotUnused"])
    message: str = Field(examples=["The claim is used already."])
    message_zh: str = Field(examples=["该份额已被使用。"])


class RecordAnswer(ApiModel):
    """One record with everything under it: `nodes` and `edges` are the same as the page's list and graph."""

    commitment: str = Field(examples=[HASH])
    institution: int = Field(examples=[301])
    kind: int = Field(examples=[4])
    kind_name: str = Field(examples=["settlement"])
    record_id: str | None = Field(examples=[None])
    log: int | None = Field(examples=[1_292_785_156_097])
    position: int | None = Field(examples=[7])
    signer: str | None = Field(examples=["0x" + "22" * 20])
    signed_at: int | None = Field(examples=[1_800_000_000])
    anchored_at: int | None = Field(examples=[1_800_000_000])
    evidence: str = Field(examples=["passed"])
    links: str = Field(examples=["passed"])
    under_it: str = Field(description="The worst verdict of all nodes", examples=["passed"])
    shown: JsonValue = Field(
        description="Members that its evidence disclosed, by JSON Pointer; never a person's", examples=[None]
    )
    rulings: list[JsonValue] = Field(examples=[[]])
    acts: list[ActAnswer]
    claims: list[ClaimAnswer]
    refusals: list[RefusalAnswer]
    nodes: list[JsonValue] = Field(examples=[[]])
    edges: list[JsonValue] = Field(examples=[[]])
    as_of_block: int | None = Field(examples=[120])


class PackUseAnswer(ApiModel):
    """One use or restoring of a pack."""

    act: ActAnswer
    units_used: int = Field(examples=[24])
    total_units: int = Field(examples=[24])


class PackAnswer(ApiModel):
    """One pack: which lots name it, and every use."""

    token: str = Field(examples=[HASH])
    lots: list[str] = Field(description="Commitments of the makers' records", examples=[[HASH]])
    total_units: int | None = Field(examples=[24])
    used_units: int = Field(examples=[24])
    uses: list[PackUseAnswer]
    as_of_block: int | None = Field(examples=[120])


Text = Annotated[str, Query(max_length=100)]


def _read_filters(
    institution: Text = "",
    counterpart: Text = "",
    decision: Text = "",
    verdict: Text = "",
    first: Annotated[str, Query(alias="from", max_length=100, description="A day, 2026-11-22")] = "",
    last: Annotated[str, Query(alias="to", max_length=100, description="A day, 2026-11-22")] = "",
) -> RecordFilters:
    return RecordFilters(institution, counterpart, decision, verdict, first, last)


FiltersDep = Annotated[RecordFilters, Depends(_read_filters)]
LimitQuery = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows a page")]
CursorQuery = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,12}-[0-9a-f]{64}$", description="`next_cursor` of the page before"),
]


@router.get("/settlements", summary="List settlements · 列出结算", responses=problem_responses(401, 422))
def list_settlements(
    principal: PrincipalDep,
    parts: PartsDep,
    session: ReadSession,
    filters: FiltersDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> ListedRecordPage:
    """List what payers have signed."""
    return _list(session, parts, SETTLEMENTS, filters, limit, cursor)


@router.get("/dispensings", summary="List dispensings · 列出发药", responses=problem_responses(401, 422))
def list_dispensings(
    principal: PrincipalDep,
    parts: PartsDep,
    session: ReadSession,
    filters: FiltersDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> ListedRecordPage:
    """List what was handed out."""
    return _list(session, parts, DISPENSINGS, filters, limit, cursor)


@router.get("/settlements/{commitment}", summary="Drill down a settlement · 顺查结算", responses=_RESPONSES)
def read_settlement(
    commitment: HashPath, principal: PrincipalDep, parts: PartsDep, session: ReadSession
) -> RecordAnswer:
    """Answer with a settlement and everything under it."""
    return _read(session, parts, commitment, SETTLEMENT)


@router.get("/dispensings/{commitment}", summary="Drill down a dispensing · 顺查发药", responses=_RESPONSES)
def read_dispensing(
    commitment: HashPath, principal: PrincipalDep, parts: PartsDep, session: ReadSession
) -> RecordAnswer:
    """Answer with a dispensing and everything under it."""
    return _read(session, parts, commitment, DISPENSING)


@router.get("/prescriptions/{commitment}", summary="Read a prescription · 查看处方", responses=_RESPONSES)
def read_prescription(
    commitment: HashPath, principal: PrincipalDep, parts: PartsDep, session: ReadSession
) -> RecordAnswer:
    """Answer with a prescription, who signed and reviewed it, and what became of its claims."""
    return _read(session, parts, commitment, PRESCRIPTION)


@router.get("/records/{commitment}", summary="Read a record of any kind · 查看任意记录", responses=_RESPONSES)
def read_record(
    commitment: HashPath, principal: PrincipalDep, parts: PartsDep, session: ReadSession
) -> RecordAnswer:
    """Answer with a record of any kind."""
    return _read(session, parts, commitment, None)


@router.get("/packs/{token}", summary="Read a pack · 查看药品", responses=_RESPONSES)
def read_pack(token: HashPath, principal: PrincipalDep, parts: PartsDep, session: ReadSession) -> PackAnswer:
    """Answer with a pack's lots and uses."""
    view = Viewing(session, parts.clock, parts.sources).get_pack(bytes.fromhex(token[2:]))
    return PackAnswer(
        token=token,
        lots=[to_hex(lot.commitment) for lot in view.lots],
        total_units=view.total_units,
        used_units=view.used_units,
        uses=[
            PackUseAnswer(act=_build_act(act), units_used=pack.units_used, total_units=pack.total_units)
            for act, pack in view.acts
        ],
        as_of_block=view.as_of_block,
    )


def _list(
    session: Session, parts: Parts, listed: ListOf, filters: RecordFilters, limit: int, cursor: str | None
) -> ListedRecordPage:
    wanted = read_record_filter(listed, filters, parts)
    rows = list_rows(session, parts, listed, wanted, read_cursor(cursor or ""), limit + 1)
    mirror = RegisterRepository(session).find_mirror()
    return ListedRecordPage(
        items=[_build_listed(row) for row in rows[:limit]],
        next_cursor=write_cursor(rows[limit - 1]) if len(rows) > limit else None,
        as_of_block=None if mirror is None else mirror.as_of_block,
    )


def _read(session: Session, parts: Parts, commitment: str, kind: int | None) -> RecordAnswer:
    viewing = Viewing(session, parts.clock, parts.sources)
    return build_record_answer(viewing.get_record(bytes.fromhex(commitment[2:]), kind))


def _build_listed(row: RecordRow) -> ListedRecord:
    return ListedRecord(
        commitment=row.commitment,
        record_id=row.record_id,
        institution=row.institution,
        counterpart=row.counterpart_number,
        decision=row.decision,
        amount_minor=row.amount_minor,
        fund_minor=row.fund_minor,
        currency=row.currency,
        seen_at=row.seen_at,
        is_logged=row.is_logged,
        evidence=row.evidence,
        links=row.verdict,
        as_of_block=row.as_of_block,
    )


def build_record_answer(view: RecordView) -> RecordAnswer:
    """Build the API shape of a record."""
    record = view.record
    values = None if record.shown is None else record.shown.get("values")
    return RecordAnswer(
        commitment=to_hex(record.commitment),
        institution=record.institution,
        kind=record.kind,
        kind_name=view.kind_name[0],
        record_id=record.record_id,
        log=record.log,
        position=record.position,
        signer=None if record.signer is None else to_hex(record.signer),
        signed_at=record.signed_at,
        anchored_at=record.anchored_at,
        evidence="could_not_check" if view.entry is None else view.entry.verdict,
        links=record.verdict if record.judged_at is not None else "pending",
        under_it=view.trail.verdict,
        shown=values,  # type: ignore[arg-type] # stored as JSON, read as JSON
        rulings=list(record.rulings),  # type: ignore[arg-type] # as above
        acts=[_build_act(act) for act in view.acts],
        claims=[
            ClaimAnswer(
                claim=to_hex(each.claim),
                ordinal=each.ordinal,
                state=each.state,
                restore_count=each.restore_count,
            )
            for each in view.claims
        ],
        refusals=[
            RefusalAnswer(
                act=each.act,
                institution=each.institution,
                block_number=each.block_number,
                error=each.error,
                message=each.message,
                message_zh=each.message_zh,
            )
            for each in view.refusals
        ],
        nodes=[node.as_json() for node in view.trail.nodes],  # type: ignore[misc] # as above
        edges=[edge.as_json() for edge in view.trail.edges],  # type: ignore[misc] # as above
        as_of_block=view.as_of_block,
    )


def _build_act(act: RegisterAct) -> ActAnswer:
    return ActAnswer(
        act=act.act,
        institution=act.actor,
        block_number=act.block_number,
        time=act.time,
        transaction_hash=to_hex(act.transaction_hash),
        subject=to_hex(act.subject),
        statement=to_hex(act.statement),
        reason=act.reason.rstrip(b"\x00").decode("ascii", "replace"),
        is_offline=act.is_offline,
        is_undone=act.is_undone,
    )
