"""The API's own description: OpenAPI 3.1, every refusal a problem, titles in both languages."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ledger_web.errors import ServiceError
from ledger_web.problems import PROBLEM_MEDIA_TYPE, Problem

TITLE = "RxLedger regulator's portal"
DESCRIPTION = """
The HTTP API of a regulator's portal: what it mirrored, pinned, verified and found. Pages have twins here.
监管平台的 HTTP 接口：镜像、钉住、核验与发现的内容；每个页面在此均有对应接口。

* Sign in by `POST /v1/sessions`; send `Authorization: Bearer <token>`.
* POSTs that change state take an `Idempotency-Key`; sent again with the same body they get the same answer,
  with `Idempotency-Replayed: true`.
* Every refusal is an RFC 9457 problem with a stable `code`, in English and Chinese.
* Lists are paged by `limit` and `cursor`.

* 用 `POST /v1/sessions` 登录；请求头为 `Authorization: Bearer <token>`。
* 改变状态的 POST 均须带 `Idempotency-Key`；以相同请求体重发，得到相同答复，
  并带 `Idempotency-Replayed: true`。
* 拒绝均为 RFC 9457 问题文档，`code` 稳定，中英双语。
* 列表以 `limit` 与 `cursor` 分页。
"""
TAGS: list[dict[str, Any]] = [
    {"name": "sessions", "description": "Signing in and out · 登录与退出"},
    {"name": "overview", "description": "Everything at one glance · 总览"},
    {"name": "logs", "description": "Mirrored logs · 日志镜像"},
    {"name": "verifications", "description": "Verify evidence bundles · 核验证据包"},
    {"name": "findings", "description": "What checks showed · 发现"},
    {"name": "jobs", "description": "Mirror, recheck, sweep · 任务"},
    {"name": "audit", "description": "What was changed, by whom · 操作审计"},
    {"name": "operation", "description": "Health, readiness, metrics · 运行状态"},
]
_FASTAPI_OWN = ("HTTPValidationError", "ValidationError")
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


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
        if parameter["name"] == "idempotency-key":
            parameter["required"] = True


def _replace_own_validation_answer(operation: dict[str, Any]) -> None:
    """FastAPI documents its own shape of 422; ours is a problem like every other refusal."""
    answer = operation.get("responses", {}).get("422")
    if answer is not None:
        answer["content"] = {PROBLEM_MEDIA_TYPE: _PROBLEM}
        answer["description"] = "Not valid: `errors` names the inputs"
