"""Shapes of health and readiness."""

from typing import Literal

from pydantic import Field

from ledger_web.bodies import ApiModel


class Health(ApiModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class PartReadiness(ApiModel):
    """One part: `ok`, `degraded` (accepting, catching up later) or `failed`."""

    state: Literal["ok", "degraded", "failed"] = Field(examples=["ok"])
    note: str = Field(examples=[""])


class ReadinessAnswer(ApiModel):
    """All parts, and the worst of their states."""

    status: Literal["ok", "degraded", "failed"] = Field(examples=["ok"])
    parts: dict[str, PartReadiness] = Field(examples=[{"database": {"state": "ok", "note": ""}}])
