"""The documents keep step with the code and with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger_api.config import PREFIX, Settings
from ledger_cli.app import app
from regulator_portal import config as portal

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_every_setting_of_gateway_and_portal_is_documented() -> None:
    documented = set(re.findall(rf"`({PREFIX}[A-Z_]+)`", (ROOT / "docs/operations.md").read_text()))
    of_gateway = {PREFIX + name.upper() for name in Settings.model_fields}
    of_portal = {portal.PREFIX + name.upper() for name in portal.Settings.model_fields}
    assert documented == of_gateway | of_portal


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = set(LINK.findall((ROOT / "docs/adr/0000-decisions.md").read_text()))
    written = {path.name for path in (ROOT / "docs/adr").glob("*.md")} - {"0000-decisions.md"}
    assert listed == written


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = (_commands(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    assert english
    assert english == chinese


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_commands_of_a_readme_have_the_options_and_files_that_it_names(name: str) -> None:
    commands = "\n".join(_commands(ROOT / name)).replace("\\\n", " ").splitlines()
    ours = [
        line.partition("rxledger ")[2].split() for line in commands if "rxledger " in line and "--" in line
    ]
    assert len(ours) >= 5
    for verb, *words in ours:
        group = [verb, words[0]] if verb == "network" else [verb]
        found = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*group, "--help"]).output
        unknown = [word for word in words if word.startswith("--") and f"{word} " not in found]
        missing = [word for word in words if word.startswith("docs/") and not (ROOT / word).exists()]
        assert (unknown, missing) == ([], []), verb


def _commands(page: Path) -> list[str]:
    blocks = "\n".join(CODE_BLOCK.findall(page.read_text()))
    bare = (re.sub(r"(^|\s\s)#.*", "", line).rstrip() for line in blocks.splitlines())
    return [line for line in bare if line]
