"""Uploading the institution's code mapping, and reading it back."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter

from ledger_api.codes.mapping_files import COLUMNS, MAX_FILE_BYTES, Row, parse_mapping_csv, parse_mapping_rows
from ledger_api.codes.mapping_rows import MappingRow
from ledger_api.codes.repository import CodeMappingRepository
from ledger_api.codes.schemas import EXAMPLE_ROW, CodeMappingAnswer, CodeMappingPage, build_mapping_answer
from ledger_api.codes.service import CodeMappingService
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import AuditDep, PartsDep, ReadSession, WorkSession
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import MalformedInput
from ledger_web.bodies import JSON_MEDIA_TYPE, MalformedJson, RawBody, StrictRoute, media_type_of, takes_body
from ledger_web.errors import FieldProblem, NotFound, Unprocessable
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

CSV_MEDIA_TYPE: Final = "text/csv"
_ROW: Final[TypeAdapter[Row]] = TypeAdapter(MappingRow)
_EXAMPLE_LINE: Final = ",".join(str(EXAMPLE_ROW.get(column, "")) for column in COLUMNS)
_REQUEST_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        CSV_MEDIA_TYPE: {
            "schema": {"type": "string", "description": "UTF-8, RFC 4180, with a header line"},
            "example": ",".join(COLUMNS) + "\n" + _EXAMPLE_LINE + "\n",
        },
        JSON_MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["rows"],
                "additionalProperties": False,
                "properties": {"rows": {"type": "array", "items": {"type": "object"}}},
            },
            "example": {"rows": [EXAMPLE_ROW]},
        },
    },
}

router = APIRouter(prefix="/v1/code-mappings", route_class=StrictRoute, tags=["imports"])
KeeperDep = Annotated[Principal, Depends(require(Role.ADMIN, Role.INTEGRATION))]
ReaderDep = Annotated[Principal, Depends(require(Role.ADMIN, Role.INTEGRATION, Role.DOCTOR))]


class CodeMappingNotFound(NotFound):
    """No such version, or none at all yet."""

    code = "code-mapping-not-found"
    title = "There is no such code mapping"
    title_zh = "没有此编码对照表"


@router.put(
    "",
    summary="Replace the code mapping · 替换编码对照表",
    responses=problem_responses(400, 401, 403, 413, 415, 422),
    openapi_extra={"requestBody": _REQUEST_BODY},
)
@takes_body(max_bytes=MAX_FILE_BYTES, media_types=(CSV_MEDIA_TYPE, JSON_MEDIA_TYPE), strict_json=False)
def replace_code_mapping(
    principal: KeeperDep,
    request: Request,
    content: RawBody,
    parts: PartsDep,
    session: WorkSession,
    audit: AuditDep,
) -> CodeMappingAnswer:
    """Put these rows in force as a whole, as a new version; the same rows again change nothing."""
    is_csv = media_type_of(request) == CSV_MEDIA_TYPE
    rows = parse_mapping_csv(content) if is_csv else _parse_json_rows(content)
    service = CodeMappingService(CodeMappingRepository(session), parts.clock)
    uploaded = service.replace(principal, rows, audit)
    session.commit()
    return build_mapping_answer(uploaded.version, is_new=uploaded.is_new)


@router.get(
    "", summary="List the code mapping · 列出编码对照表", responses=problem_responses(401, 403, 404, 422)
)
def list_code_mapping(
    principal: ReaderDep,
    page: PageDep,
    session: ReadSession,
    version: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Left out: the one in force")
    ] = None,
) -> CodeMappingPage:
    """List the rows of the version in force, or of an earlier one, in the order of the file."""
    repository = CodeMappingRepository(session)
    found = (
        repository.find_current(principal.institution)
        if version is None
        else repository.find_version(principal.institution, version)
    )
    if found is None or found.id is None:
        raise CodeMappingNotFound("PUT /v1/code-mappings uploads one.", "可通过 PUT /v1/code-mappings 上传。")
    after = -1 if page.cursor is None else page.cursor
    rows, more = page.cut(repository.list_page(found.id, after, page.fetch))
    return CodeMappingPage(
        version=found.version,
        items=[_ROW.validate_python(row.target) for row in rows],
        next_cursor=str(rows[-1].position) if more else None,
    )


def _parse_json_rows(content: bytes) -> tuple[Row, ...]:
    try:
        value = parse_json(content, max_bytes=MAX_FILE_BYTES, max_depth=4)
    except MalformedInput as fault:
        raise MalformedJson(
            f'Send {{"rows": [...]}} as strict JSON. Found: {fault.code}.',
            f'请以严格的 JSON 发送 {{"rows": [...]}}。发现：{fault.code}。',
        ) from None
    rows = value.get("rows") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(rows, list):
        raise Unprocessable(
            "The body must be an object with the one member `rows`, an array.",
            "请求体须为只含 rows 数组的对象。",
            faults=[FieldProblem("/rows", "must be an array", "必须是数组", "list_type")],
        )
    return parse_mapping_rows(rows)
