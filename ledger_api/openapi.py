"""What the gateway's API says of itself, in both languages."""

from typing import Any

from fastapi import FastAPI

from ledger_web.openapi import ApiText, describe_api

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
    {"name": "reviews", "description": "Pharmacists' reviews of prescriptions · 药师审方"},
    {"name": "voids", "description": "Taking prescriptions back · 处方作废"},
    {"name": "refusals", "description": "What was not handed over, and why · 拒绝发药"},
    {"name": "lots", "description": "What makers made and recall · 生产批次"},
    {"name": "packs", "description": "Checking packs · 核查药品追溯码"},
    {"name": "settlements", "description": "Asking to settle, settling, reversing · 结算申请、结算与冲正"},
    {"name": "holder", "description": "What a code's holder sees · 持码人查看"},
    {"name": "demands", "description": "Demands for content, and their answers · 调阅要求与答复"},
    {
        "name": "received prescriptions",
        "description": "Other hospitals' prescriptions, fetched by code · 凭取药码获取的外院处方",
    },
    {"name": "dispensings", "description": "Claims used, packs handed over · 发药"},
    {"name": "restores", "description": "Dispensings undone · 恢复"},
    {"name": "peers", "description": "Between institutions' gateways · 机构网关之间"},
    {"name": "log", "description": "The institution's log, as tiles · 机构日志（瓦片）"},
    {"name": "audit", "description": "What was changed, by whom · 操作审计"},
    {"name": "operation", "description": "Health, readiness, metrics · 运行状态"},
]


def describe(app: FastAPI) -> None:
    """Give the application its description."""
    describe_api(app, ApiText(TITLE, DESCRIPTION, TAGS))
