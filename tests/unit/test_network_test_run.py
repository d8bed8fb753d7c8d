"""`make network-test` where its node cannot be built: said aloud, and a failure where all must run."""

from __future__ import annotations

import sys

import pytest

from scripts import run_network_tests
from scripts.build_qbft_engine import BuildError


@pytest.fixture(autouse=True)
def without_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot_build() -> None:
        raise BuildError("需要 Go", "Go is needed")

    monkeypatch.setattr(run_network_tests, "build_if_needed", cannot_build)


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--nothing-left-out"], 1)], ids=["laptop", "ci"])
def test_without_go_the_tests_are_left_out_aloud_and_fail_where_nothing_may_be(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run_network_tests.py", *arguments])
    assert run_network_tests.main() == code
    said = capfd.readouterr()
    assert "Go is needed" in said.err
    assert "were left out" in said.out
