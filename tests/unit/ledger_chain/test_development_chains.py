"""Chains of development and tests are known by their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_api.app import verify_own_chain
from ledger_chain.deployment import Deployment
from ledger_chain.development_chains import is_development_chain
from ledger_chain.engines.ganache import EMBEDDED_CHAIN_ID
from ledger_chain.qbft.network import NETWORK_CHAIN_ID
from ledger_cli.errors import Refused
from ledger_cli.network.plan import DEFAULT_CHAIN_ID, build_plan
from ledger_proofs.types import Address, Hash
from ledger_web.errors import StartRefused


@pytest.mark.parametrize("chain_id", [EMBEDDED_CHAIN_ID, NETWORK_CHAIN_ID, 1337, 31337])
def test_a_production_gateway_and_a_kit_refuse_a_development_chain(chain_id: int, tmp_path: Path) -> None:
    assert is_development_chain(chain_id)
    with pytest.raises(StartRefused, match=str(chain_id)):
        verify_own_chain(deployment_on(chain_id))
    with pytest.raises(Refused) as refused:
        build_plan(chain_id, 4, None)
    assert refused.value.code == "network.chain_id"


def test_a_chain_of_ones_own_is_taken() -> None:
    assert not is_development_chain(DEFAULT_CHAIN_ID)
    verify_own_chain(deployment_on(DEFAULT_CHAIN_ID))


def deployment_on(chain_id: int) -> Deployment:
    contract = Address(bytes(20))
    return Deployment(chain_id, Hash(bytes(32)), contract, contract, contract, contract, 0)
