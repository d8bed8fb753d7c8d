"""`rxledger verify` with nothing running: the sample bundle, altered bundles, and hostile files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger_cli.app import app
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.errors import MalformedInput

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
HOSTILE = sorted((Path(__file__).parents[2] / "vectors" / "bundles" / "hostile").glob("*.json"))
BUNDLE = EXAMPLES / "prescription.bundle.json"
TRUST = EXAMPLES / "trust.json"

runner = CliRunner()


def test_the_sample_bundle_is_checked_as_far_as_it_can_be_offline() -> None:
    checked = runner.invoke(app, ["verify", str(BUNDLE), "--trust", str(TRUST), "--json"])
    assert checked.exit_code == 2, checked.output
    report = json.loads(checked.stdout)
    assert report["outcome"] == "could_not_check" and report["ok"] is False
    assert [step["outcome"] for step in report["steps"]] == ["passed"] * 3 + ["could_not_check"] * 4


def test_the_report_says_verdicts_by_word_and_icon_in_chinese() -> None:
    checked = runner.invoke(app, ["verify", str(BUNDLE), "--trust", str(TRUST), "--lang", "zh"])
    assert checked.exit_code == 2
    assert checked.stdout.count("✓ 通过") == 3
    assert checked.stdout.count("? 无法核验") == 5
    assert "自行复核" in checked.stdout
    report, _, _ = checked.stdout.partition("自行复核")
    assert re.findall("[a-z]{3,}", report) == [], "steps and labels are Chinese"


def test_what_goes_into_a_file_has_room_for_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def longest_line() -> int:
        shown = runner.invoke(app, ["verify", str(BUNDLE), "--lang", "en"]).stdout
        report, _, _ = shown.partition("How to repeat")
        return max(len(line) for line in report.splitlines())

    monkeypatch.delenv("COLUMNS", raising=False)
    assert longest_line() == 120
    monkeypatch.setenv("COLUMNS", "90")
    assert longest_line() == 90


def test_what_the_trust_file_says_of_its_chain_stands_in_the_report() -> None:
    note = json.loads(TRUST.read_text())["note"]
    assert "development chain" in note
    arguments = ["verify", str(BUNDLE), "--trust", str(TRUST)]
    assert json.loads(runner.invoke(app, [*arguments, "--json"]).stdout)["trust_note"] == note
    assert note in runner.invoke(app, arguments, env={"COLUMNS": "200"}).stdout


def test_a_failed_step_shows_the_values_that_differ() -> None:
    document = json.loads(BUNDLE.read_text())
    document["checkpoint"]["size"] += 1
    checked = runner.invoke(app, ["verify", "-"], input=json.dumps(document), env={"COLUMNS": "200"})
    assert checked.exit_code == 1
    stated = document["inclusion"]["size"]
    assert f"checkpoint's size: {stated} ≠ {stated + 1}" in checked.stdout


def test_what_is_no_bundle_is_explained_in_chinese() -> None:
    checked = runner.invoke(app, ["verify", "-", "--lang", "zh"], input="{")
    assert checked.exit_code == 1
    assert "不是证据包：JSON 语法不正确" in checked.stdout


@pytest.mark.parametrize(
    ("member", "step"),
    [("fields", 1), ("entry", 2), ("inclusion", 3)],
    ids=["a field", "the entry", "the path"],
)
def test_an_alteration_fails_the_step_that_it_concerns(member: str, step: int) -> None:
    document = json.loads(BUNDLE.read_text())
    if member == "fields":
        document["disclosure"]["fields"][0]["value"] = "altered"
    elif member == "entry":
        document["entry"]["claim_count"] += 1
    else:
        document["inclusion"]["path"].append("0x" + "00" * 32)
    checked = runner.invoke(app, ["verify", "-", "--json"], input=json.dumps(document))
    assert checked.exit_code == 1
    outcomes = {found["number"]: found["outcome"] for found in json.loads(checked.stdout)["steps"]}
    assert outcomes[step] == "failed"


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_bundle_is_never_good_and_one_of_wrong_form_is_bad(path: Path) -> None:
    checked = runner.invoke(app, ["verify", str(path)])
    try:
        parse_bundle(path.read_bytes())
    except MalformedInput:
        assert checked.exit_code == 1, checked.output
        assert "✗" in checked.output
    else:
        # Some lies only the chain can show: offline they are "could not check".
        assert checked.exit_code in {1, 2}, checked.output


def test_there_are_hostile_bundles_to_test() -> None:
    assert len(HOSTILE) >= 5


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": "rxledger.bundle/2"}']
)
def test_what_is_no_bundle_is_bad_with_a_reason(content: bytes) -> None:
    checked = runner.invoke(app, ["verify", "-", "--json"], input=content)
    assert checked.exit_code == 1
    found = json.loads(checked.stdout)
    assert found["outcome"] == "failed" and found["error"]["message"]


@pytest.mark.parametrize(("lang", "reason"), [("en", "no such file"), ("zh", "没有此文件")])
def test_a_missing_file_could_not_be_checked(tmp_path: Path, lang: str, reason: str) -> None:
    checked = runner.invoke(app, ["verify", str(tmp_path / "none.json"), "--lang", lang])
    assert checked.exit_code == 2
    assert "none.json" in checked.output and reason in checked.output


def test_a_node_that_is_out_of_reach_is_named_in_chinese() -> None:
    options = ["--trust", str(TRUST), "--rpc", "http://127.0.0.1:9", "--lang", "zh"]
    checked = runner.invoke(app, ["verify", str(BUNDLE), *options], env={"COLUMNS": "200"})
    assert checked.exit_code == 2
    assert "链节点无应答" in checked.stdout and "http://127.0.0.1:9" in checked.stdout


def test_a_node_without_a_trust_file_is_said_to_be_of_no_use() -> None:
    checked = runner.invoke(app, ["verify", str(BUNDLE), "--rpc", "http://127.0.0.1:9"])
    assert checked.exit_code == 2
    assert "--rpc was not used" in checked.stdout


@pytest.mark.parametrize(
    "trust", ["{}", "[]", '{"chain_id": "1"}', "nonsense", json.dumps({"format": "rxledger.trust/2"})]
)
def test_a_trust_file_that_is_none_is_refused_and_named(tmp_path: Path, trust: str) -> None:
    path = tmp_path / "trust.json"
    path.write_text(trust)
    checked = runner.invoke(app, ["verify", str(BUNDLE), "--trust", str(path), "--json"])
    assert checked.exit_code == 1
    error = json.loads(checked.stdout)["error"]
    assert error["code"] == "pinned.malformed" and "trust.json" in error["message"]


@pytest.mark.parametrize("address", ["ftp://example.org", "127.0.0.1:8545", "http://", "http://[::1"])
def test_what_is_no_nodes_address_is_refused(address: str) -> None:
    checked = runner.invoke(app, ["verify", str(BUNDLE), "--trust", str(TRUST), "--rpc", address, "--json"])
    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["error"]["code"] == "rpc.address"
