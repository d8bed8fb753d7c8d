"""What the portal's API says of itself, in both languages."""

from typing import Any

from fastapi import FastAPI

from ledger_web.openapi import ApiText, describe_api

TITLE = "RxLedger regulator's portal"
DESCRIPTION = """
The HTTP API of a regulator's portal: what it mirrored, pinned, verified and found. Pages have twins here.
监管门户的 HTTP 接口：镜像、钉住、核验与发现的内容；每个页面在此均有对应接口。

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
    {
        "name": "records",
        "description": "Records with all that is under them; packs; lists · 记录顺查、药品与列表",
    },
    {"name": "findings", "description": "What checks showed · 发现"},
    {"name": "nodes", "description": "Nodes, validators' seals, retired pins · 节点、封签与已停用的钉住内容"},
    {"name": "jobs", "description": "Mirror, recheck, sweep · 任务"},
    {"name": "audit", "description": "What was changed, by whom · 操作审计"},
    {"name": "operation", "description": "Health, readiness, metrics · 运行状态"},
]


def describe(app: FastAPI) -> None:
    """Give the application its description."""
    describe_api(app, ApiText(TITLE, DESCRIPTION, TAGS))
