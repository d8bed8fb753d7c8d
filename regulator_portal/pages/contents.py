"""The content that was handed over for a demand, verified against the mirrored record. Never kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from ledger_proofs.pointers import list_fields
from ledger_proofs.types import JsonValue
from regulator_portal.api.dependencies import PartsDep, asked_by
from regulator_portal.contents.service import Content, ContentService
from regulator_portal.pages.meaning import Both
from regulator_portal.pages.records import HashPath
from regulator_portal.pages.site import AuditorDep, PagesDep

router = APIRouter()


@dataclass(frozen=True)
class ContentPage:
    """What came of asking for a content: `fields` by JSON Pointer, only where it is the demanded record's."""

    content: Content
    institution: Both
    fields: tuple[tuple[str, str], ...]
    json_url: str


@router.get("/demands/{commitment}/content")
def show_content(
    request: Request, commitment: HashPath, auditor: AuditorDep, parts: PartsDep, pages: PagesDep
) -> Response:
    """Fetch and verify what was handed over, and show it; that it was read is noted in the audit trail."""
    service = ContentService(parts.database, parts.clock, parts.sources, parts.gateways)
    content = service.read(bytes.fromhex(commitment[2:]), asked_by(auditor, request))
    name = parts.sources.name_of(content.institution)
    page = ContentPage(
        content=content,
        institution=(name.name_en, name.name_zh),
        fields=tuple(_list_fields(content.record)),
        json_url=f"/v1/demands/{commitment}/content",
    )
    answer = pages.render(request, "content.html", page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _list_fields(record: JsonValue) -> Iterator[tuple[str, str]]:
    if isinstance(record, dict):
        for field in list_fields(record):
            yield field.pointer, "" if field.value is None else str(field.value)
