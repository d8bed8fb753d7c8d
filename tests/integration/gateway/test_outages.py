"""The chain silent, slow, replaced or reorganised: what is accepted meanwhile arrives later, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.outbox import LONG_WAIT_SECONDS
from ledger_chain.connection import ask, connect
from ledger_chain.engines import AnvilEngine, ChainEngine
from ledger_proofs.types import Address
from tests.gateway_stack import (
    ChainUnderTest,
    Stack,
    deploy_for_test,
    outcomes,
    read_status,
    run_stack,
    use_up_nonce,
)
from tests.gateway_support import FIRST
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[ChainEngine]:
    """An anvil that a test may stop."""
    with AnvilEngine(tmp_path / "anvil") as engine:
        yield engine


def _readiness(stack: Stack) -> dict[str, dict[str, str]]:
    return dict(stack.gateway.anonymous().get("/readyz").json()["parts"])


def test_a_silent_chain_stops_nothing_and_is_caught_up_with(tmp_path: Path, own_engine: ChainEngine) -> None:
    chain = deploy_for_test(own_engine)
    with run_stack(tmp_path / "home", chain) as stack:
        anna = stack.doctor("anna")
        before = anna.issue()
        anna.wait_until_final(before["id"])
        assert own_engine.pid is not None
        os.kill(own_engine.pid, signal.SIGSTOP)
        try:
            during = [anna.issue()["id"] for _ in range(3)]
            wait_until(lambda: read_status(anna.http, during[-1]) == "logged", 20, "the entries to be logged")
            metrics = stack.gateway.anonymous()
            wait_until(
                lambda: 'rxledger_queue_depth{state="logged"} 3.0' in metrics.get("/metrics").text,
                30,
                "the waiting entries to be counted",
            )
            assert 'rxledger_worker_failures_total{worker="anchoring"}' in metrics.get("/metrics").text
            ready = stack.gateway.anonymous().get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            assert ready.json()["parts"]["chain"]["note"] == "chain-unreachable"
            bundle = anna.http.get(f"/v1/prescriptions/{before['id']}/bundle")
            assert (bundle.status_code, bundle.json()["code"]) == (503, "chain-unreachable")
        finally:
            os.kill(own_engine.pid, signal.SIGCONT)
        for prescription_id in during:
            anna.wait_until_final(prescription_id, within_s=60)
        assert outcomes(stack.verify(anna.get_bundle(during[1]))) == ["passed"] * 7
        wait_until(
            lambda: _readiness(stack)["anchoring"]["state"] == "ok", 20, "the gateway to be well again"
        )


def test_a_chain_that_makes_no_blocks_shows_in_readiness(tmp_path: Path, own_engine: ChainEngine) -> None:
    chain = deploy_for_test(own_engine)
    w3 = connect(own_engine.rpc_url)
    with run_stack(tmp_path / "home", chain) as stack:
        anna = stack.doctor("anna")
        ask(w3, own_engine.rpc_url, "evm_setAutomine", [False])
        issued = anna.issue()["id"]
        wait_until(lambda: read_status(anna.http, issued) == "logged", 20, "the entry to be logged")
        assert _readiness(stack)["anchoring"]["state"] == "ok"
        stack.gateway.clock.advance(LONG_WAIT_SECONDS + 1)
        found = _readiness(stack)["anchoring"]
        assert (found["state"], "waited" in found["note"]) == ("degraded", True), found
        ask(w3, own_engine.rpc_url, "evm_setAutomine", [True])
        ask(w3, own_engine.rpc_url, "evm_mine", [])
        anna.wait_until_final(issued, within_s=60)
        assert _readiness(stack)["anchoring"]["state"] == "ok"


def test_a_gateway_started_before_its_chain_catches_up(tmp_path: Path, chain: ChainUnderTest) -> None:
    home = tmp_path / "home"
    with run_stack(home, chain, rpc_url="http://127.0.0.1:9") as stack:
        issued = stack.doctor("anna").issue()
        assert _readiness(stack)["chain"]["state"] == "degraded"
    with run_stack(home, chain) as stack:
        stack.doctor("anna").wait_until_final(issued["id"])


def test_a_replaced_chain_gets_no_transaction(tmp_path: Path, own_engine: ChainEngine) -> None:
    """The node forgot everything: the deployment is no longer there, and the gateway notices and waits."""
    chain = deploy_for_test(own_engine)
    with run_stack(tmp_path / "home", chain) as stack:
        anna = stack.doctor("anna")
        anna.wait_until_final(anna.issue()["id"])
    own_engine.restart()
    with run_stack(tmp_path / "home", chain) as stack:
        stack.doctor("anna").issue()
        wait_until(
            lambda: _readiness(stack)["anchoring"].get("note") == "chain-contract-mismatch", 30, "the notice"
        )
        sender = stack.gateway.parts.anchoring_keys.anchoring_address(FIRST)
        assert chain.reader.nonce(Address(sender)) == 0


def test_a_suspended_institution_waits_and_goes_on_when_active_again(stack: Stack) -> None:
    anna = stack.doctor("anna")
    anna.wait_until_final(anna.issue()["id"])
    stack.chain.authority.suspend_institution(FIRST)
    issued = anna.issue()
    wait_until(lambda: "anchor-reverted" in _readiness(stack)["anchoring"].get("note", ""), 30, "the notice")
    assert read_status(anna.http, issued["id"]) == "logged"
    stack.chain.authority.grant_roles(FIRST, 1)
    anna.wait_until_final(issued["id"], within_s=60)
    head = stack.chain.reader.head(LOG)
    assert head is not None
    assert head.size == 2


def test_a_transaction_displaced_by_another_of_its_nonce_is_signed_anew(
    tmp_path: Path, chain: ChainUnderTest
) -> None:
    """Somebody else used the account: the nonce comes from the chain, and the checkpoint arrives once."""
    with run_stack(tmp_path / "home", chain, rpc_url="http://127.0.0.1:9") as stack:
        issued = stack.doctor("anna").issue()
    keys = FileKeystore.open(
        stack.gateway.parts.settings.keystore,
        stack.gateway.parts.settings.keystore_passphrase.get_secret_value(),
    )
    nonce = use_up_nonce(chain, keys, FIRST)
    with run_stack(tmp_path / "home", chain) as stack:
        anna = stack.doctor("anna")
        anna.wait_until_final(issued["id"])
        assert outcomes(stack.verify(anna.get_bundle(issued["id"]))) == ["passed"] * 7
    assert chain.reader.nonce(Address(keys.anchoring_address(FIRST))) == nonce + 2


def test_a_checkpoint_that_the_chain_reorganised_away_is_anchored_again(
    tmp_path: Path, own_engine: ChainEngine
) -> None:
    chain = deploy_for_test(own_engine)
    w3, url = connect(own_engine.rpc_url), own_engine.rpc_url
    with run_stack(tmp_path / "home", chain, finality_depth=3) as stack:
        anna = stack.doctor("anna")
        issued = anna.issue()
        wait_until(lambda: read_status(anna.http, issued["id"]) == "anchored", 30, "it to be anchored")
        snapshot_head = chain.reader.block_number()
        ask(w3, url, "anvil_rollback", [1])
        assert chain.reader.block_number() == snapshot_head - 1
        assert chain.reader.head(LOG) is None
        ask(w3, url, "anvil_mine", ["0x5"])
        wait_until(lambda: chain.reader.head(LOG) is not None, 30, "the checkpoint to be back")
        ask(w3, url, "anvil_mine", ["0x5"])
        anna.wait_until_final(issued["id"])
        assert outcomes(stack.verify(anna.get_bundle(issued["id"]))) == ["passed"] * 7


@pytest.mark.parametrize(
    ("checkpoints", "code"),
    [(1, "chain-ahead"), (2, "log-forked")],
    ids=["one-checkpoint", "two-checkpoints"],
)
def test_a_database_older_than_the_chain_is_noticed_and_anchors_nothing(
    tmp_path: Path, chain: ChainUnderTest, checkpoints: int, code: str
) -> None:
    """A gateway put back from an old backup doesn't fork its log: it says what is wrong, and waits."""
    newer = tmp_path / "newer"
    if checkpoints == 1:  # two entries are waiting when the chain comes up, and share a checkpoint
        with run_stack(newer, chain, rpc_url="http://127.0.0.1:9") as stack:
            issued = [stack.doctor("anna").issue()["id"] for _ in range(2)]
            wait_until(
                lambda: read_status(stack.doctor("anna").http, issued[-1]) == "logged",
                20,
                "both to be logged",
            )
    with run_stack(newer, chain) as stack:
        anna = stack.doctor("anna")
        for _ in range(2 if checkpoints == 2 else 0):
            issued = [anna.issue()["id"]]
            anna.wait_until_final(issued[0])
        anna.wait_until_final(issued[-1])
    head = chain.reader.head(LOG)
    assert head is not None
    assert head.size == 2
    with run_stack(tmp_path / "older", chain) as stack:
        stack.doctor("anna").issue()
        wait_until(lambda: code in _readiness(stack)["anchoring"].get("note", ""), 30, "the notice")
        assert stack.gateway.anonymous().get("/readyz").json()["status"] == "degraded"
        assert stack.doctor("anna").issue()["status"] == "pending"  # still accepted, and kept
    assert chain.reader.head(LOG) == head
