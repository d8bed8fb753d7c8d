"""With one check taken out of the contract, a log that rewrites its past is anchored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger_chain.connection import ask, connect
from ledger_chain.contracts import ContractName, get_artifact
from ledger_cli.attacks.catalogue import NOT_AN_EXTENSION
from ledger_cli.attacks.chain_copy import ChainCopy, copied_chain
from ledger_cli.attacks.results import CONTRACT, Ending
from ledger_cli.attacks.stage import Stage
from scripts import compile_contracts

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

UNIT = "src/CheckpointLog.sol"
GUARD = "        _requireContinues(log, headSize, newSize, newRoot, consistencyProof);\n"


def compile_without_guard() -> bytes:
    """The contract's code, compiled from its source but for the one line that asks for the proof."""
    sources = compile_contracts.collect_sources([UNIT])
    source = sources[UNIT]["content"]
    assert source.count(GUARD) == 1
    # What only that line used goes with it: the compiler's warnings are errors here.
    start = source.index("    function _requireContinues(")
    end = source.index("    function _record(")
    without = (source[:start] + source[end:]).replace(GUARD, "")
    without = without.replace(", bytes32[] calldata consistencyProof)", ", bytes32[] calldata)")
    sources[UNIT]["content"] = without.replace(
        'import {MerkleProof9162} from "./libraries/MerkleProof9162.sol";\n', ""
    )
    compiled: dict[str, Any] = compile_contracts.compile_sources(sources)
    contract = compiled["contracts"][UNIT]["CheckpointLog"]["evm"]["deployedBytecode"]
    places = [place for each in contract["immutableReferences"].values() for place in each]
    return fill_directory(bytes.fromhex(contract["object"]), [place["start"] for place in places])


def fill_directory(code: bytes, starts: list[int]) -> bytes:
    """The code with marks where the constructor would have written the directory's address."""
    marked = bytearray(code)
    for start in starts:
        marked[start : start + 32] = b"\xfe" * 32
    return bytes(marked)


def take_guard_out(copy: ChainCopy, code: bytes) -> None:
    """Put that code in the contract's place on the copy, with the constant that stands there now."""
    address = copy.deployment.checkpoint_log
    present = ask(connect(copy.rpc_url), copy.rpc_url, "eth_getCode", ["0x" + address.hex(), "latest"])
    start, length = get_artifact(ContractName.CHECKPOINT_LOG).immutables[0]
    directory = bytes.fromhex(present[2:])[start : start + length]
    copy.replace_code(address, code.replace(b"\xfe" * 32, directory))


def test_a_forked_log_is_anchored_where_the_contract_asks_for_no_consistency_proof(stage: Stage) -> None:
    code = compile_without_guard()
    with copied_chain(stage) as copy:
        on_copy = replace(stage, rpc_url=copy.rpc_url, reader=copy.reader)
        refused = NOT_AN_EXTENSION.attempt(on_copy)
        assert refused.describe() == NOT_AN_EXTENSION.caught
        take_guard_out(copy, code)
        result = NOT_AN_EXTENSION.attempt(on_copy)
    assert (result.outcome, result.by) == (Ending.CAME_THROUGH, CONTRACT)
    assert NOT_AN_EXTENSION.attempt(stage).describe() == NOT_AN_EXTENSION.caught
