"""The API's own description: OpenAPI 3.1, every refusal a problem, and examples that the tests send."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ledger_web.errors import ServiceError
from ledger_web.problems import PROBLEM_MEDIA_TYPE, Problem

TITLE = "RxLedger gateway"
DESCRIPTION = """
The HTTP API of an institution's gateway: prescriptions that can be proved.
机构网关的 HTTP 接口：可证明的电子处方。

* Sign in by `POST /v1/sessions`, or use a machine client's token; send `Authorization: Bearer <token>`.
* Every POST that changes state takes an `Idempotency-Key`; sent again with the same body it gets the same
  answer, with `Idempotency-Replayed: true`.
* Every refusal is an RFC 9457 problem with a stable `code`, in English and Chinese. Values that you sent are
  never repeated in it.
* JSON is read strictly: no floats, no duplicate names, no unknown members.
* Lists are paged by `limit` and `cursor`.

* 用 `POST /v1/sessions` 登录，或使用机器客户端令牌；请求头为 `Authorization: Bearer <token>`。
* 改变状态的 POST 均须带 `Idempotency-Key`；以相同请求体重发，得到相同答复，
  并带 `Idempotency-Replayed: true`。
* 拒绝均为 RFC 9457 问题文档，`code` 稳定，中英双语，绝不回显您发送的值。
* JSON 从严解析：不接受浮点数、重复成员名、未知成员。
* 列表以 `limit` 与 `cursor` 分页。
"""
TAGS: list[dict[str, Any]] = [
    {"name": "sessions", "description": "Signing in and out · 登录与退出"},
    {"name": "institution", "description": "One's own institution · 本机构"},
    {"name": "drafts", "description": "Drafts of prescriptions · 处方草稿"},
    {"name": "imports", "description": "Import from other systems · 从其他系统导入"},
    {
        "name": "prescriptions",
        "description": "Prepare, sign, submit, prove · 准备、签署、提交、证明",
    },
    {"name": "log", "description": "The institution's log, as tiles · 机构日志（瓦片）"},
    {"name": "audit", "description": "What was changed, by whom · 操作审计"},
    {"name": "operation", "description": "Health, readiness, metrics · 运行状态"},
]
_FASTAPI_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Give the application its description: `app.openapi` builds it once."""
    app.openapi = _remember(lambda: _build(app))  # type: ignore[method-assign] # FastAPI's documented way


def _remember(build: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def get() -> dict[str, Any]:
        if not made:
            made.append(build())
        return made[0]

    return get


def _build(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE, version=app.version, description=DESCRIPTION.strip(), routes=app.routes, tags=TAGS
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _add_problem(schemas)
    for operations in document["paths"].values():
        for operation in operations.values():
            _replace_own_validation_answer(operation)
            _state_idempotency(operation)
    for name in _FASTAPI_OWN:
        schemas.pop(name, None)
    return document


def _add_problem(schemas: dict[str, Any]) -> None:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    known = {kind.code: f"{kind.title} · {kind.title_zh}" for kind in _all_kinds(ServiceError)}
    problem["properties"]["code"]["examples"] = sorted(known)
    problem["properties"]["code"]["description"] = "\n".join(
        f"* `{code}`: {title}" for code, title in sorted(known.items())
    )
    schemas["Problem"] = problem


def _all_kinds(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_kinds(child)


def _state_idempotency(operation: dict[str, Any]) -> None:
    """The key is required (a missing one gets its own problem, so FastAPI takes it for optional)."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] != "idempotency-key":
            continue
        parameter["required"] = True
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                answer.setdefault("headers", {})["Idempotency-Replayed"] = {
                    "description": "`true` when this is the answer to an earlier, same request",
                    "schema": {"type": "string", "const": "true"},
                }


def _replace_own_validation_answer(operation: dict[str, Any]) -> None:
    """FastAPI documents its own shape of 422; ours is a problem like every other refusal."""
    answer = operation.get("responses", {}).get("422")
    if answer is None:
        return
    answer["content"] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer["description"] = "Not valid: `errors` names the inputs"
