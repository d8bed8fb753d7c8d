"""What lies in `deploy/`, and the runbook's commands: they are what the programs take."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger_cli.app import app
from ledger_cli.network.besu_files import BESU_RELEASE
from ledger_cli.network.plan import DEFAULT_CHAIN_ID, build_plan

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
SOURCES = "\n".join(
    path.read_text("utf-8") for path in sorted((ROOT / "ledger_cli" / "network").glob("*_findings.py"))
)
SECTIONS = [
    *("Make a network", "Look at a network", "Add a validator", "Remove a validator", "Rotate a key"),
    *("A stalled chain", "Upgrade"),
]


def test_the_example_of_institutions_makes_a_plan() -> None:
    plan = build_plan(DEFAULT_CHAIN_ID, 4, ROOT / "deploy" / "institutions.example.json")
    assert [member.name for member in plan.members] == ["regulator", "hospital-1", "pharmacy-1", "insurer"]


@pytest.mark.parametrize(
    ("name", "module"), [("gateway", "ledger_api"), ("portal", "regulator_portal serve")]
)
def test_a_service_starts_its_program_as_an_account_of_its_own(name: str, module: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.read_string((ROOT / "deploy" / f"rxledger-{name}.service").read_text("utf-8"))
    service = unit["Service"]
    assert service["ExecStart"].endswith(f"python -m {module}")
    assert service["User"] == f"rxledger-{name}"
    assert service["StateDirectory"] == f"rxledger-{name}"


def test_the_runbook_has_every_section_that_findings_and_alarms_lead_to() -> None:
    titles = re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE)
    assert [title for title in titles if title in SECTIONS] == SECTIONS
    named = re.findall(r"docs/operations\.md, \"([^\"]+)\"", SOURCES)
    assert named
    assert set(named) <= set(SECTIONS)
    assert f"Besu {BESU_RELEASE}" in RUNBOOK


def test_the_runbooks_commands_have_the_options_that_it_gives_them() -> None:
    given = [line.split() for line in re.findall(r"^ *rxledger (.+)$", RUNBOOK, re.MULTILINE)]
    network = [words for words in given if words[0] == "network"]
    assert {words[1] for words in network} == {"key", "init", "status", "doctor", "add", "remove"}
    for words in network:
        shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*words[:2], "--help"]).output
        assert [word for word in words if word.startswith("--") and f"{word} " not in shown] == [], words


def test_what_the_runbook_asks_a_node_is_json_rpc() -> None:
    questions = [json.loads(text) for text in re.findall(r"--data '([^']+)'", RUNBOOK)]
    assert {question["method"] for question in questions} == {
        "perm_reloadPermissionsFromFile",
        "qbft_proposeValidatorVote",
        "qbft_discardValidatorVote",
    }


def test_every_finding_is_in_the_runbook() -> None:
    codes = set(re.findall(r'^ +"([a-z]+\.[a-z_]+)",$', SOURCES, re.MULTILINE))
    assert len(codes) == 18
    assert [code for code in codes if f"`{code}`" not in RUNBOOK] == []
