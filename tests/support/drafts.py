"""Drafts and FHIR orders of invented patients, for the tests of drafting and importing."""

from __future__ import annotations

import copy
import json
import uuid
from pathlib import Path
from typing import Any

import httpx

from ledger_api.imports.endpoints import EXAMPLE_BUNDLE
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT

EXAMPLE_MAPPING = Path(__file__).resolve().parents[2] / "docs" / "examples" / "code-mapping.csv"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def draft_value(**changes: Any) -> dict[str, Any]:
    """A draft that can be signed as it is, with members changed."""
    return {**copy.deepcopy(EXAMPLE_DRAFT), **changes}


def line_value(number: int, **changes: Any) -> dict[str, Any]:
    """A line of western medicine for seven days."""
    lines = copy.deepcopy(EXAMPLE_DRAFT)["lines"]
    assert isinstance(lines, list)
    line = lines[0]
    assert isinstance(line, dict)
    return {**line, "number": number, **changes}


def bundle_value(*changes: dict[str, Any]) -> dict[str, Any]:
    """A bundle of one patient with one MedicationRequest per dict of changes (one unchanged, if none)."""
    bundle: dict[str, Any] = copy.deepcopy(EXAMPLE_BUNDLE)
    patient, order = bundle["entry"]
    entries = [patient]
    for number, change in enumerate(changes or ({},)):
        entry = copy.deepcopy(order)
        entry["fullUrl"] = f"urn:uuid:6f0b2a52-3a52-4f2b-8a55-0b1f5f1c{number:04x}"
        resource = entry["resource"]
        for name, value in change.items():
            if value is None:
                resource.pop(name, None)
            else:
                resource[name] = value
        entries.append(entry)
    bundle["entry"] = entries
    return bundle


def drug(code: str, system: str = RXNORM) -> dict[str, Any]:
    """A medicationCodeableConcept."""
    return {"medicationCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def new_key() -> dict[str, str]:
    """Headers with a fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def upload_mapping(
    client: httpx.Client, content: bytes | None = None, media_type: str = "text/csv"
) -> httpx.Response:
    """Upload a code mapping: the example of the documentation, unless other content is given."""
    return client.put(
        "/v1/code-mappings",
        content=EXAMPLE_MAPPING.read_bytes() if content is None else content,
        headers={"Content-Type": media_type},
    )


def import_bundle(client: httpx.Client, bundle: Any, **headers: str) -> httpx.Response:
    """Import a bundle, given as a value or as bytes."""
    content = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return client.post(
        "/v1/imports/fhir",
        content=content,
        headers={"Content-Type": "application/fhir+json", **new_key(), **headers},
    )
