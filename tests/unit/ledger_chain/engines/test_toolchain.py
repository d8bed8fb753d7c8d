"""Finding Node and npm's programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_chain.engines import toolchain
from ledger_chain.errors import MissingTool


@pytest.fixture(autouse=True)
def _look_afresh() -> Iterator[None]:
    toolchain.get_node.cache_clear()
    yield
    toolchain.get_node.cache_clear()


def make_program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_node_that_is_found_runs() -> None:
    version = toolchain.find_node_version(toolchain.get_node())
    assert version is not None
    assert version >= toolchain.OLDEST_NODE


def test_an_old_system_node_is_passed_over_for_the_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(tmp_path / "node", "echo v16.20.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert toolchain.get_node() == toolchain.find_wheel_node()


def test_a_new_enough_system_node_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = make_program(tmp_path / "node", "echo v22.1.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert toolchain.get_node() == node


@pytest.mark.parametrize("body", ["exit 3", "echo nonsense", "exec /nonexistent"])
def test_a_node_that_does_not_run_has_no_version(tmp_path: Path, body: str) -> None:
    assert toolchain.find_node_version(make_program(tmp_path / "node", body)) is None


def test_a_program_that_is_nowhere_is_named_with_the_remedy() -> None:
    with pytest.raises(MissingTool, match="no-such-program was not found. Run `make setup`"):
        toolchain.get_foundry_program("no-such-program")


def test_ganache_is_found_beside_the_code() -> None:
    assert toolchain.get_ganache_script().is_file()
