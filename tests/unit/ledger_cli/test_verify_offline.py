"""`rxledger verify --offline`: a bundle of a real QBFT network, proven by its file and a trust file alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger_cli.app import app
from ledger_cli.plain_verify import verify_plainly

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
BUNDLE, TRUST = EXAMPLES / "network.bundle.json", EXAMPLES / "network.trust.json"
DEVELOPMENT_BUNDLE, DEVELOPMENT_TRUST = EXAMPLES / "prescription.bundle.json", EXAMPLES / "trust.json"

runner = CliRunner()


def checked(bundle: Path = BUNDLE, trust: Path = TRUST, *options: str) -> tuple[int, Any]:
    arguments = ["verify", str(bundle), "--offline", "--trust", str(trust), "--json", *options]
    result = runner.invoke(app, arguments)
    return result.exit_code, json.loads(result.stdout)


def test_a_bundle_of_a_real_network_passes_all_steps_without_a_node() -> None:
    exit_code, report = checked()
    assert exit_code == 0
    assert [step["outcome"] for step in report["steps"]] == ["passed"] * 7
    assert report["as_of_block"] == json.loads(BUNDLE.read_text())["claims"]["as_of_block"]
    assert f"as of block {report['as_of_block']}" in report["steps"][6]["message"]


def test_the_offline_report_is_chinese_and_asks_for_no_node() -> None:
    arguments = ["verify", str(BUNDLE), "--offline", "--trust", str(TRUST), "--lang", "zh"]
    shown = runner.invoke(app, arguments).stdout
    report, _, rest = shown.partition("自行复核")
    assert re.findall("[a-z]{3,}", report) == [], "steps and labels are Chinese"
    assert "个验证节点中的" in report
    assert "--rpc" not in rest
    assert "curl" not in rest
    assert "ecrecover" in rest
    assert "isEntitled" not in rest, "there is nobody to be asked"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": None}, "格式版本未知"),
        ({"format": "rxledger.trust/3"}, "格式版本未知"),
        ({"genesis_hash": None}, "缺少该成员"),
        ({"chain_id": "20262"}, "必须是允许范围内的整数"),
        ({"directory": "0x00"}, "小写十六进制"),
        ({"more": 1}, "信任文件的成员不正确"),
        ({"validators": {}}, "缺少该成员"),
        ({"code_hashes": None}, "缺少该成员"),
    ],
)
def test_a_wrong_trust_file_is_refused_alike_in_chinese_and_by_the_core_alone(
    change: dict[str, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {**json.loads(TRUST.read_text()), **change}
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))
    exit_code, refused = checked(trust=trust)
    assert exit_code == 1
    assert words in refused["error"]["message_zh"]
    assert re.findall("[a-z]{3,} [a-z]{3,}", refused["error"]["message_zh"]) == []
    assert verify_plainly(["verify", str(BUNDLE), "--trust", str(trust), "--lang", "zh"]) == 1
    assert words in capsys.readouterr().err


def test_a_trust_file_without_carried_headers_is_believed(tmp_path: Path) -> None:
    document = json.loads(TRUST.read_text())
    for each in document["validators"]["history"]:
        each["header"] = None
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(document))
    assert checked(trust=trust)[0] == 0


def test_the_core_alone_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_plainly(["verify", str(BUNDLE), "--trust", str(TRUST), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "passed"
    assert verify_plainly(["verify", str(BUNDLE), "--offline", "--trust", str(TRUST), "--lang", "en"]) == 0
    assert capsys.readouterr().out.count("✓ passed") == 8


def test_the_core_alone_refuses_what_is_no_trust_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "trust.json"
    broken.write_text(TRUST.read_text().replace('"as_of_block"', '"as_of"', 1))
    assert verify_plainly(["verify", str(BUNDLE), "--trust", str(broken), "--lang", "en"]) == 1
    assert "trust.json: an object has the same name twice" in capsys.readouterr().err
    missing = tmp_path / "absent.json"
    assert verify_plainly(["verify", str(BUNDLE), "--trust", str(missing), "--lang", "en"]) == 2
    assert "absent.json" in capsys.readouterr().err


def test_the_core_alone_says_of_a_missing_bundle_that_it_could_not_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_plainly(["verify", str(tmp_path / "none.json"), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["outcome"]) == (False, "could_not_check")
    assert "none.json" in report["error"]["message"]


NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn")):
        raise SystemExit(f"{event} during an offline verification")

sys.addaudithook(refuse)
from ledger_cli.entry import main
main()
"""


