import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog
from fastapi import APIRouter
from sqlalchemy.exc import OperationalError

from ledger_web.bodies import StrictRoute
from ledger_web.logs import configure_logs
from ledger_web.readiness import PartState, Readiness, overall
from tests.gateway_support import GatewayUnderTest, run_gateway
from tests.support.waiting import wait_until

PERSONAL = "张三 110101199003070011"

router = APIRouter(prefix="/broken", route_class=StrictRoute)


@router.get("/unexpected")
def fail_unexpectedly() -> None:
    raise RuntimeError(f"a message with {PERSONAL}")


@router.get("/database")
def fail_in_the_database() -> None:
    raise OperationalError(f"SELECT {PERSONAL}", {}, Exception("database is locked"))


@pytest.fixture
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("operation") / "home", routers=[router]) as running:
        yield running


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """The gateway's own logging, into memory; put back afterwards."""
    output = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with redirect_stderr(output):
        configure_logs()
        yield output
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(logs: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def _requested(logs: io.StringIO) -> list[object]:
    return [line["route"] for line in _lines(logs) if line["event"] == "request"]


def test_an_unexpected_fault_is_a_problem_with_an_incident_and_no_trace(
    logs: io.StringIO, gateway: GatewayUnderTest
) -> None:
    answer = gateway.anonymous().get("/broken/unexpected")
    problem = answer.json()
    assert answer.status_code == 500
    assert problem["code"] == "internal-fault"
    assert answer.headers["x-request-id"] in problem["detail"]
    assert "Traceback" not in answer.text
    assert "RuntimeError" not in answer.text
    assert PERSONAL not in answer.text
    (logged,) = [line for line in _lines(logs) if line["event"] == "unexpected_fault"]
    assert logged["incident"] == answer.headers["x-request-id"]
    assert logged["fault"] == "RuntimeError"
    assert "fail_unexpectedly" in json.dumps(logged["places"])
    assert PERSONAL not in logs.getvalue()
    assert "rxledger_incidents_total 1.0" in gateway.anonymous().get("/metrics").text


def test_a_busy_database_is_503_and_asks_to_come_back(gateway: GatewayUnderTest) -> None:
    answer = gateway.anonymous().get("/broken/database")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database-busy"
    assert answer.headers["retry-after"]
    assert PERSONAL not in answer.text


def test_requests_are_logged_by_route_without_what_was_sent(
    logs: io.StringIO, gateway: GatewayUnderTest
) -> None:
    gateway.anonymous().get("/v1/%E5%BC%A0%E4%B8%89?name=%E5%BC%A0%E4%B8%89")
    gateway.client("anna").get("/v1/audit?cursor=13800138000")
    wait_until(lambda: len(_requested(logs)) == 3, 10, "three requests to be logged")
    assert _requested(logs) == ["unmatched", "/v1/sessions", "/v1/audit"]
    for personal in ("张三", "%E5%BC%A0", "13800138000", "anna"):
        assert personal not in logs.getvalue()


def test_a_standard_library_exception_log_keeps_places_only(logs: io.StringIO) -> None:
    try:
        raise ValueError(PERSONAL)
    except ValueError:
        logging.getLogger("somewhere").exception("it failed")
    (line,) = _lines(logs)
    assert line["fault"] == "ValueError"
    assert PERSONAL not in logs.getvalue()


def test_health_and_readiness(gateway: GatewayUnderTest) -> None:
    assert gateway.anonymous().get("/healthz").json() == {"status": "ok"}
    ready = gateway.anonymous().get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["parts"]["database"] == {"state": "ok", "note": ""}


@pytest.mark.parametrize(("state", "status"), [("degraded", 200), ("failed", 503)])
def test_readiness_says_which_part(gateway: GatewayUnderTest, state: str, status: int) -> None:
    gateway.parts.readiness.add("something", lambda: PartState(state, "why"))  # type: ignore[arg-type]
    ready = gateway.anonymous().get("/readyz")
    assert ready.status_code == status
    assert ready.json()["status"] == state
    assert ready.json()["parts"]["something"] == {"state": state, "note": "why"}


def test_a_part_that_raises_has_failed() -> None:
    def ask() -> PartState:
        raise ConnectionError(PERSONAL)

    readiness = Readiness()
    readiness.add("part", ask)
    states = readiness.ask_all()
    assert states["part"] == PartState("failed", "ConnectionError")
    assert overall(states) == "failed"


def test_metrics_count_by_route_and_status(gateway: GatewayUnderTest) -> None:
    gateway.client("anna").get("/v1/audit")
    gateway.anonymous().request("PROPFIND", "/v1/audit")

    def counted() -> str:
        return gateway.anonymous().get("/metrics").text

    wait_until(lambda: 'method="OTHER"' in counted(), 10, "both requests to be counted")
    assert 'rxledger_requests_total{method="GET",route="/v1/audit",status="403"} 1.0' in counted()
    assert "PROPFIND" not in counted()
