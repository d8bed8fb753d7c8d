"""The engine's home folder: lock, identity, log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger_chain.engines.home import MAX_LOG_BYTES, ChainIdentity, EngineHome
from ledger_chain.errors import HomeCorrupt, HomeInUse

IDENTITY = ChainIdentity("ganache", 20261, "berlin", "0x" + "ab" * 32)


def make_home_with_chain(folder: Path) -> EngineHome:
    home = EngineHome(folder)
    home.database_path.mkdir(parents=True)
    (home.database_path / "CURRENT").write_text("MANIFEST-000002\n")
    home.record_identity(IDENTITY)
    return home


def test_a_home_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    first, second = EngineHome(tmp_path), EngineHome(tmp_path)
    first.acquire()
    with pytest.raises(HomeInUse, match=f"process {os.getpid()}"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(HomeCorrupt, match="no writable folder"):
        EngineHome(tmp_path / "home").acquire()


def test_a_new_home_has_no_identity(tmp_path: Path) -> None:
    assert EngineHome(tmp_path).find_identity() is None


def test_the_recorded_identity_is_read_back(tmp_path: Path) -> None:
    assert make_home_with_chain(tmp_path).find_identity() == IDENTITY


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"engine": "ganache"}', '{"chain_id": "x"}', "\ud800"]
)
def test_an_unreadable_identity_is_a_corrupt_home(tmp_path: Path, content: str) -> None:
    home = make_home_with_chain(tmp_path)
    (tmp_path / "chain.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(HomeCorrupt, match=r"chain\.json can't be read"):
        home.find_identity()


def test_a_chain_whose_database_is_gone_is_a_corrupt_home(tmp_path: Path) -> None:
    home = make_home_with_chain(tmp_path)
    (home.database_path / "CURRENT").unlink()
    with pytest.raises(HomeCorrupt, match="empty or gone"):
        home.find_identity()


def test_a_long_log_is_moved_aside_and_goes_on_empty(tmp_path: Path) -> None:
    home = EngineHome(tmp_path)
    home.log_path.write_bytes(b"x" * MAX_LOG_BYTES + b"end")
    home.bound_log()
    assert home.log_path.stat().st_size == 0
    assert home.log_path.with_suffix(".log.1").read_bytes().endswith(b"end")


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    home = EngineHome(tmp_path)
    home.log_path.write_bytes(b"words")
    home.bound_log()
    assert home.log_path.read_bytes() == b"words"


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    home = EngineHome(tmp_path)
    home.log_path.write_text("before")
    home.begin_log()
    assert home.log_path.read_text() == ""
    assert home.log_path.with_suffix(".log.1").read_text() == "before"


def test_the_tail_is_the_last_lines_without_blanks(tmp_path: Path) -> None:
    home = EngineHome(tmp_path)
    home.log_path.write_text("".join(f"line {n}\n\n" for n in range(100)))
    tail = home.read_log_tail().splitlines()
    assert tail[-1] == "line 99"
    assert len(tail) == 12
