"""The network kit on running nodes: its files start the engine, and its commands tell how the network is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger_chain.connection import ask, connect
from ledger_chain.engines.probe import find_free_port
from ledger_chain.qbft import NodeFiles, QbftNode
from ledger_chain.qbft.network import find_free_ports
from ledger_chain.qbft.node_key import load_node_key
from ledger_cli.app import app
from ledger_cli.network.kit import Kit, init_kit
from ledger_cli.network.plan import DEFAULT_CHAIN_ID, NetworkPlan, invent_members
from tests.network.running import RunningNetwork
from tests.support.waiting import wait_until

WITHIN_S = 60
runner = CliRunner(env={"COLUMNS": "200", "LANG": "C"})


def node_of(out: Path, kit: Kit, position: int, home: Path) -> QbftNode:
    """The test engine, given one institution's folder of the kit as it is."""
    member = kit.nodes[position]
    folder = out / member.name
    files = NodeFiles(
        folder / "genesis.json",
        folder / "key",
        folder / "static-nodes.json",
        folder / "accounts-allowlist.toml",
        folder / "nodes-allowlist.toml",
    )
    return QbftNode(
        home / member.name,
        files,
        load_node_key(files.node_key),
        p2p_port=member.p2p_port,
        chain_id=kit.chain_id,
        port=find_free_port(),
    )


def doctor(urls: list[str], *more: str) -> tuple[int, dict[str, Any]]:
    named = [part for url in urls for part in ("--rpc", url)]
    shown = runner.invoke(app, ["network", "doctor", *named, "--json", *more])
    report: dict[str, Any] = json.loads(shown.stdout)
    return shown.exit_code, report


def test_the_kits_files_start_a_network_that_is_found_well_and_outlives_a_stop_of_all_nodes(
    tmp_path: Path,
) -> None:
    ports = find_free_ports(4)
    members = tuple(
        member.model_copy(update={"p2p_port": port})
        for member, port in zip(invent_members(4), ports, strict=True)
    )
    kit = init_kit(tmp_path / "net", NetworkPlan(DEFAULT_CHAIN_ID, members))
    nodes = [node_of(tmp_path / "net", kit, position, tmp_path / "homes") for position in range(4)]
    try:
        for node in nodes:
            (tmp_path / "homes" / node.files.genesis.parent.name).mkdir(parents=True, exist_ok=True)
            node.start()
        urls = [node.rpc_url for node in nodes]

        def height() -> int:
            return int(ask(connect(urls[0]), urls[0], "eth_blockNumber", []), 16)

        wait_until(lambda: height() >= 2, WITHIN_S, "the second block of the kit's network")
        at = height()
        # Blocks of the first rounds, while the nodes were still finding each other, are behind it then.
        wait_until(lambda: height() >= at + 9, WITHIN_S, "two turns of all validators")
        code, report = doctor(urls)
        assert (code, report["findings"]) == (0, [])
        assert sorted(report["validators"]) == sorted(node.address for node in kit.nodes)
        assert {node["chain_id"] for node in report["nodes"]} == {DEFAULT_CHAIN_ID}
        stopped_at = height()
        # The runbook's last means for a stalled chain, and the first half of every upgrade.
        for node in nodes:
            node.stop()
        for node in nodes:
            node.start()
        assert height() >= stopped_at
        wait_until(lambda: height() > stopped_at + 1, WITHIN_S, "blocks after all nodes were started anew")
    finally:
        for node in nodes:
            node.stop()


def test_status_and_doctor_tell_of_a_halt_and_of_its_end(network: RunningNetwork) -> None:
    urls = network.nodes.rpc_urls[: network.validators]
    for position in (2, 3):
        network.node(position).kill()
    network.wait_until_halted([0, 1])
    code, report = doctor(urls)
    found = {finding["code"] for finding in report["findings"]}
    assert code == 1
    assert {"chain.stalled", "peers.missing", "node.unreachable"} <= found
    network.make_whole()
    named = [part for url in urls for part in ("--rpc", url)]
    shown = runner.invoke(app, ["network", "status", *named, "--json"])
    assert shown.exit_code == 0
    assert len(json.loads(shown.stdout)["nodes"]) == network.validators
    assert "chain.stalled" not in {finding["code"] for finding in doctor(urls)[1]["findings"]}
