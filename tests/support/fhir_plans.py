"""FHIR bundles of tests, read and planned as an import does, with the example code mapping."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from ledger_api.codes.mapping_files import parse_mapping_csv
from ledger_api.codes.service import CodeMap
from ledger_api.imports.fhir_bundle import parse_bundle
from ledger_api.imports.fhir_drafts import ImportPlan, build_plan
from ledger_api.imports.fhir_json import parse_fhir_json
from ledger_api.imports.fhir_orders import Order, OrderReader
from ledger_api.imports.outcomes import LeftOut
from tests.support.drafts import EXAMPLE_MAPPING, bundle_value

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = 1_795_309_200
ROWS = parse_mapping_csv(EXAMPLE_MAPPING.read_bytes())
EXAMPLE_MAP = CodeMap(
    1,
    {(row.source_system, row.source_code): row for row in ROWS if row.kind == "drug"},
    {(row.source_system, row.source_code): row for row in ROWS if row.kind == "diagnosis"},
)


def read(bundle: Any) -> tuple[list[Order], list[LeftOut]]:
    """Read a bundle's orders, and why others were left out."""
    parsed = parse_bundle(parse_fhir_json(json.dumps(bundle).encode()))
    orders: list[Order] = []
    left_out: list[LeftOut] = []
    reader = OrderReader(parsed)
    for entry in parsed.orders:
        try:
            orders.append(reader.read(entry))
        except LeftOut as why:
            left_out.append(why)
    return orders, left_out


def plan(*changes: dict[str, Any], code_map: CodeMap = EXAMPLE_MAP) -> ImportPlan:
    """Plan the drafts of one order with these changes; none may be left out before planning."""
    orders, left_out = read(bundle_value(*changes))
    assert left_out == []
    return build_plan(orders, code_map, NOW, SHANGHAI)