def test_no_socket_is_opened_and_nothing_started() -> None:
    command = [sys.executable, "-c", NO_NETWORK, "verify", str(BUNDLE), "--offline", "--trust", str(TRUST)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def flipped(hexadecimal: str, byte: int) -> str:
    content = bytearray.fromhex(hexadecimal[2:])
    content[byte] ^= 1
    return "0x" + content.hex()


ANCHOR_HEADER_SEAL = -50


@pytest.mark.parametrize(
    ("place", "byte", "step", "code"),
    [
        (("anchor", "header"), 100, 4, "anchor.header"),
        (("anchor", "header"), ANCHOR_HEADER_SEAL - 43, 4, "qbft.seal_"),
        (("anchor", "block_hash"), 0, 4, "anchor.header"),
        (("anchor", "account_proof", 0), 40, 4, "trie.node_hash"),
        (("anchor", "storage_proofs", 1, "proof", 0), 40, 4, "trie.node_hash"),
        (("anchor", "storage_proofs", 0, "value"), 31, 4, "anchor.storage_proofs"),
        (("state", "header"), 100, 4, "qbft.seal_"),
        (("state", "accounts", 1, "storage", 0, "proof", 0), 10, 4, "trie.node_hash"),
        (("state", "accounts", 0, "proof", 0), 40, 5, "trie.node_hash"),
        (("state", "accounts", 0, "storage", 1, "value"), 31, 5, "state.value"),
        (("state", "accounts", 2, "storage", 0, "value"), 0, 7, "state.value"),
        (("claims", "words", 0, "word"), 0, 7, "claims.word"),
    ],
)
def test_a_changed_byte_fails_at_its_step_in_both_languages(
    place: tuple[Any, ...], byte: int, step: int, code: str, tmp_path: Path
) -> None:
    document = json.loads(BUNDLE.read_text())
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = flipped(node[place[-1]], byte)
    changed = tmp_path / "bundle.json"
    changed.write_text(json.dumps(document))
    exit_code, report = checked(changed)
    first = next(each for each in report["steps"] if each["outcome"] != "passed")
    assert (exit_code, first["number"], first["outcome"]) == (1, step, "failed")
    assert first["code"].startswith(code)
    assert first["message"]
    assert re.search("[\u4e00-\u9fff]", first["message_zh"])


def test_a_development_chain_s_bundle_could_not_be_checked_offline() -> None:
    exit_code, report = checked(DEVELOPMENT_BUNDLE, DEVELOPMENT_TRUST)
    assert exit_code == 2
    fourth = report["steps"][3]
    assert (fourth["outcome"], fourth["code"]) == ("could_not_check", "anchor.offline")
    assert report["outcome"] == "could_not_check"


def test_a_development_chain_with_validators_made_up_could_not_be_checked_either(tmp_path: Path) -> None:
    made_up = json.loads(DEVELOPMENT_TRUST.read_text()) | {"format": "rxledger.trust/2"}
    pinned = json.loads(TRUST.read_text())
    made_up["code_hashes"], made_up["validators"] = pinned["code_hashes"], pinned["validators"]
    for each in made_up["validators"]["history"]:
        each["header"] = None
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(made_up))
    exit_code, report = checked(DEVELOPMENT_BUNDLE, trust)
    assert (exit_code, report["steps"][3]["code"]) == (2, "anchor.not_sealed")


def test_another_network_s_trust_fails_the_anchor() -> None:
    exit_code, report = checked(BUNDLE, DEVELOPMENT_TRUST)
    assert (exit_code, report["steps"][3]["code"]) == (1, "anchor.other_chain")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--rpc", "http://127.0.0.1:1", "--trust", str(TRUST)], "verify.offline_with_rpc"),
        ([], "verify.offline_without_trust"),
    ],
)
def test_offline_with_a_node_or_without_a_trust_is_refused(options: list[str], code: str) -> None:
    result = runner.invoke(app, ["verify", str(BUNDLE), "--offline", "--json", *options])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == code
