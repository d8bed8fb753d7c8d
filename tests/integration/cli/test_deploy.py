"""`rxledger deploy`: once per chain, never by accident with keys that everybody knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_chain.development_keys import authority_members, development_account
from ledger_chain.engines import AnvilEngine
from ledger_chain.engines.probe import find_free_port
from ledger_cli.keyfiles import build_keyfile, new_private_key
from tests.integration.cli.command_support import call

pytestmark = [pytest.mark.integration, pytest.mark.chain]
PIN = "deployer-pin-3"
MEMBERS = ["0x" + f"{number:02x}" * 20 for number in (0xA1, 0xA2, 0xA3)]


@pytest.fixture(scope="module")
def rpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with AnvilEngine(tmp_path_factory.mktemp("anvil")) as engine:
        yield engine.rpc_url


def _arguments(rpc: str, folder: Path) -> list[str]:
    return [
        "deploy",
        "--rpc",
        rpc,
        "--out",
        str(folder / "deployment.json"),
        "--trust-out",
        str(folder / "trust.json"),
        "--json",
    ]


def _own_key(folder: Path, private_key: bytes) -> list[str]:
    (folder / "key.json").write_bytes(build_keyfile(private_key, PIN, light=True))
    (folder / "pin").write_text(PIN)
    members = [word for member in MEMBERS for word in ("--member", member)]
    return ["--keyfile", str(folder / "key.json"), "--pin-file", str(folder / "pin"), *members]


def test_a_second_deployment_finds_the_first(rpc: str, tmp_path: Path) -> None:
    first = call(*_arguments(rpc, tmp_path), "--development")
    assert first.exit_code == 0, first.stdout
    second = call(*_arguments(rpc, tmp_path), "--development")
    assert second.exit_code == 0
    assert (first.document["deployed"], second.document["deployed"]) == (True, False)
    assert first.document["contracts"] == second.document["contracts"]
    assert json.loads((tmp_path / "trust.json").read_text())["chain_id"] == first.document["chain_id"]


def test_own_keys_deploy(rpc: str, tmp_path: Path) -> None:
    made = call(*_arguments(rpc, tmp_path), *_own_key(tmp_path, new_private_key()))
    assert made.exit_code == 0, made.stdout + made.stderr
    assert "bindCheckpointLog" in made.stderr


def test_development_keys_are_refused_unless_asked_for(rpc: str, tmp_path: Path) -> None:
    development_key = bytes(development_account(0).key)
    refused = call(*_arguments(rpc, tmp_path), *_own_key(tmp_path, development_key))
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "deploy.development_key"
    member = ["--member", authority_members()[0].address]
    refused = call(*_arguments(rpc, tmp_path), *_own_key(tmp_path, new_private_key()), *member)
    assert refused.document["error"]["code"] == "deploy.development_key"
    assert not (tmp_path / "deployment.json").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "deploy.keys"),
        (["--member", MEMBERS[0], "--keyfile", "none.json"], "deploy.threshold"),
        (["--member", "0x12", "--keyfile", "none.json"], "deploy.address"),
    ],
)
def test_what_is_missing_is_said(rpc: str, tmp_path: Path, options: list[str], code: str) -> None:
    refused = call(*_arguments(rpc, tmp_path), *options)
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == code


def test_a_chain_that_is_away_is_could_not_check(tmp_path: Path) -> None:
    refused = call(*_arguments(f"http://127.0.0.1:{find_free_port()}", tmp_path), "--development")
    assert refused.exit_code == 2


def test_a_deployment_file_of_another_chain_is_refused(rpc: str, tmp_path: Path) -> None:
    call(*_arguments(rpc, tmp_path), "--development")
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"genesis_hash": "0x" + "00" * 32}))
    refused = call(*_arguments(rpc, tmp_path), "--development")
    assert refused.exit_code == 1
