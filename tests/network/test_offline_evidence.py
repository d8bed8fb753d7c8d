"""A bundle exported from the network proves itself without any node, also in a namespace without routes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_chain.reader import ChainReader
from ledger_chain.validator_history import read_code_hashes, read_history
from ledger_proofs.bundles import Bundle, bundle_to_json
from ledger_proofs.reports import Outcome
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from ledger_proofs.verifier import verify_bundle
from tests.gateway_stack import ChainUnderTest, Stack, outcomes
from tests.network.running import RECOVERY_S, RunningNetwork

ROOT = Path(__file__).parents[2]
AUDITOR_NODE = 2


@pytest.fixture(scope="module")
def bundle(stack: Stack) -> Bundle:
    doctor = stack.doctor("anna")
    prescription = str(doctor.issue()["id"])
    doctor.wait_until_final(prescription, RECOVERY_S)
    return doctor.get_bundle(prescription)


@pytest.fixture
def trust(network: RunningNetwork, chain: ChainUnderTest) -> TrustFile:
    """The trust file as an auditor writes it from a node of her own."""
    reader = ChainReader(network.node(AUDITOR_NODE).rpc_url, chain.deployment)
    history = read_history(reader)
    codes = read_code_hashes(reader, history.as_of_block)
    return TrustFile(replace(chain.trust, validators=history, code_hashes=codes))


def test_the_bundle_passes_with_a_node_and_without(bundle: Bundle, stack: Stack, trust: TrustFile) -> None:
    assert outcomes(stack.verify(bundle)) == ["passed"] * 7
    report = verify_bundle(bundle, trust.trust)
    assert outcomes(report) == ["passed"] * 7
    assert report.as_of_block == bundle.claims.as_of_block
    assert report.as_of_block >= bundle.anchor.block_number


def test_without_seals_enough_it_fails(bundle: Bundle, trust: TrustFile) -> None:
    history = trust.trust.validators
    assert history is not None
    strangers = replace(history.sets[0], validators=history.sets[0].validators[1:], header=None)
    fewer = replace(trust.trust, validators=replace(history, sets=(strangers,)))
    fourth = verify_bundle(bundle, fewer).steps[3]
    assert (fourth.outcome, fourth.code) == (Outcome.FAILED, "validators.mismatch")


def test_it_verifies_in_a_network_namespace_without_routes(
    bundle: Bundle, trust: TrustFile, tmp_path: Path
) -> None:
    (tmp_path / "bundle.json").write_bytes(bundle_to_json(bundle))
    (tmp_path / "trust.json").write_text(json.dumps(trust_file_as_json(trust)))
    unshare = shutil.which("unshare")
    assert unshare is not None, "util-linux brings unshare"
    command = [unshare, "--map-root-user", "--net", sys.executable, "-m", "ledger_cli.app", "verify"]
    files = ["--offline", "--trust", str(tmp_path / "trust.json"), str(tmp_path / "bundle.json"), "--json"]
    ended = subprocess.run(
        [*command, *files],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["outcome"] == "passed"
