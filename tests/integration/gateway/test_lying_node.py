"""The gateway's own node lies on a sealed chain: nothing is decided by it, and the sender isn't blamed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.config import Settings
from ledger_api.evidence.foreign import EvidenceRefused
from ledger_api.network import Network, open_network
from ledger_api.nodes.errors import NodeNotProven, NodeStale
from ledger_api.parts import Parts
from ledger_api.received.evidence import ReceivedEvidence, ReceivedPlace
from ledger_api.received.service import Fetched, get_received, verify
from ledger_api.spends.models import SpendIntent, SpendState
from ledger_chain.engines import AnvilEngine
from ledger_chain.proven_reading import EventsMissing, NodeLies, ReceiptsForged
from ledger_proofs.bundles import Bundle
from ledger_proofs.claims import ClaimStatus, parse_claim_word
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from ledger_proofs.types import Hash, LogId, PackToken
from ledger_web.clock import Clock, system_clock
from tests.gateway_stack import raw_address
from tests.gateway_support import address_of, signing_key
from tests.support.counter import Prescribed, build_dispensing, dispense, fetch, open_window, prescribe
from tests.support.lying_node import (
    Alter,
    LyingNode,
    Sealer,
    build_sealed_trust,
    pass_on,
    run_lying_node,
)
from tests.support.waiting import wait_until
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways, deploy_for_two, run_two_gateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

YEAR_SECONDS = 366 * 86_400


@dataclass(frozen=True)
class World:
    """A counter that fetched a prescription and dispensed another; nothing is written from now on."""

    gateways: TwoGateways
    made: Prescribed
    sealer: Sealer
    trust: TrustFile
    folder: Path

    @property
    def parts(self) -> Parts:
        return self.gateways.counters.parts

    def open(self, node: LyingNode, clock: Clock = system_clock) -> Network:
        """The counter's network by that node, held to the trust file."""
        file = self.folder / "trust.json"
        file.write_text(json.dumps(trust_file_as_json(self.trust)), encoding="utf-8")
        given = {"home": self.folder, "rpc_url": node.url, "trust": file}
        deployment = replace(self.gateways.chain.deployment, genesis_hash=self.trust.trust.genesis_hash)
        network = open_network(Settings.model_validate(given), deployment, clock)
        assert network is not None
        return network

    def verify(self, network: Network) -> Fetched:
        """Verify what the hospital gave out, as the counter does before it dispenses."""
        place = ReceivedPlace(HOSPITAL, self.made.id, 0)
        _row, evidence = get_received(self.parts, PHARMACY, place)
        if network.held.is_proving:
            reviews = tuple(self._on_sealed_chain(each, network) for each in evidence.review_bundles)
            evidence = ReceivedEvidence(self._on_sealed_chain(evidence.bundle, network), reviews)
        return verify(replace(self.parts, network=network), place, evidence)

    def _on_sealed_chain(self, bundle: Bundle, network: Network) -> Bundle:
        anchor = replace(
            bundle.anchor,
            genesis_hash=network.deployment.genesis_hash,
            block_hash=Hash(bytes.fromhex(self._block(bundle.anchor.block_number)["hash"][2:])),
            header=None,
            account_proof=None,
            storage_proofs=None,
        )
        return replace(bundle, anchor=anchor)

    def _block(self, number: int) -> dict[str, Any]:
        return self.sealer._blocks[number]

    def intent(self) -> SpendIntent:
        """The act of the dispensing, which is done."""
        with self.parts.database.reading() as session:
            return session.exec(select(SpendIntent)).one()

    def checkpoint(self) -> LogCheckpoint:
        """The latest checkpoint of the pharmacy's log."""
        with self.parts.database.reading() as session:
            return session.exec(select(LogCheckpoint).order_by(LogCheckpoint.size.desc())).first()  # type: ignore[attr-defined,return-value] # a column; the log has some


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("lying-node")
    with (
        AnvilEngine(folder / "chain") as engine,
        run_two_gateways(folder / "home", deploy_for_two(engine)) as gateways,
    ):
        made, used = prescribe(gateways), prescribe(gateways)
        assert fetch(gateways, made).status_code == 201
        open_window(gateways, used)
        dispense(gateways, used, build_dispensing(used))
        parts = gateways.counters.parts

        def is_all_final() -> bool:
            with parts.database.reading() as session:
                states = {row.state for row in session.exec(select(LogCheckpoint))}
                acts = {row.state for row in session.exec(select(SpendIntent))}
            return (states, acts) == ({"final"}, {SpendState.DONE})

        wait_until(is_all_final, 30, "the dispensing and its record on the chain")
        sealer = Sealer(gateways.chain.trust)
        with run_lying_node(engine.rpc_url, sealer) as honest:
            trust = build_sealed_trust(gateways.chain.deployment, honest.url)
        yield World(gateways, made, sealer, trust, folder)


