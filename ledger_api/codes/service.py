"""Keeping code mappings: taking a new version over, reading the one in force."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger_api.audit.service import AuditTrail
from ledger_api.codes.mapping_rows import DiagnosisMapping, DrugMapping
from ledger_api.codes.models import CodeMappingVersion
from ledger_api.codes.repository import CodeMappingRepository
from ledger_api.identity.principal import Principal
from ledger_web.clock import Clock

Row = DrugMapping | DiagnosisMapping
Coding = tuple[str, str]
"""(code system, code) as a sender writes them."""


@dataclass(frozen=True)
class UploadedMapping:
    """What an upload led to. `is_new` is False when the version in force has just these rows already."""

    version: CodeMappingVersion
    is_new: bool


@dataclass(frozen=True)
class CodeMap:
    """The part of one mapping version that an import needs."""

    version: int
    drugs: Mapping[Coding, DrugMapping]
    diagnoses: Mapping[Coding, DiagnosisMapping]


class CodeMappingService:
    """Code mappings of one institution at a time. The caller commits."""

    def __init__(self, repository: CodeMappingRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def replace(self, principal: Principal, rows: Sequence[Row], audit: AuditTrail) -> UploadedMapping:
        """Put these rows in force as a new version, unless they are in force already."""
        dumped = [row.model_dump(mode="json", exclude_none=True) for row in rows]
        digest = _digest(dumped)
        current = self._repository.find_current(principal.institution)
        if current is not None and current.content_sha256 == digest:
            return UploadedMapping(current, is_new=False)
        version = CodeMappingVersion(
            institution=principal.institution,
            version=current.version + 1 if current else 1,
            content_sha256=digest,
            drug_count=sum(row.kind == "drug" for row in rows),
            diagnosis_count=sum(row.kind == "diagnosis" for row in rows),
            uploaded_by=principal.scope,
            uploaded_at=self._clock(),
        )
        self._repository.add_version(version, [_columns(place, row) for place, row in enumerate(dumped)])
        audit.note(
            principal.institution,
            principal.scope,
            "code_mapping.replaced",
            f"code_mapping:{version.version}",
            {"drugs": version.drug_count, "diagnoses": version.diagnosis_count, "sha256": digest},
        )
        return UploadedMapping(version, is_new=True)

    def find_map(
        self, institution: int, drugs: Iterable[Coding], diagnoses: Iterable[Coding]
    ) -> CodeMap | None:
        """Find what these codes are mapped to in the version in force; None if nothing was ever uploaded."""
        current = self._repository.find_current(institution)
        if current is None or current.id is None:
            return None
        keys = [("drug", *coding) for coding in drugs] + [("diagnosis", *coding) for coding in diagnoses]
        mapped_drugs: dict[Coding, DrugMapping] = {}
        mapped_diagnoses: dict[Coding, DiagnosisMapping] = {}
        for row in self._repository.find_rows(current.id, sorted(set(keys))):
            coding = (row.source_system, row.source_code)
            if row.kind == "drug":
                mapped_drugs[coding] = DrugMapping.model_validate(row.target)
            else:
                mapped_diagnoses[coding] = DiagnosisMapping.model_validate(row.target)
        return CodeMap(current.version, mapped_drugs, mapped_diagnoses)


def _columns(position: int, row: Mapping[str, object]) -> dict[str, object]:
    return {
        "position": position,
        "kind": row["kind"],
        "source_system": row["source_system"],
        "source_code": row["source_code"],
        "target": dict(row),
    }


def _digest(rows: Sequence[Mapping[str, object]]) -> str:
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
