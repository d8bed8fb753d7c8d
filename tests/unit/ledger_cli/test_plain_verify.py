"""The verifier alone: what an auditor gets who installs nothing but the verification core."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger_cli.plain_verify import verify_plainly

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "docs/examples/prescription.bundle.json"
BLOCKED = ("typer", "rich", "httpx", "web3", "pydantic", "sqlmodel", "fastapi", "eth_account")


def test_the_sample_bundle_is_proved_as_far_as_it_can_be_offline(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_plainly(["verify", str(SAMPLE), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert [step["outcome"] for step in report["steps"]] == ["passed"] * 3 + ["could_not_check"] * 4
    assert report["ok"] is False


def test_an_altered_bundle_fails_and_names_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = tmp_path / "bundle.json"
    altered.write_text(SAMPLE.read_text().replace('"5mg*28片"', '"9mg*28片"'))
    assert verify_plainly(["verify", str(altered), "--lang", "zh"]) == 1
    shown = capsys.readouterr().out
    assert "✗ 不通过" in shown
    assert "/body/lines/0/specification" in shown


@pytest.mark.parametrize("content", [b"", b"[[[[", b'{"format":"rxledger.bundle/1"}', b"\xff"])
def test_what_is_no_bundle_is_bad_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    broken = tmp_path / "bundle.json"
    broken.write_bytes(content)
    assert verify_plainly(["verify", str(broken), "--lang", "en"]) == 1
    assert capsys.readouterr().err.startswith("✗ failed: ")


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_plainly(["verify", "no-such-file.json", "--lang", "en"]) == 2
    assert "no-such-file.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["run"], ["verify"], [], ["verify", "x", "--rpc", "http://127.0.0.1:1"]]
)
def test_what_needs_more_says_what_to_install(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        verify_plainly(arguments)
    assert ended.value.code == 2
    assert "rxledger[cli]" in capsys.readouterr().err


def test_the_installed_script_works_with_the_core_alone() -> None:
    """The script's entry point, in a process in which the other packages can't be found."""
    program = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {BLOCKED!r}: raise ModuleNotFoundError(name)\n"
        "import importlib.util\n"
        "found = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name: None if name in {BLOCKED!r} else found(name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "from ledger_cli.entry import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "verify", str(SAMPLE), "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "3. inclusion: ✓ passed" in done.stdout


def test_the_installed_script_is_the_whole_command_where_all_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ledger_cli.entry import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "deploy" in done.stdout