@pytest.fixture
def node(world: World) -> Iterator[LyingNode]:
    """The counter's node, on the chain as validators would have sealed it."""
    with run_lying_node(world.gateways.chain.engine.rpc_url, world.sealer) as running:
        yield running


def changing(method: str, change: Callable[[Any], Any]) -> Alter:
    """Change the answers to one question."""
    return lambda asked, _parameters, result: change(result) if asked == method else result


def count_questions(world: World, node: LyingNode, network: Network) -> int:
    asked: list[str] = []

    def note(method: str, _parameters: list[Any], result: Any) -> Any:
        asked.append(method)
        return result

    node.alter = note
    world.verify(network)
    return len(asked)


def codes(network: Network) -> list[str]:
    return [each.code for each in network.problems.list_open()]


def test_what_was_sent_is_verified_by_proofs_and_with_fewer_questions_than_plainly(
    world: World, node: LyingNode
) -> None:
    network = world.open(node)
    fetched = world.verify(network)
    words = [parse_claim_word(each.word) for each in fetched.claims.words]
    assert {each.status for each in words} == {ClaimStatus.UNUSED}
    assert codes(network) == []
    by_proofs = count_questions(world, node, network)
    with run_lying_node(world.gateways.chain.engine.rpc_url) as plain:
        settings = {"home": world.folder, "rpc_url": plain.url}
        unsealed = open_network(Settings.model_validate(settings), world.gateways.chain.deployment)
        assert unsealed is not None
        assert not unsealed.held.is_proving
        plainly = count_questions(world, plain, unsealed)
    assert by_proofs < plainly, f"{by_proofs} by proofs, {plainly} plainly"


def test_plain_answers_of_the_contracts_decide_nothing(world: World, node: LyingNode) -> None:
    node.alter = changing("eth_call", lambda _result: "0x" + "00" * 128)
    assert world.verify(world.open(node)).verified.prescription.bundle.commitment


@pytest.mark.parametrize("said", ["00", "01"])
def test_who_is_entitled_is_asked_by_proof(world: World, node: LyingNode, said: str) -> None:
    node.alter = changing("eth_call", lambda _result: "0x" + "00" * 31 + said)
    network = world.open(node)

    def is_entitled(name: str) -> bool:
        key = raw_address(address_of(signing_key(name)))
        return network.is_entitled(key, PHARMACY, PractitionerRole.PHARMACIST, system_clock())

    assert is_entitled("phil")
    assert not is_entitled("a stranger")


@pytest.mark.parametrize("place", ["storageProof", "accountProof"])
def test_a_state_that_isnt_proven_is_the_nodes_fault_and_not_the_hospitals(
    world: World, node: LyingNode, place: str
) -> None:
    def forge(result: Any) -> Any:
        if place == "accountProof":
            return {**result, "accountProof": result["accountProof"][:-1]}
        return {**result, "storageProof": [{**each, "value": "0x0"} for each in result["storageProof"]]}

    network = world.open(node)
    node.alter = changing("eth_getProof", forge)
    with pytest.raises(NodeNotProven) as refused:
        world.verify(network)
    assert "RXLEDGER_RPC_URL" in refused.value.detail
    assert "RXLEDGER_RPC_URL" in refused.value.detail_zh
    assert codes(network) == ["node-not-proven"]
    node.alter = pass_on
    assert world.verify(network).claims.words


def test_packs_words_are_proven_like_claims(world: World, node: LyingNode) -> None:
    unused, network = PackToken(bytes(32)), world.open(node)
    node.alter = changing("eth_call", lambda _result: "0x" + "01".rjust(64, "0"))
    assert network.ask_pack_words([unused])[unused].total_units == 0
    node.alter = changing("eth_getProof", lambda result: {**result, "accountProof": []})
    with pytest.raises(NodeNotProven):
        network.ask_pack_words([unused])


def test_a_chain_that_too_few_sealed_decides_nothing(world: World) -> None:
    few = Sealer(world.gateways.chain.trust, sealers=(0, 1))
    with run_lying_node(world.gateways.chain.engine.rpc_url, few) as forked:
        network = world.open(forked)
        with pytest.raises(NodeNotProven):
            world.verify(network)
    assert codes(network) == ["node-not-proven"]


def test_a_latest_block_that_is_old_decides_nothing(world: World, node: LyingNode) -> None:
    network = world.open(node, lambda: system_clock() + YEAR_SECONDS)
    with pytest.raises(NodeStale):
        world.verify(network)
    assert codes(network) == ["node-stale"]


