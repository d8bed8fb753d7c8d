"""What is said of a network: each fault is found, named and has a remedy; a healthy one has none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger_chain.development_keys import address_of, development_account
from ledger_chain.qbft.network import NETWORK_CHAIN_ID
from ledger_cli.app import app
from ledger_cli.network.findings import exit_code_of, find_faults
from ledger_cli.network.node_findings import LAG_BLOCKS
from ledger_cli.network.survey import Survey, survey_nodes
from ledger_cli.network.watch import Finding, Watch
from tests.support.network_node import NetworkNode, build_blocks
from tests.support.sealed_chain import addresses_of
from tests.support.sealed_node import serving

NOW = 1_790_000_000
BLOCKS = 16
NOBODY = "http://127.0.0.1:9"
runner = CliRunner(env={"COLUMNS": "200", "LANG": "C"})


@dataclass
class Network:
    """Two nodes of four validators, and their addresses."""

    nodes: list[NetworkNode]
    urls: list[str] = field(default_factory=list)

    def survey(self) -> Survey:
        return survey_nodes(self.urls, lambda: NOW + 0.5)

    def watch(self, between: Callable[[], object] | None = None, **changes: Any) -> Watch:
        """Two looks at it; by default one more block in between."""
        before = self.survey()
        (between or self.grow)()
        return Watch(before, self.survey(), 6.0, **changes)

    def grow(self) -> None:
        for node in self.nodes:
            node.grow()


@pytest.fixture
def network() -> Iterator[Network]:
    with ExitStack() as stack:
        found = Network([NetworkNode(build_blocks(BLOCKS, NOW - 1)) for _ in range(2)])
        found.urls = [stack.enter_context(serving(node)) for node in found.nodes]
        yield found


def codes_of(watch: Watch) -> list[str]:
    return [finding.code for finding in find_faults(watch)]


def only(watch: Watch) -> Finding:
    (finding,) = find_faults(watch)
    return finding


def test_a_healthy_network_has_no_finding(network: Network) -> None:
    watch = network.watch()
    assert find_faults(watch) == []
    assert exit_code_of([]) == 0
    assert watch.after.highest == BLOCKS
    assert watch.after.validators == addresses_of([0, 1, 2, 3])


def test_a_network_without_new_blocks_is_stalled(network: Network) -> None:
    finding = only(network.watch(lambda: None))
    assert (finding.code, finding.where) == ("chain.stalled", f"block {BLOCKS - 1}")
    assert "restart all" in finding.remedy.en
    assert exit_code_of([finding]) == 1


def test_blocks_of_later_rounds_are_counted(network: Network) -> None:
    def grow() -> None:
        for node in network.nodes:
            node.grow(round=2)

    finding = only(network.watch(grow))
    assert (finding.code, finding.where) == ("rounds.empty", f"block {BLOCKS}")
    assert "1 of the last 8 blocks" in finding.what.en and "round 2" in finding.what.en


def test_a_validator_that_neither_proposes_nor_seals_is_named(network: Network) -> None:
    def grow() -> None:
        for node in network.nodes:
            node.blocks = build_blocks(BLOCKS + 1, NOW, sealers=(0, 1, 2))

    finding = only(network.watch(grow))
    (silent,) = set(addresses_of([0, 1, 2, 3])) - set(addresses_of([0, 1, 2]))
    assert (finding.code, finding.where) == ("validator.silent", f"0x{silent.hex()}")


def test_missing_peers_are_noticed_at_their_node(network: Network) -> None:
    network.nodes[1].peers = 2
    finding = only(network.watch())
    assert (finding.code, finding.where) == ("peers.missing", network.urls[1])
    assert "2 peers, 3 are needed" in finding.what.en


def test_a_node_that_lags_is_noticed(network: Network) -> None:
    finding = only(network.watch(lambda: network.nodes[0].grow(LAG_BLOCKS + 1, timestamp=NOW)))
    assert (finding.code, finding.where) == ("node.behind", network.urls[1])
    assert f"{LAG_BLOCKS + 1} blocks" in finding.what.en


def test_a_node_that_has_only_begun_is_behind_and_its_clock_is_not_blamed(network: Network) -> None:
    network.nodes[1].blocks = network.nodes[1].blocks[:1]
    codes = codes_of(network.watch(network.nodes[0].grow))
    assert "node.behind" in codes
    assert "clock.skew" not in codes


def test_a_few_blocks_of_difference_are_no_fault(network: Network) -> None:
    watch = network.watch(lambda: network.nodes[0].grow(LAG_BLOCKS, timestamp=NOW))
    assert find_faults(watch) == []


@pytest.mark.parametrize("says_besu", [True, False], ids=["besu", "geth"])
def test_a_pool_that_lost_what_another_holds_is_noticed(network: Network, says_besu: bool) -> None:
    for node in network.nodes:
        node.says_besu = says_besu
    network.nodes[0].waiting = 5
    finding = only(network.watch())
    assert (finding.code, finding.where) == ("pool.empty", network.urls[1])


def test_transactions_that_are_mined_meanwhile_are_no_fault(network: Network) -> None:
    network.nodes[0].waiting = 5

    def mine() -> None:
        network.nodes[0].waiting = 0
        network.grow()

    assert find_faults(network.watch(mine)) == []


def test_a_full_pool_is_noticed(network: Network) -> None:
    for node in network.nodes:
        node.waiting = 4000
    assert codes_of(network.watch()) == ["pool.full", "pool.full"]


@pytest.mark.parametrize(("shift", "word"), [(5, "ahead of"), (-30, "behind")])
def test_block_times_that_do_not_fit_the_clock_are_noticed(network: Network, shift: int, word: str) -> None:
    for node in network.nodes:
        node.blocks = build_blocks(BLOCKS, NOW + shift - 1)
    found = find_faults(network.watch())
    assert {finding.code for finding in found} == {"clock.skew"}
    assert word in found[0].what.en
    assert addresses_of([0])[0].hex() in found[0].what.en


def test_an_unreachable_node_is_no_verdict(network: Network) -> None:
    network.urls.append(NOBODY)
    finding = only(network.watch())
    assert (finding.code, finding.where, finding.certain) == ("node.unreachable", NOBODY, False)
    assert exit_code_of([finding]) == 2


def test_nodes_of_two_chains_and_a_split_chain_are_told_apart(network: Network) -> None:
    network.nodes[1].chain_id = 78
    assert codes_of(network.watch()) == ["chain.different"]
    network.nodes[1].chain_id = 77
    last = network.nodes[1].blocks.pop()
    network.nodes[1].blocks.append(build_blocks(1, last.timestamp)[0])
    network.nodes[1].blocks[-1] = type(last)(last.number, last.timestamp, bytes(32), later=(0,))
    assert "chain.forked" in codes_of(network.watch(lambda: network.nodes[0].grow()))


def test_too_few_validators_are_noticed(network: Network) -> None:
    for node in network.nodes:
        node.validators = (0, 1, 2)
    assert codes_of(network.watch()) == ["validators.few"]


def test_a_validator_with_a_development_key_is_refused(network: Network) -> None:
    known = address_of(development_account(0))
    stated = [f"0x{each.hex()}" for each in (*addresses_of([0, 1, 2, 3]), known)]
    for node in network.nodes:
        node.peers = 4
        node.bent["qbft_getValidatorsByBlockNumber"] = stated
    found = {finding.code: finding for finding in find_faults(network.watch())}
    assert found["validator.development_key"].where == f"0x{known.hex()}"
    assert exit_code_of(list(found.values())) == 1


def test_a_chain_of_development_or_tests_is_told(network: Network) -> None:
    for node in network.nodes:
        node.chain_id = NETWORK_CHAIN_ID
    assert codes_of(network.watch()) == ["chain.development"]


def test_a_disk_is_judged_where_it_can_be_seen(network: Network, tmp_path: Path) -> None:
    absent = only(network.watch(folders=[tmp_path / "nowhere"]))
    assert (absent.code, absent.certain) == ("disk.unread", False)
    # No test can fill the machine's disk: the share that counts as low is raised instead.
    low = only(network.watch(folders=[tmp_path], free_share=1.01))
    assert (low.code, low.where) == ("disk.low", str(tmp_path))
    assert find_faults(network.watch(folders=[tmp_path], free_share=0.0)) == []


def test_nonsense_of_a_node_is_could_not_check(network: Network) -> None:
    network.nodes[1].bent["net_peerCount"] = "many"
    finding = only(network.watch())
    assert (finding.code, finding.where, finding.certain) == ("node.unreachable", network.urls[1], False)


def test_every_finding_says_what_and_what_to_do_in_both_languages(network: Network) -> None:
    network.urls.append(NOBODY)
    network.nodes[1].peers = 0
    found = find_faults(network.watch(lambda: None, folders=[Path("/nowhere")]))
    assert len(found) == 4
    for finding in found:
        for text in (finding.what, finding.remedy):
            assert text.en
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh)


def live(network: Network) -> Network:
    """The network with blocks of this moment, as the commands see it."""
    for node in network.nodes:
        node.blocks = build_blocks(BLOCKS, int(time.time()))
    return network


def arguments_of(network: Network, verb: str, *more: str) -> list[str]:
    return ["network", verb, *(part for url in network.urls for part in ("--rpc", url)), *more]


def test_status_shows_each_node_and_ends_well(network: Network) -> None:
    shown = runner.invoke(app, arguments_of(live(network), "status", "--json"))
    assert shown.exit_code == 0, shown.output
    report = json.loads(shown.stdout)
    assert report["height"] == BLOCKS - 1
    assert len(report["validators"]) == 4
    first = report["nodes"][0]
    assert (first["height"], first["behind"], first["round"], first["peers"], first["pool"]) == (
        15,
        0,
        0,
        3,
        0,
    )
    for language, word in (("en", "height"), ("zh", "高度")):
        read = runner.invoke(app, arguments_of(network, "status", "--lang", language))
        assert word in read.stdout and network.urls[0] in read.stdout


def test_status_of_a_node_that_does_not_answer_could_not_be_checked(network: Network) -> None:
    network.urls.append(NOBODY)
    shown = runner.invoke(app, arguments_of(live(network), "status", "--json"))
    assert shown.exit_code == 2
    unreached = json.loads(shown.stdout)["unreached"][0]
    assert unreached["node"] == NOBODY
    assert "can't be reached" in unreached["reason"] and "链节点无应答" in unreached["reason_zh"]


def test_the_doctors_exit_code_and_words_fit_what_it_found(network: Network) -> None:
    arguments = arguments_of(live(network), "doctor", "--watch", "0")
    shown = runner.invoke(app, [*arguments, "--json"])
    assert shown.exit_code == 1
    report = json.loads(shown.stdout)
    assert not report["ok"]
    assert [finding["code"] for finding in report["findings"]] == ["chain.stalled"]
    assert report["findings"][0]["remedy_zh"]
    read = runner.invoke(app, [*arguments, "--lang", "zh"])
    assert "chain.stalled" in read.stdout and "没有新区块" in read.stdout


def test_no_nodes_address_is_refused() -> None:
    shown = runner.invoke(app, ["network", "doctor", "--rpc", "nowhere", "--json"])
    assert shown.exit_code == 1
    assert json.loads(shown.stdout)["error"]["code"] == "rpc.address"
