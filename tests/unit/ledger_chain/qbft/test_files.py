"""What the nodes of a network read: genesis, extraData, node keys and addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger_chain.errors import HomeCorrupt
from ledger_chain.qbft import QbftNetwork, QbftTiming, build_enode, build_extra_data, build_genesis
from ledger_chain.qbft.genesis import BYZANTINE_MIX_HASH
from ledger_chain.qbft.node_key import NodeKey, generate_node_key, load_node_key
from ledger_proofs import rlp
from ledger_proofs.types import Address

# The example of Besu's documentation, "Configure QBFT consensus": four validators, round 0, no seals.
PUBLISHED = bytes.fromhex(
    "f87aa00000000000000000000000000000000000000000000000000000000000000000"
    "f8549464a702e6263b7297a96638cac6ae65e6541f4169943923390ad55e90c237593b3b0e401f3b08a0318594aefdb9a738c9"
    "f433e5b6b212a6d62f6370c2f69294c7eeb9a4e00ce683cf93039b212648e01c6c6b78c080c0"
)
PUBLISHED_VALIDATORS = [
    Address(bytes.fromhex(text))
    for text in (
        "64a702e6263b7297a96638cac6ae65e6541f4169",
        "3923390ad55e90c237593b3b0e401f3b08a03185",
        "aefdb9a738c9f433e5b6b212a6d62f6370c2f692",
        "c7eeb9a4e00ce683cf93039b212648e01c6c6b78",
    )
]


def test_extra_data_is_the_published_examples_with_the_validators_in_order() -> None:
    ours, published = rlp.decode(build_extra_data(PUBLISHED_VALIDATORS)), rlp.decode(PUBLISHED)
    assert not isinstance(ours, bytes)
    assert not isinstance(published, bytes)
    assert list(ours[1]) == sorted(published[1])
    assert [*ours[:1], *ours[2:]] == [*published[:1], *published[2:]]
    assert len(build_extra_data(PUBLISHED_VALIDATORS)) == len(PUBLISHED)


def test_the_genesis_names_its_chain_its_timing_and_free_gas() -> None:
    genesis = build_genesis(77, PUBLISHED_VALIDATORS, QbftTiming(3, 6, 100))
    assert genesis["config"]["chainId"] == 77
    assert genesis["config"]["zeroBaseFee"] is True
    assert genesis["config"]["qbft"] == {
        "blockperiodseconds": 3,
        "requesttimeoutseconds": 6,
        "epochlength": 100,
    }
    assert (genesis["mixHash"], genesis["difficulty"]) == (BYZANTINE_MIX_HASH, "0x1")


@pytest.mark.parametrize("validators", [[], [PUBLISHED_VALIDATORS[0]] * 2], ids=["none", "one twice"])
def test_a_genesis_without_validators_or_with_one_twice_is_refused(validators: list[Address]) -> None:
    with pytest.raises(ValueError, match="each of them once"):
        build_genesis(77, validators)


def test_a_node_keys_address_is_its_validators() -> None:
    # The key 1, whose account is known from every Ethereum text.
    key = NodeKey((1).to_bytes(32, "big"))
    assert key.address.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
    assert build_enode(key, "127.0.0.1", 30303).startswith("enode://79be667ef9dcbbac55a06295ce870b07029bfcdb")


def test_a_saved_node_key_is_read_back_and_is_its_owners_only(tmp_path: Path) -> None:
    key = generate_node_key()
    key.save(tmp_path / "key")
    assert load_node_key(tmp_path / "key") == key
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_each_node_knows_all_others_and_not_itself(tmp_path: Path) -> None:
    network = QbftNetwork(tmp_path, validators=3, spare=1)
    for node in network.nodes:
        known = json.loads(node.files.static_nodes.read_text())
        assert len(known) == 3
        assert not any(node.key.public.hex() in url for url in known)
    assert len({node.p2p_port for node in network.nodes}) == 4


def test_a_network_that_is_there_goes_on_with_its_keys_and_its_first_block(tmp_path: Path) -> None:
    first = QbftNetwork(tmp_path, validators=3, spare=1)
    genesis = (tmp_path / "genesis.json").read_bytes()
    again = QbftNetwork(tmp_path, validators=3, spare=1)
    assert [node.key for node in again.nodes] == [node.key for node in first.nodes]
    assert (tmp_path / "genesis.json").read_bytes() == genesis


def test_a_network_of_another_size_is_not_taken_for_the_one_that_is_there(tmp_path: Path) -> None:
    QbftNetwork(tmp_path, validators=4)
    with pytest.raises(HomeCorrupt, match="has 4 nodes, and 5 are asked for"):
        QbftNetwork(tmp_path, validators=5)


def test_a_node_keys_secret_is_not_shown() -> None:
    key = NodeKey((7).to_bytes(32, "big"))
    assert key.secret.hex() not in repr(key)
