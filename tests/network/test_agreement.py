"""Four validators agree: blocks come in time with enough seals, one may fail, none comes without a quorum.

Seals and hashes are recomputed here from the headers' bytes, by the rules of QBFT, not by the engine's word.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from coincurve import PublicKey
from eth_account import Account

from ledger_chain.qbft import QbftNode
from ledger_chain.qbft.genesis import BYZANTINE_MIX_HASH
from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from tests.network.running import RunningNetwork
from tests.support.waiting import wait_until

PERIOD_S = 1
FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    "baseFeePerGas",
)
NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}


def header_fields(block: dict[str, Any]) -> list[bytes | int]:
    return [int(block[name], 16) if name in NUMBERS else bytes.fromhex(block[name][2:]) for name in FIELDS]


def hash_with(block: dict[str, Any], extra_data: bytes) -> bytes:
    fields = header_fields(block)
    fields[FIELDS.index("extraData")] = extra_data
    return keccak(rlp.encode(fields))


def signer_of(digest: bytes, seal: bytes) -> bytes:
    public = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    return keccak(public.format(compressed=False)[1:])[12:]


def parse_extra_data(block: dict[str, Any]) -> list[Any]:
    extra = rlp.decode(bytes.fromhex(block["extraData"][2:]))
    assert isinstance(extra, list | tuple)
    return list(extra)


def test_each_block_is_sealed_by_a_quorum_of_the_validators(network: RunningNetwork) -> None:
    network.wait_for_blocks(3)
    validators = network.first_validators()
    for number in range(1, network.height()):
        block = network.block(number)
        vanity, listed, vote, round_number, seals = parse_extra_data(block)
        sealed = hash_with(block, rlp.encode([vanity, listed, vote, round_number, []]))
        signers = {signer_of(sealed, seal) for seal in seals}
        assert signers <= validators
        assert len(signers) == len(seals) >= 3
        assert list(listed) == sorted(bytes(each) for each in validators)


def test_a_blocks_hash_leaves_out_its_seals_and_its_round(network: RunningNetwork) -> None:
    for number in range(network.height()):
        block = network.block(number)
        vanity, listed, vote, _, _ = parse_extra_data(block)
        assert "0x" + hash_with(block, rlp.encode([vanity, listed, vote, 0, []])).hex() == block["hash"]
        assert block["mixHash"] == BYZANTINE_MIX_HASH


def test_blocks_come_once_a_period_from_every_validator_in_turn(network: RunningNetwork) -> None:
    network.wait_for_blocks(6)
    last = network.height()
    blocks = [network.block(number) for number in range(last - 5, last + 1)]
    assert {block["miner"] for block in blocks} == {
        "0x" + bytes(each).hex() for each in network.first_validators()
    }
    for earlier, later in pairwise(blocks):
        assert int(later["timestamp"], 16) - int(earlier["timestamp"], 16) >= PERIOD_S


def test_all_nodes_hold_the_same_blocks(network: RunningNetwork) -> None:
    height = min(network.height(position) for position in network.everybody)
    for number in range(height + 1):
        assert len({network.block(number, position)["hash"] for position in network.everybody}) == 1


def test_one_validator_killed_work_goes_on_and_it_catches_up(network: RunningNetwork) -> None:
    network.node(3).kill()
    network.wait_for_blocks(5, among=[0, 1, 2])
    network.node(3).start()
    network.wait_for_blocks(1)
    assert network.block("latest", 3)["hash"]


def test_one_validator_that_hangs_holds_nobody_up(network: RunningNetwork) -> None:
    network.node(2).pause()
    network.wait_for_blocks(5, among=[0, 1, 3])
    network.node(2).resume()
    network.wait_for_blocks(1)


def test_two_of_four_killed_no_block_is_made_until_they_return(network: RunningNetwork) -> None:
    for position in (2, 3):
        network.node(position).kill()
    halted_at = network.wait_until_halted([0, 1])
    for position in (2, 3):
        network.node(position).start()
    network.wait_for_blocks(2)
    for number in range(halted_at + 1):
        assert len({network.block(number, position)["hash"] for position in network.everybody}) == 1


@pytest.mark.parametrize("end", [QbftNode.kill, QbftNode.stop], ids=["killed", "stopped in order"])
def test_every_node_ended_at_once_has_every_block_when_it_returns(
    network: RunningNetwork, end: Callable[[QbftNode], None]
) -> None:
    known = [network.block(number)["hash"] for number in range(network.height() + 1)]
    for position in network.everybody:
        end(network.node(position))
    network.nodes.start()
    network.wait_for_blocks(2)
    for position in network.everybody:
        assert [network.block(number, position)["hash"] for number in range(len(known))] == known


def test_a_network_cut_in_half_makes_no_block_and_heals(network: RunningNetwork) -> None:
    network.links.cut([0, 1], [2, 3, 4])
    network.wait_until_halted([0, 1, 2, 3])
    network.links.join()
    network.wait_for_blocks(2)
    height = min(network.height(position) for position in network.everybody)
    for number in range(height + 1):
        assert len({network.block(number, position)["hash"] for position in network.everybody}) == 1


def test_a_validator_cut_off_stays_behind_while_the_others_go_on(network: RunningNetwork) -> None:
    network.links.cut([0], [1, 2, 3, 4])
    wait_until(lambda: network.height(1) >= network.height(0) + 4, 60, "the others to be ahead")
    network.links.join()
    network.wait_for_blocks(1)
    height = min(network.height(0), network.height(1))
    assert network.block(height, 0)["hash"] == network.block(height, 1)["hash"]


def test_a_transaction_given_to_any_node_is_in_a_block_of_all(network: RunningNetwork) -> None:
    for position in network.everybody:
        sender = Account.from_key(os.urandom(32))
        transaction = network.send(sender, 0, position)
        network.wait_until_mined(transaction)


def test_what_a_killed_nodes_pool_held_is_gone_with_it(network: RunningNetwork) -> None:
    for position in (2, 3):
        network.node(position).kill()
    network.wait_until_halted([0, 1])
    transaction = network.send(Account.from_key(os.urandom(32)), 0, 0)
    for position in (0, 1, 4):
        network.node(position).kill()
    network.nodes.start()
    network.wait_for_blocks(3)
    assert network.find_block_of(transaction) is None
    assert network.nodes.ask(0, "eth_getTransactionByHash", transaction) is None


def test_a_validator_is_voted_out_and_in_again(network: RunningNetwork) -> None:
    before = network.first_validators()
    subject = network.node(3).key.address
    for position in (0, 1, 2):
        network.nodes.vote(position, subject, add=False)
    wait_until(lambda: network.nodes.validators() == before - {subject}, 60, "the validator to be out")
    network.wait_for_blocks(3)
    network.take_votes_back()
    for position in (0, 1):
        network.nodes.vote(position, subject, add=True)
    wait_until(lambda: network.nodes.validators() == before, 60, "the validator to be in again")
    network.wait_for_blocks(4)
    last = network.height()
    miners = {network.block(number)["miner"] for number in range(last - 4, last + 1)}
    assert "0x" + bytes(subject).hex() in miners
