"""A real EVM with the contracts on it, put back to its beginning for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from web3 import Web3

from ledger_chain.connection import ask, connect
from ledger_chain.deployment import Deployment
from ledger_chain.engines import AnvilEngine
from tests.model.chain import ChainLedger, deploy_for_tests


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilEngine]:
    with AnvilEngine(tmp_path_factory.mktemp("anvil")) as engine:
        yield engine


@pytest.fixture(scope="session")
def w3(anvil: AnvilEngine) -> Web3:
    return connect(anvil.rpc_url)


@pytest.fixture(scope="session")
def deployment(w3: Web3) -> Deployment:
    return deploy_for_tests(w3)


@pytest.fixture
def ledger(w3: Web3, deployment: Deployment) -> Iterator[ChainLedger]:
    """The deployment as it was made; what a test does to it is taken back."""
    snapshot = ask(w3, "anvil", "evm_snapshot", [])
    yield ChainLedger(w3, deployment)
    ask(w3, "anvil", "evm_revert", [snapshot])


@pytest.fixture
def start(w3: Web3) -> int:
    """A time that no block has reached yet, and that enrolments come before."""
    return int(w3.eth.get_block("latest")["timestamp"]) + 1_000
