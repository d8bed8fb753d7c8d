"""With a guard taken out of a contract, the invariant that it upholds fails, by random acts alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ledger_chain.engines.toolchain import get_foundry_program
from tests.integration.contracts.mutations import CHOSEN, FURTHER
from tests.support.contract_mutants import Mutation, compile_mutant

ROOT = Path(__file__).resolve().parents[3]
VARIABLES = {
    "LedgerDirectory": "RXLEDGER_LEDGER_DIRECTORY",
    "CheckpointLog": "RXLEDGER_CHECKPOINT_LOG",
    "ClaimRegister": "RXLEDGER_CLAIM_REGISTER",
}
SEED = "0x52584c"
"""What acts are tried is chance, but the same chance each time: a test must not fail by luck."""
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests are compiled once; afterwards forge only asks for the compiler's version, again and again."""
    solc = ROOT / "scripts" / "solc"
    run_forge(solc, ["build", "--offline"], {})
    version = subprocess.run([solc, "--version"], capture_output=True, text=True, check=True).stdout
    answering = tmp_path_factory.mktemp("compiler") / "solc"
    answering.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || exec {solc} "$@"\ncat <<\'END\'\n{version}END\n'
    )
    answering.chmod(0o755)
    return answering


def run_forge(compiler: Path, arguments: list[str], variables: dict[str, str]) -> str:
    """What forge says."""
    done = subprocess.run(
        [get_foundry_program("forge"), *arguments],
        cwd=ROOT / "contracts",
        env=os.environ | {"FOUNDRY_SOLC": str(compiler)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def run_invariant(invariant: str, compiler: Path, folder: Path, variables: dict[str, str]) -> str:
    """What forge says of one invariant; runs longer than usual, so that a fault is met."""
    settings = {
        "FOUNDRY_INVARIANT_RUNS": "200",
        "FOUNDRY_INVARIANT_DEPTH": "80",
        "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0",
        "FOUNDRY_FUZZ_SEED": SEED,
        "FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR": str(folder),
    }
    chosen = ["--match-contract", "^LedgerInvariants$", "--match-test", f"^{invariant}"]
    return run_forge(compiler, ["test", "--offline", *chosen], settings | variables)


@pytest.mark.parametrize(
    ("mutation", "invariant"),
    [
        *(pytest.param(*each, id=each[0].name) for each in CHOSEN),
        *(pytest.param(*each, id=each[0].name, marks=pytest.mark.campaign) for each in FURTHER),
    ],
)
def test_an_invariant_fails_without_the_guard(
    mutation: Mutation, invariant: str, compiler: Path, tmp_path: Path
) -> None:
    creation = "0x" + compile_mutant(mutation, is_optimised=False).creation.hex()
    said = run_invariant(invariant, compiler, tmp_path, {VARIABLES[mutation.contract]: creation})
    assert "[FAIL" in said, said[-2000:]
    assert invariant in said[said.index("[FAIL") :], said[-2000:]
