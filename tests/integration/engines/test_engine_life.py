"""Start, death, restart, stop: the same for every engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from ledger_chain.engines import AnvilEngine, GanacheEngine, probe
from ledger_chain.errors import ChainUnreachable, EngineDied, EngineNotReady, HomeInUse, MissingTool, PortBusy
from tests.integration.engines.conftest import Engine, ask, find_members, is_gone
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]
ROOT = Path(__file__).resolve().parents[3]


def test_a_started_engine_serves_its_chain(engine: Engine) -> None:
    assert int(ask(engine, "eth_chainId"), 16) == engine.chain_id == 20261
    assert engine.is_alive()
    engine.verify_alive()
    assert engine.pid is not None
    assert os.getpgid(engine.pid) == engine.pid


def test_starting_twice_changes_nothing(engine: Engine) -> None:
    before = engine.pid
    engine.start()
    assert engine.pid == before


def test_a_stopped_engine_leaves_no_process_behind(engine: Engine) -> None:
    group = engine.pid
    assert group is not None
    assert len(find_members(group)) >= 2
    engine.stop()
    assert not engine.is_alive()
    assert engine.pid is None
    wait_until(lambda: not find_members(group), 5, "the guard's end")
    engine.stop()


def test_an_engine_killed_from_outside_is_known_to_be_dead(engine: Engine) -> None:
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not engine.is_alive(), 5, "the engine's death")
    with pytest.raises(EngineDied) as caught:
        engine.verify_alive()
    assert caught.value.exit_code == -signal.SIGKILL
    assert str(engine.log_path) in str(caught.value)
    assert engine.pid is None


def test_a_dead_engine_starts_again_on_its_port(engine: Engine) -> None:
    address, pid = engine.rpc_url, engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not engine.is_alive(), 5, "the engine's death")
    engine.start()
    assert engine.rpc_url == address
    assert engine.pid != pid
    assert int(ask(engine, "eth_chainId"), 16) == engine.chain_id


def test_restart_keeps_the_port(engine: Engine) -> None:
    address, pid = engine.rpc_url, engine.pid
    engine.restart()
    assert (engine.rpc_url, engine.pid != pid) == (address, True)


def test_an_engine_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    engine = AnvilEngine(tmp_path)
    thread = Thread(target=engine.start)
    thread.start()
    thread.join()
    try:
        assert int(ask(engine, "eth_chainId"), 16) == engine.chain_id
    finally:
        engine.stop()


@pytest.mark.parametrize("kind", ["ganache", "anvil"])
def test_an_engine_ends_when_its_parent_is_killed(kind: str, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.engines.parent", kind, str(tmp_path / "chain")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline().split()[0])
    assert len(find_members(pid)) >= 2
    parent.kill()
    parent.communicate()
    wait_until(lambda: is_gone(pid), 10, "the engine's end after its parent's")
    wait_until(lambda: not find_members(pid), 10, "the guard's end after its parent's")


def test_the_home_of_a_killed_run_is_free_for_the_next(tmp_path: Path) -> None:
    home = tmp_path / "chain"
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.engines.parent", "ganache", str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    port = int(parent.stdout.readline().rsplit(":", 1)[1])
    parent.kill()
    parent.communicate()
    with GanacheEngine(home, port=port) as engine:
        assert int(ask(engine, "eth_chainId"), 16) == engine.chain_id


@pytest.mark.parametrize("kind", [GanacheEngine, AnvilEngine])
def test_a_busy_port_is_named(kind: type[Engine], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        engine = kind(tmp_path, port=port)
        with pytest.raises(PortBusy, match=f"Port {port} on 127.0.0.1 is in use") as caught:
            engine.start()
        assert caught.value.port == port
        assert not engine.is_alive()
    engine.start()
    engine.stop()


@pytest.mark.parametrize("kind", [GanacheEngine, AnvilEngine])
def test_a_port_taken_during_the_start_is_busy_too(
    kind: type[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # The look before the start comes too early to see the other listener.
        monkeypatch.setattr(probe, "is_port_busy", lambda port: False)
        monkeypatch.setattr(probe, "read_chain_id", refuse_to_answer)
        with pytest.raises(PortBusy):
            kind(tmp_path, port=listener.getsockname()[1]).start()


def refuse_to_answer(port: int) -> int:
    raise ChainUnreachable(f"nothing on {port}")


def test_two_runs_cannot_share_a_home(engine: Engine) -> None:
    second = type(engine)(engine.log_path.parent)
    with pytest.raises(HomeInUse, match=f"process {os.getpid()}"):
        second.start()
    assert int(ask(engine, "eth_chainId"), 16) == engine.chain_id


def test_an_engine_that_never_ran_says_so(tmp_path: Path) -> None:
    engine = GanacheEngine(tmp_path)
    with pytest.raises(EngineNotReady):
        engine.verify_alive()
    with pytest.raises(EngineNotReady):
        _ = engine.rpc_url
    assert not engine.is_alive()


def test_an_engine_that_does_not_answer_in_time_is_ended(tmp_path: Path) -> None:
    engine = GanacheEngine(tmp_path, ready_within_s=0.0)
    with pytest.raises(EngineNotReady, match="did not answer on port"):
        engine.start()
    assert engine.pid is None


def test_a_program_that_refuses_its_flags_is_dead_with_its_last_words(tmp_path: Path) -> None:
    engine = AnvilEngine(tmp_path, account_count=1, mnemonic="these are no words")
    with pytest.raises(EngineDied, match=r"ended with exit code [1-9](?s:.+)the word `these` is invalid"):
        engine.start()


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_chain.engines.toolchain._node_modules_folders", lambda: iter(()))
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingTool, match="anvil was not found. Run `make setup`"):
        AnvilEngine(tmp_path / "a").start()
    with pytest.raises(MissingTool, match="ganache was not found"):
        GanacheEngine(tmp_path / "g").start()


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_an_impossible_port_is_refused_at_once(port: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no port"):
        GanacheEngine(tmp_path, port=port)
