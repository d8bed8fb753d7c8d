"""What the chains behind the engines do: free gas, clock, headers, proofs, persistence."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import rlp
import sha3
from eth_account import Account

from ledger_chain.engines import AnvilEngine, GanacheEngine
from ledger_chain.errors import HomeCorrupt
from tests.integration.engines.conftest import Engine, ask
from tests.integration.engines.transactions import STORE_42, count_mined, get_receipt, send
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

HEADER = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
)
INTEGERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}


def keccak(content: bytes) -> str:
    return "0x" + str(sha3.keccak_256(content).hexdigest())


def hash_header(block: dict[str, Any]) -> str:
    names = [*HEADER, *(["baseFeePerGas"] if "baseFeePerGas" in block else [])]
    return keccak(
        rlp.encode(
            [int(block[name], 16) if name in INTEGERS else bytes.fromhex(block[name][2:]) for name in names]
        )
    )


@pytest.fixture
def london(tmp_path: Path) -> Iterator[AnvilEngine]:
    with AnvilEngine(tmp_path / "london", hardfork="london") as engine:
        yield engine


def check_contract_and_proof(engine: Engine) -> dict[str, Any]:
    """Deploy a contract for nothing, then prove its storage; returns the block."""
    receipt = get_receipt(engine, send(engine, 0, code=STORE_42))
    assert receipt["status"] == "0x1"
    block: dict[str, Any] = ask(engine, "eth_getBlockByNumber", receipt["blockNumber"], False)
    assert hash_header(block) == block["hash"]
    slot = "0x" + "00" * 32
    proof = ask(engine, "eth_getProof", receipt["contractAddress"], [slot], receipt["blockNumber"])
    assert proof["storageProof"][0]["value"] == "0x2a"
    assert keccak(bytes.fromhex(proof["accountProof"][0][2:])) == block["stateRoot"]
    assert keccak(bytes.fromhex(proof["storageProof"][0]["proof"][0][2:])) == proof["storageHash"]
    return block


def test_gas_is_free_and_header_and_storage_can_be_proved(engine: Engine) -> None:
    assert "baseFeePerGas" not in check_contract_and_proof(engine)


def test_anvils_london_headers_carry_a_base_fee_of_zero(london: AnvilEngine) -> None:
    assert check_contract_and_proof(london)["baseFeePerGas"] == "0x0"


def test_block_times_follow_the_clock(engine: Engine) -> None:
    receipt = get_receipt(engine, send(engine, 0))
    block = ask(engine, "eth_getBlockByNumber", receipt["blockNumber"], False)
    assert abs(int(block["timestamp"], 16) - time.time()) < 5


def test_a_contract_over_the_size_limit_is_refused(engine: Engine) -> None:
    # Creation code that returns 0x6001 (24,577) zero bytes: one more than EIP-170 allows.
    fields = {"data": "0x6160016000f3", "from": "0x" + "22" * 20, "gas": hex(10_000_000)}
    with pytest.raises(AssertionError, match=r"(?i)size|out of gas"):
        ask(engine, "eth_estimateGas", fields)


def test_several_accounts_can_send_side_by_side(engine: Engine) -> None:
    accounts = [Account.from_key(bytes([number]) * 32) for number in range(1, 5)]
    with ThreadPoolExecutor(len(accounts)) as senders:
        list(senders.map(lambda account: [send(engine, n, sender=account) for n in range(5)], accounts))
    wait_until(
        lambda: [count_mined(engine, account) for account in accounts] == [5] * 4, 10, "all transactions"
    )


@pytest.mark.parametrize("kind", [GanacheEngine, AnvilEngine])
def test_one_account_can_have_many_in_flight_on_anvil_and_with_a_block_time(
    kind: type[Engine], tmp_path: Path
) -> None:
    with kind(tmp_path, block_time_s=1) if kind is GanacheEngine else kind(tmp_path) as engine:
        with ThreadPoolExecutor(4) as senders:
            list(senders.map(lambda nonce: send(engine, nonce), range(20)))
        wait_until(lambda: count_mined(engine) == 20, 15, "twenty mined transactions")


def test_blocks_come_in_the_given_time(tmp_path: Path) -> None:
    with GanacheEngine(tmp_path, block_time_s=1) as engine:
        for nonce in range(3):
            send(engine, nonce)
        wait_until(lambda: count_mined(engine) == 3, 10, "three mined transactions")
        assert int(ask(engine, "eth_blockNumber"), 16) <= 2


@pytest.mark.parametrize("kind", [GanacheEngine, AnvilEngine])
def test_accounts_of_the_node_can_be_asked_for(kind: type[Engine], tmp_path: Path) -> None:
    words = "test test test test test test test test test test test junk"
    with kind(tmp_path, mnemonic=words, account_count=2) as engine:
        accounts = [account.lower() for account in ask(engine, "eth_accounts")]
        assert accounts[0] == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
        assert len(accounts) == 2


class TestGanacheOnDisk:
    """Ganache's chain survives its process."""

    def test_killed_and_started_again_it_has_lost_nothing(self, tmp_path: Path) -> None:
        engine = GanacheEngine(tmp_path)
        seen: list[tuple[str, str]] = []
        for round_number in range(3):
            engine.start()
            assert count_mined(engine) == 2 * round_number
            for number, block_hash in seen:
                assert ask(engine, "eth_getBlockByNumber", number, False)["hash"] == block_hash
            for nonce in (2 * round_number, 2 * round_number + 1):
                receipt = get_receipt(engine, send(engine, nonce))
                seen.append((receipt["blockNumber"], receipt["blockHash"]))
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)
            wait_until(lambda: not engine.is_alive(), 5, "the engine's death")
        assert len(dict(seen)) == 6
        engine.stop()

    def test_block_times_follow_the_clock_after_a_restart(self, tmp_path: Path) -> None:
        with GanacheEngine(tmp_path) as engine:
            get_receipt(engine, send(engine, 0))
            engine.restart()
            receipt = get_receipt(engine, send(engine, 1))
            block = ask(engine, "eth_getBlockByNumber", receipt["blockNumber"], False)
            assert abs(int(block["timestamp"], 16) - time.time()) < 5

    def test_a_damaged_database_is_a_corrupt_home(self, tmp_path: Path) -> None:
        with GanacheEngine(tmp_path) as engine:
            get_receipt(engine, send(engine, 0))
        for manifest in (tmp_path / "db").glob("MANIFEST*"):
            manifest.write_bytes(b"garbage")
        with pytest.raises(HomeCorrupt, match="its database is damaged"):
            engine.start()

    def test_a_chain_of_other_settings_is_not_opened(self, tmp_path: Path) -> None:
        with GanacheEngine(tmp_path):
            pass
        with pytest.raises(HomeCorrupt, match="made with chain id 20261, not 99"):
            GanacheEngine(tmp_path, chain_id=99).start()

    def test_a_chain_put_in_the_place_of_another_is_noticed(self, tmp_path: Path) -> None:
        with GanacheEngine(tmp_path / "one"):
            pass
        with GanacheEngine(tmp_path / "two", mnemonic="candy maple cake sugar", account_count=1):
            pass
        shutil.rmtree(tmp_path / "one" / "db")
        shutil.copytree(tmp_path / "two" / "db", tmp_path / "one" / "db")
        with pytest.raises(HomeCorrupt, match="begins with another block"):
            GanacheEngine(tmp_path / "one").start()
