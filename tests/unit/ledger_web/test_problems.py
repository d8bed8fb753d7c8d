import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest

import ledger_api
import regulator_portal
from ledger_web.errors import FieldProblem, ServiceError, StateConflict, TooMany
from ledger_web.problems import PROBLEM_MEDIA_TYPE, build_problem, build_problem_response, status_of


def _all_errors() -> list[type[ServiceError]]:
    for package in (ledger_api, regulator_portal):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "migrations.env")) and ".versions" not in module.name:
                importlib.import_module(module.name)
    return sorted(set(_walk(ServiceError)), key=lambda kind: kind.__qualname__)


def _walk(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _walk(child)


ERRORS = _all_errors()


@pytest.mark.parametrize("service", ["ledger_api", "regulator_portal"])
def test_every_code_of_a_service_is_unique_and_well_formed(service: str) -> None:
    its_own = [kind for kind in ERRORS if kind.__module__.partition(".")[0] in (service, "ledger_web")]
    codes = Counter(kind.code for kind in its_own)
    assert [code for code, count in codes.items() if count > 1] == []
    assert all(code.replace("-", "").isalnum() and code == code.lower() for code in codes)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: str(kind.code))
def test_every_error_has_a_title_in_both_languages(kind: type[ServiceError]) -> None:
    assert kind.title.isascii()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.title_zh)


class NotNow(StateConflict):
    code = "test-not-now"


def test_the_branch_decides_the_status() -> None:
    assert status_of(NotNow("a", "甲")) == 409
    assert status_of(TooMany("a", "甲")) == 429
    assert status_of(ServiceError("a", "甲")) == 500


def test_a_problem_says_all_that_rfc_9457_names() -> None:
    fault = FieldProblem("/drugs/0", "is missing", "缺少", "missing")
    problem = build_problem(NotNow("why", "缘由", faults=[fault]), "abc")
    assert problem.model_dump() == {
        "type": "urn:rxledger:problem:test-not-now",
        "title": StateConflict.title,
        "title_zh": StateConflict.title_zh,
        "status": 409,
        "detail": "why",
        "detail_zh": "缘由",
        "instance": "urn:rxledger:request:abc",
        "code": "test-not-now",
        "errors": [
            {
                "pointer": "/drugs/0",
                "message": "is missing",
                "message_zh": "缺少",
                "code": "missing",
                "place": "body",
            }
        ],
    }


def test_a_problem_response_says_when_to_come_back() -> None:
    response = build_problem_response(TooMany("a", "甲", retry_after_seconds=30), "abc")
    assert response.headers["retry-after"] == "30"
    assert response.headers["content-type"] == PROBLEM_MEDIA_TYPE
