"""`rxledger verify` against a running stack: through the chain, against a chain that is away, and forged."""

from __future__ import annotations

import json

import pytest

from ledger_chain.engines.probe import find_free_port
from tests.integration.cli.command_support import RunningStack, call

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def test_a_bundle_passes_every_step_through_the_chain(running: RunningStack) -> None:
    checked = call(
        "verify", str(running.bundles[0]), "--rpc", running.rpc, "--trust", str(running.trust), "--json"
    )
    assert checked.exit_code == 0, checked.stdout
    report = checked.document
    assert report["outcome"] == "passed" and report["as_of_block"] >= 1
    assert [step["outcome"] for step in report["steps"]] == ["passed"] * 7


@pytest.mark.parametrize(("language", "word"), [("en", "passed"), ("zh", "通过")])
def test_the_report_is_a_numbered_table_in_both_languages(
    running: RunningStack, language: str, word: str
) -> None:
    arguments = ("verify", str(running.bundles[0]), "--rpc", running.rpc, "--trust", str(running.trust))
    checked = call(*arguments, "--lang", language, "--details")
    assert checked.exit_code == 0
    assert checked.stdout.count(f"✓ {word}") == 8
    assert "eth_getStorageAt" in checked.stdout


def test_a_chain_that_is_away_is_could_not_check_and_never_failed(running: RunningStack) -> None:
    nobody = f"http://127.0.0.1:{find_free_port()}"
    checked = call(
        "verify", str(running.bundles[0]), "--rpc", nobody, "--trust", str(running.trust), "--json"
    )
    assert checked.exit_code == 2
    assert checked.document["outcome"] == "could_not_check"
    assert [step["outcome"] for step in checked.document["steps"]][:3] == ["passed"] * 3


def test_without_a_trust_file_the_bundles_own_word_is_not_taken(running: RunningStack) -> None:
    checked = call("verify", str(running.bundles[0]), "--rpc", running.rpc, "--json")
    assert checked.exit_code == 2
    assert checked.document["steps"][3]["code"] == "anchor.no_trust"


def test_an_altered_field_is_named(running: RunningStack) -> None:
    document = json.loads(running.bundles[0].read_text())
    pointers = document["disclosure"]["pointers"]
    dose = pointers.index("/body/lines/0/dose/value") + 1
    for field in document["disclosure"]["fields"]:
        if field["index"] == dose:
            field["value"] = "5000"
    arguments = ("verify", "-", "--rpc", running.rpc, "--trust", str(running.trust), "--json")
    checked = call(*arguments, given=json.dumps(document).encode())
    assert checked.exit_code == 1
    first = checked.document["steps"][0]
    assert (first["outcome"], first["where"]) == ("failed", "/body/lines/0/dose/value")


def test_a_verifier_who_trusts_another_chain_says_failed(running: RunningStack) -> None:
    trust = json.loads(running.trust.read_text())
    other = running.home.parent / "other-trust.json"
    other.write_text(json.dumps(trust | {"genesis_hash": "0x" + "00" * 32}))
    checked = call("verify", str(running.bundles[0]), "--rpc", running.rpc, "--trust", str(other), "--json")
    assert checked.exit_code == 1
    assert checked.document["steps"][3]["code"] == "anchor.other_chain"
