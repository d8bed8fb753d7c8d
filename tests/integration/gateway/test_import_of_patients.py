"""A file of synthetic patients goes through the import, item by item."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest
from carebundle.terminology import codes, systems

from ledger_api.codes.mapping_files import parse_mapping_csv
from tests.gateway_support import GatewayUnderTest
from tests.support.drafts import EXAMPLE_MAPPING, import_bundle, upload_mapping
from tests.support.patients import generate_bundles

PATIENTS = 200
"""The command's test imports a thousand."""
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]


def _list_all(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": "200", **({} if cursor is None else {"cursor": cursor})}
        page = client.get("/v1/drafts", params=query).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_a_hospitals_patients_become_drafts(gateway: GatewayUnderTest) -> None:
    upload_mapping(gateway.client("ada"))
    client = gateway.client("his-1")
    outcomes: Counter[str] = Counter()
    drafts: set[str] = set()
    orders = 0
    for content in generate_bundles(PATIENTS):
        orders += content.count(b'"resourceType": "MedicationRequest"') or content.count(
            b'"resourceType":"MedicationRequest"'
        )
        answer = import_bundle(client, content)
        assert answer.status_code == 200, answer.text
        for item in answer.json()["items"]:
            outcomes[item["outcome"]] += 1
            drafts.add(item["draft_id"])
    assert orders > PATIENTS
    assert outcomes == {"drafted": orders}, "each order, and only the orders, became a line of a draft"
    listed = _list_all(gateway.client("anna"))
    assert {draft["id"] for draft in listed} == drafts
    assert sum(draft["line_count"] for draft in listed) == orders
    assert max(draft["line_count"] for draft in listed) == 5


def test_the_example_mapping_covers_every_drug_of_the_generator() -> None:
    prescribed = {
        code.code
        for name, code in vars(codes).items()
        if isinstance(code, codes.Code) and code.system == systems.RXNORM and not name.startswith("ALLERGEN_")
    }
    mapped = {
        row.source_code for row in parse_mapping_csv(EXAMPLE_MAPPING.read_bytes()) if row.kind == "drug"
    }
    assert len(prescribed) > 20
    assert prescribed <= mapped
