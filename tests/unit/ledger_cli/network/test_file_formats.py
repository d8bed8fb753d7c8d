"""Each file of the kit, read strictly, against the documented form of what reads it."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.qbft import QbftTiming
from ledger_cli.network.besu_files import BESU_RELEASE
from ledger_cli.network.kit import init_kit
from ledger_cli.network.monitoring_files import build_alerts, build_prometheus
from ledger_cli.network.plan import Member, NetworkPlan
from ledger_cli.network.service_files import build_compose
from tests.support.block_yaml import read_yaml

DOCUMENTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "besu_options.json").read_text()
)
OPTIONS: dict[str, str] = DOCUMENTED["options"]
ENODE = re.compile(r"enode://[0-9a-f]{128}@(\d+\.){3}\d+:\d+\?discport=0")
ACCOUNT = "0x" + "ab" * 20
# Besu, "Genesis file items", "Configure QBFT consensus" and "Configure a free gas network".
GENESIS_CONFIG = {"chainId", "berlinBlock", "londonBlock", "zeroBaseFee", "contractSizeLimit", "qbft"}
GENESIS_PARTS = {
    *("config", "nonce", "timestamp", "extraData", "gasLimit", "gasUsed", "number", "difficulty", "mixHash"),
    *("coinbase", "parentHash", "baseFeePerGas", "alloc"),
}
# Compose Specification, "Services top-level elements".
COMPOSE_SERVICE = {
    *("image", "command", "user", "network_mode", "restart", "stop_grace_period", "read_only", "tmpfs"),
    *("cap_drop", "security_opt", "ulimits", "volumes"),
}
# Besu, "Metrics list"; EIP-2159; Prometheus' node exporter, collectors timex and filesystem; `up` is its own.
MEASUREMENTS = {
    *("up", "besu_blockchain_chain_head_timestamp", "ethereum_peer_count", "ethereum_blockchain_height"),
    *("ethereum_best_known_block_number", "node_timex_offset_seconds", "node_timex_sync_status"),
    *("node_filesystem_avail_bytes", "node_filesystem_size_bytes"),
}
# systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5).
UNIT = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {
        *("User", "Group", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "SuccessExitStatus"),
        *("LimitNOFILE", "StateDirectory", "StateDirectoryMode", "NoNewPrivileges", "ProtectSystem"),
        *("ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelTunables", "ProtectControlGroups"),
        "RestrictAddressFamilies",
    },
    "Install": {"WantedBy"},
}


def member(number: int) -> Member:
    accounts = (ACCOUNT,) if number == 1 else ()
    return Member(name=f"hospital-{number}", host=f"10.0.0.{number}", accounts=accounts)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kit") / "net"
    init_kit(out, NetworkPlan(2_026_001, tuple(member(number) for number in range(1, 6))))
    return out


@pytest.fixture
def folder(kit: Path) -> Path:
    return kit / "hospital-2"


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list) else "text"


def test_the_documented_options_are_those_of_the_release_that_the_files_are_made_for(folder: Path) -> None:
    assert DOCUMENTED["release"] == BESU_RELEASE
    assert f"besu:{BESU_RELEASE}" in (folder / "compose.yaml").read_text("utf-8")


def test_besus_configuration_has_documented_options_alone_each_in_its_form(folder: Path) -> None:
    stated = tomllib.loads((folder / "besu.toml").read_text("utf-8"))
    assert {name: kind_of(value) for name, value in stated.items()} == {
        name: OPTIONS[name] for name in stated
    }


def test_besu_is_set_up_for_proofs_free_gas_and_many_transactions_of_one_sender(folder: Path) -> None:
    stated = tomllib.loads((folder / "besu.toml").read_text("utf-8"))
    assert (stated["sync-mode"], stated["data-storage-format"]) == ("FULL", "FOREST")
    assert stated["min-gas-price"] == 0
    assert stated["tx-pool"] == "sequenced"
    assert 0 < stated["tx-pool-limit-by-account-percentage"] <= 1
    assert stated["tx-pool-limit-by-account-percentage"] * stated["tx-pool-max-size"] >= 1000
    # Besu refuses to start with a price bump beside zeroBaseFee.
    assert "tx-pool-price-bump" not in stated


def test_json_rpc_is_inside_only_and_whoever_connects_is_on_a_list(folder: Path) -> None:
    stated = tomllib.loads((folder / "besu.toml").read_text("utf-8"))
    assert stated["rpc-http-host"] == stated["metrics-host"] == "127.0.0.1"
    assert "*" not in stated["host-allowlist"]
    assert stated["discovery-enabled"] is False
    assert stated["permissions-nodes-config-file-enabled"] is True
    assert stated["permissions-accounts-config-file-enabled"] is True


def test_every_file_that_besu_is_pointed_to_is_in_its_folder(folder: Path) -> None:
    stated = tomllib.loads((folder / "besu.toml").read_text("utf-8"))
    named = [value for name, value in stated.items() if name.endswith("-file")]
    assert len(named) == 5
    for path in named:
        assert path.startswith("/etc/rxledger-node/")
        assert (folder / path.rsplit("/", 1)[1]).is_file()


def test_the_permissions_files_are_lists_of_nodes_and_of_accounts(folder: Path) -> None:
    nodes = tomllib.loads((folder / "nodes-allowlist.toml").read_text())
    accounts = tomllib.loads((folder / "accounts-allowlist.toml").read_text())
    assert list(nodes) == ["nodes-allowlist"]
    assert len(nodes["nodes-allowlist"]) == 5
    assert all(ENODE.fullmatch(each) for each in nodes["nodes-allowlist"])
    assert accounts == {"accounts-allowlist": [ACCOUNT]}


def test_static_nodes_are_enodes_that_the_allowlist_admits(folder: Path) -> None:
    static = json.loads((folder / "static-nodes.json").read_text())
    admitted = tomllib.loads((folder / "nodes-allowlist.toml").read_text())["nodes-allowlist"]
    assert len(static) == 4
    assert set(static) < set(admitted)


def test_the_genesis_has_documented_items_alone(folder: Path) -> None:
    genesis = json.loads((folder / "genesis.json").read_text())
    assert set(genesis) == GENESIS_PARTS
    assert set(genesis["config"]) == GENESIS_CONFIG
    assert genesis["config"]["qbft"] == {
        "blockperiodseconds": 1,
        "requesttimeoutseconds": 2,
        "epochlength": 30_000,
    }
    assert genesis["config"]["zeroBaseFee"] is True
    assert genesis["config"]["contractSizeLimit"] == 24_576
    assert genesis["alloc"] == {}


def test_our_contracts_fit_the_chains_limit(folder: Path) -> None:
    limit = json.loads((folder / "genesis.json").read_text())["config"]["contractSizeLimit"]
    artifacts = sorted((Path(__file__).parents[4] / "contracts" / "artifacts").glob("*.json"))
    assert artifacts
    for path in artifacts:
        assert (len(json.loads(path.read_text())["deployedBytecode"]) - 2) // 2 <= limit, path.name


def test_the_compose_file_says_what_was_meant_in_the_specifications_words(folder: Path) -> None:
    read = read_yaml((folder / "compose.yaml").read_text("utf-8"))
    assert read == build_compose(member(2))
    assert set(read) == {"name", "services"}
    assert set(read["services"]["besu"]) == COMPOSE_SERVICE


def test_the_service_has_known_settings_alone(folder: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((folder / "rxledger-node.service").read_text("utf-8"))
    assert {section: set(unit[section]) for section in unit.sections()} == UNIT
    assert unit["Service"]["ExecStart"].endswith("--config-file=/etc/rxledger-node/besu.toml")


def test_prometheus_collects_from_the_node_and_its_machine(folder: Path) -> None:
    read = read_yaml((folder / "prometheus.yml").read_text("utf-8"))
    assert read == build_prometheus(member(2))
    assert read["rule_files"] == ["alerts.yml"]
    targets = [job["static_configs"][0]["targets"] for job in read["scrape_configs"]]
    assert targets == [["127.0.0.1:9545"], ["127.0.0.1:9100"]]


def test_alarms_are_raised_from_measurements_that_exist_in_both_languages(folder: Path) -> None:
    read = read_yaml((folder / "alerts.yml").read_text("utf-8"))
    assert read == build_alerts(4)
    rules = {rule["alert"]: rule for rule in read["groups"][0]["rules"]}
    for rule in rules.values():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", rule["expr"])
        names = set(re.findall(r"[a-z_]{2,}", bare)) - {"time", "rate", "abs", "or"}
        assert names and names <= MEASUREMENTS
        assert re.fullmatch(r"\d+[sm]", rule["for"])
        assert re.search("[\u4e00-\u9fff]", rule["annotations"]["summary_zh"])
    assert rules["PeersMissing"]["expr"].endswith("< 4")
    assert set(rules) == {
        *("NodeDown", "BlocksStalled", "PeersMissing", "RoundsWithoutBlock", "NodeBehind", "ClockSkew"),
        "DiskFilling",
    }


def test_slower_blocks_are_expected_where_the_block_period_is_longer() -> None:
    rules = build_alerts(3, QbftTiming(block_period_s=4))["groups"]
    assert "< 0.2" in json.dumps(rules)


def test_the_reader_of_these_tests_refuses_what_is_not_well_formed() -> None:
    for wrong in ('"a": 1\n"a": 2', '"a":\n"b": 1', "a: 1", '"a": 1\n   "b": 2', '"a": yes'):
        with pytest.raises(ValueError):
            read_yaml(wrong)
