"""Importing a FHIR bundle: read and plan first, then keep the drafts in one short unit of work.

Reading a large bundle takes a while, so it happens before the write lock is taken. An order that was imported
before isn't drafted again, whatever Idempotency-Key it comes with.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sqlmodel import Session

from ledger_api.codes.repository import CodeMappingRepository
from ledger_api.codes.service import CodeMap, CodeMappingService
from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.service import DraftOrigin, DraftService
from ledger_api.identity.principal import Principal
from ledger_api.imports.fhir_bundle import FhirBundle
from ledger_api.imports.fhir_drafts import ImportPlan, PlannedDraft, build_plan
from ledger_api.imports.fhir_orders import Order, OrderReader
from ledger_api.imports.outcomes import DRAFTED, ItemResult, LeftOut, refused, result_left_out, skipped
from ledger_web.clock import Clock


@dataclass(frozen=True)
class PreparedImport:
    """What is to be kept, and what is already known to be left out."""

    plan: ImportPlan
    left_out: tuple[ItemResult, ...]
    mapping_version: int | None


def prepare_import(
    session: Session, institution: int, bundle: FhirBundle, clock: Clock, zone: tzinfo
) -> PreparedImport:
    """Read the bundle and plan its drafts; `session` is only read."""
    orders, left_out = _read_orders(bundle)
    imported = DraftRepository(session).find_imported(
        institution, [source_hash(institution, order) for order in orders]
    )
    fresh: list[Order] = []
    seen: dict[str, str | None] = dict(imported)
    for order in orders:
        source = source_hash(institution, order)
        if source in seen:
            left_out.append(_already_imported(order, seen[source]))
        else:
            seen[source] = None
            fresh.append(order)
    code_map = _find_map(session, institution, fresh, clock)
    plan = build_plan(fresh, code_map, clock(), zone)
    return PreparedImport(plan, tuple(left_out), code_map.version if code_map is not None else None)


def keep_drafts(
    prepared: PreparedImport, principal: Principal, repository: DraftRepository, drafts: DraftService
) -> tuple[list[ItemResult], int]:
    """Keep what was planned; returns every item's result and the number of drafts. The caller commits."""
    institution = principal.institution
    results = [*prepared.left_out, *prepared.plan.left_out]
    sources = [
        source_hash(institution, line.order) for planned in prepared.plan.drafts for line in planned.lines
    ]
    imported_meanwhile = repository.find_imported(institution, sources)
    kept = 0
    for planned in prepared.plan.drafts:
        hashes = [source_hash(institution, line.order) for line in planned.lines]
        if imported_meanwhile.keys() & set(hashes):
            results.extend(_overtaken(planned, imported_meanwhile, institution))
            continue
        origin = DraftOrigin("fhir", hashes, _all_notes(planned), prepared.mapping_version)
        row = drafts.create(principal, planned.draft, origin)
        kept += 1
        results.extend(
            ItemResult(
                line.order.entry.index,
                line.order.entry.source,
                "drafted",
                *DRAFTED,
                draft_id=row.id,
                notes=tuple(dict.fromkeys((*planned.notes, *line.supply.notes))),
            )
            for line in planned.lines
        )
    return results, kept


def source_hash(institution: int, order: Order) -> str:
    """Name an order of another system without keeping its identifier."""
    return hashlib.sha256(f"RxLedger import v1|{institution}|{order.identity}".encode()).hexdigest()


def _read_orders(bundle: FhirBundle) -> tuple[list[Order], list[ItemResult]]:
    orders: list[Order] = []
    left_out: list[ItemResult] = []
    reader = OrderReader(bundle)
    for entry in bundle.orders:
        try:
            orders.append(reader.read(entry))
        except LeftOut as why:
            left_out.append(result_left_out(entry.index, entry.source, why))
    return orders, left_out


def _find_map(session: Session, institution: int, orders: Sequence[Order], clock: Clock) -> CodeMap | None:
    drugs = {coding for order in orders for coding in order.drug_codings}
    diagnoses = {coding for order in orders for ground in order.grounds for coding in ground.codings}
    service = CodeMappingService(CodeMappingRepository(session), clock)
    return service.find_map(institution, drugs, diagnoses)


def _already_imported(order: Order, draft_id: str | None) -> ItemResult:
    left = result_left_out(order.entry.index, order.entry.source, skipped("already_imported"))
    return ItemResult(
        left.entry, left.source, left.outcome, left.code, left.message, left.message_zh, draft_id
    )


def _overtaken(planned: PlannedDraft, imported: Mapping[str, str], institution: int) -> list[ItemResult]:
    results: list[ItemResult] = []
    for line in planned.lines:
        draft_id = imported.get(source_hash(institution, line.order))
        if draft_id is not None:
            results.append(_already_imported(line.order, draft_id))
        else:
            why = refused("imported_meanwhile")
            results.append(result_left_out(line.order.entry.index, line.order.entry.source, why))
    return results


def _all_notes(planned: PlannedDraft) -> list[str]:
    return list(
        dict.fromkeys([*planned.notes, *(note for line in planned.lines for note in line.supply.notes)])
    )
