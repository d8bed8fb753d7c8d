"""Health, readiness and metrics: for the operator's tools, without sign-in and without content.

The application's `state.parts` has the service's readiness and metrics.
"""

from typing import Annotated, Literal, Protocol, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.metrics import RequestMetrics
from ledger_web.readiness import Readiness, overall


class OperatedParts(Protocol):
    """What is asked of a service's parts."""

    @property
    def readiness(self) -> Readiness:
        """Asks every part."""

    @property
    def metrics(self) -> RequestMetrics:
        """Counts."""


def _get_parts(request: Request) -> OperatedParts:
    return cast("OperatedParts", request.app.state.parts)


PartsDep = Annotated[OperatedParts, Depends(_get_parts)]


class Health(ApiModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class PartReadiness(ApiModel):
    """One part: `ok`, `degraded` (goes on with less, catching up later) or `failed`."""

    state: Literal["ok", "degraded", "failed"] = Field(examples=["ok"])
    note: str = Field(examples=[""])


class ReadinessAnswer(ApiModel):
    """All parts, and the worst of their states."""

    status: Literal["ok", "degraded", "failed"] = Field(examples=["ok"])
    parts: dict[str, PartReadiness] = Field(examples=[{"database": {"state": "ok", "note": ""}}])


router = APIRouter(route_class=StrictRoute, tags=["operation"])


@router.get("/healthz", summary="Is the process alive? · 进程是否存活")
async def read_health() -> Health:
    """Answer as long as the process can."""
    return Health()


@router.get(
    "/readyz",
    summary="Can it do its work? · 能否正常工作",
    responses={503: {"model": ReadinessAnswer, "description": "A part failed: requests would be refused"}},
)
def read_readiness(parts: PartsDep, response: Response) -> ReadinessAnswer:
    """Ask every part. 200 when ok or degraded, 503 when a part failed."""
    states = parts.readiness.ask_all()
    status = overall(states)
    response.status_code = 503 if status == "failed" else 200
    return ReadinessAnswer(
        status=status,
        parts={name: PartReadiness(state=part.state, note=part.note) for name, part in states.items()},
    )


@router.get("/metrics", summary="Prometheus metrics · Prometheus 指标", response_class=Response)
def read_metrics(parts: PartsDep) -> Response:
    """Render the metrics in Prometheus' text format."""
    return Response(parts.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")