def test_a_node_that_goes_back_behind_what_it_showed_decides_nothing(world: World, node: LyingNode) -> None:
    network = world.open(node)
    world.verify(network)
    node.alter = changing("eth_blockNumber", lambda result: hex(int(result, 16) - 1))
    with pytest.raises(NodeStale):
        world.verify(network)


def test_evidence_that_is_false_is_still_refused_as_the_senders(world: World, node: LyingNode) -> None:
    network = world.open(node)
    network.held.trust = replace(network.held.trust, chain_id=7)
    with pytest.raises(EvidenceRefused):
        world.verify(network)
    assert codes(network) == []


def test_an_acts_outcome_is_taken_from_proven_receipts(world: World, node: LyingNode) -> None:
    intent, spending = world.intent(), world.open(node).spending
    mined = spending.find_mined(intent.transaction_hash or b"")
    assert mined is not None
    assert mined.block_time == intent.block_time
    assert list(mined.outcome.done) == [intent.commitment]
    found = spending.find_effect(intent)
    assert found is not None
    assert found[0].statement == intent.commitment


def fail(receipt: Any) -> Any:
    return {**receipt, "status": "0x0"}


def drop_events(receipt: Any) -> Any:
    return {**receipt, "logs": []}


@pytest.mark.parametrize("lie", [fail, drop_events])
def test_a_forged_receipt_of_an_act_is_no_outcome(
    world: World, node: LyingNode, lie: Callable[[Any], Any]
) -> None:
    network = world.open(node)
    node.alter = changing("eth_getTransactionReceipt", lie)
    with pytest.raises(ReceiptsForged):
        network.spending.find_mined(world.intent().transaction_hash or b"")
    assert codes(network) == ["node-not-proven"]


def test_events_that_are_dropped_from_one_answer_only_are_noticed(world: World, node: LyingNode) -> None:
    network, told = world.open(node), iter([drop_events])
    node.alter = changing("eth_getTransactionReceipt", lambda result: next(told, lambda each: each)(result))
    with pytest.raises(EventsMissing):
        network.spending.find_mined(world.intent().transaction_hash or b"")


def test_anothers_receipt_is_not_taken_for_ones_own(world: World, node: LyingNode) -> None:
    network, mine = world.open(node), world.intent().transaction_hash or b""
    other = node.ask("eth_getTransactionReceipt", ["0x" + (world.checkpoint().transaction_hash or b"").hex()])

    def swap(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and parameters[0] == "0x" + mine.hex():
            place = world.sealer.answer(node.ask, "eth_getTransactionReceipt", [other["transactionHash"]])
            return {**place, "transactionHash": parameters[0]}
        return result

    node.alter = swap
    with pytest.raises(ReceiptsForged):
        network.spending.find_mined(mine)


def test_an_effect_that_the_node_hides_is_not_taken_for_none(world: World, node: LyingNode) -> None:
    network = world.open(node)
    node.alter = changing("eth_getLogs", lambda _result: [])
    with pytest.raises(EventsMissing):
        network.spending.find_effect(world.intent(), may_be_hidden=True)
    assert codes(network) == ["node-not-proven"]


def test_a_checkpoint_is_final_by_a_proven_receipt_only(world: World, node: LyingNode) -> None:
    network, checkpoint = world.open(node), world.checkpoint()
    transaction = Hash(checkpoint.transaction_hash or b"")
    log, size, number = LogId(checkpoint.log), checkpoint.size, checkpoint.block_number or 0
    receipt = network.chain.find_receipt(transaction)
    assert receipt is not None
    assert (receipt.succeeded, receipt.block_number) == (True, number)
    assert network.chain.take_proof(log, size, number).storage_proofs
    with pytest.raises(NodeLies):
        network.chain.take_proof(log, size + 1, number)
    node.alter = changing("eth_getTransactionReceipt", fail)
    with pytest.raises(ReceiptsForged):
        network.chain.find_receipt(transaction)


def test_what_the_node_says_of_a_log_is_proven(world: World, node: LyingNode) -> None:
    network, checkpoint = world.open(node), world.checkpoint()
    node.alter = changing("eth_call", lambda _result: "0x" + "00" * 128)
    found = network.chain.find_checkpoint(LogId(checkpoint.log), checkpoint.size)
    assert found is not None
    assert found.root == checkpoint.root
    assert network.chain.head(LogId(checkpoint.log)) == found
    node.alter = changing("eth_getProof", lambda result: {**result, "accountProof": []})
    with pytest.raises(NodeLies):
        network.chain.head(LogId(checkpoint.log))
