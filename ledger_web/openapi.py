"""An API's own description: OpenAPI 3.1, every refusal a problem, texts in both languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ledger_web.errors import ServiceError
from ledger_web.problems import PROBLEM_MEDIA_TYPE, Problem

_FASTAPI_OWN = ("HTTPValidationError", "ValidationError")


@dataclass(frozen=True)
class ApiText:
    """What an API says of itself, in both languages. `tags` are OpenAPI's: name and description."""

    title: str
    description: str
    tags: list[dict[str, Any]]


def describe_api(app: FastAPI, text: ApiText) -> None:
    """Give the application its description: `app.openapi` builds it once."""
    app.openapi = _remember(lambda: _build(app, text))  # type: ignore[method-assign] # FastAPI's documented way


def _remember(build: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def get() -> dict[str, Any]:
        if not made:
            made.append(build())
        return made[0]

    return get


def _build(app: FastAPI, text: ApiText) -> dict[str, Any]:
    document = get_openapi(
        title=text.title,
        version=app.version,
        description=text.description.strip(),
        routes=app.routes,
        tags=text.tags,
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
