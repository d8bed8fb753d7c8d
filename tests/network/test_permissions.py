"""Who may connect and who may send: what allowlists keep out, and what only the contracts can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger_chain.connection import ask, connect
from ledger_chain.development_keys import address_of, deployer
from ledger_chain.errors import ChainError
from ledger_chain.qbft import NodeFiles, QbftNetwork, QbftNode, build_enode, generate_node_key
from ledger_chain.qbft.network import find_free_ports
from tests.network.running import RunningNetwork
from tests.support.links import Links
from tests.support.waiting import wait_until

LAX_MEMBER = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def guarded(home: Path) -> Iterator[RunningNetwork]:
    """A network whose members admit one account; one member's node admits everybody."""
    nodes = QbftNetwork(home, validators=4, accounts=[address_of(deployer())])
    lax = nodes.nodes[LAX_MEMBER]
    lax.files = replace(lax.files, accounts_allowlist=None)
    with nodes:
        yield RunningNetwork(nodes, Links(), 4)


def stranger() -> LocalAccount:
    account: LocalAccount = Account.from_key(os.urandom(32))
    return account


def test_a_listed_account_is_served_by_every_node(guarded: RunningNetwork) -> None:
    guarded.wait_until_mined(guarded.send(deployer(), 0, position=1))


def test_a_strangers_transaction_is_refused_by_the_node(guarded: RunningNetwork) -> None:
    with pytest.raises(ChainError, match="not authorized"):
        guarded.send(stranger(), 0, position=0)


def test_a_stranger_whom_one_member_lets_in_gets_into_that_members_blocks_only(
    guarded: RunningNetwork,
) -> None:
    # As with Besu: blocks of others aren't asked who sent. Hence the contracts check who writes.
    transaction = guarded.send(stranger(), 0, position=LAX_MEMBER)
    guarded.wait_until_mined(transaction)
    number = guarded.find_block_of(transaction)
    assert number is not None
    assert guarded.block(number)["miner"] == "0x" + bytes(guarded.node(LAX_MEMBER).key.address).hex()


def test_a_node_that_is_not_listed_gets_no_connection_and_no_block(
    guarded: RunningNetwork, home: Path, tmp_path: Path
) -> None:
    key = generate_node_key()
    key.save(tmp_path / "key")
    known = [build_enode(node.key, "127.0.0.1", node.p2p_port) for node in guarded.nodes.nodes]
    (tmp_path / "static-nodes.json").write_text("[" + ", ".join(f'"{each}"' for each in known) + "]")
    files = NodeFiles(home / "genesis.json", tmp_path / "key", tmp_path / "static-nodes.json")
    uninvited = QbftNode(
        tmp_path / "node",
        files,
        key,
        p2p_port=find_free_ports(1)[0],
        chain_id=guarded.nodes.chain_id,
    )
    with uninvited:
        before = guarded.height()
        # The others go on meanwhile, and it tries to connect every second.
        wait_until(lambda: guarded.height() >= before + 4, 60, "four more blocks")
        assert height_of(uninvited) == 0


def height_of(node: QbftNode) -> int:
    return int(str(ask(connect(node.rpc_url), node.rpc_url, "eth_blockNumber", [])), 16)
