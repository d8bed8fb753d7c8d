import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ledger_api.__main__ import main


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RXLEDGER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("RXLEDGER_PORT", "many", "RXLEDGER_PORT"),
        ("RXLEDGER_DATABASE_URL", "nonsense", "RXLEDGER_DATABASE_URL"),
        ("RXLEDGER_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/none", "RXLEDGER_DATABASE_URL"),
        ("RXLEDGER_DEPLOYMENT", "/nowhere/deployment.json", "RXLEDGER_DEPLOYMENT"),
        ("RXLEDGER_ENVIRONMENT", "production", "RXLEDGER_KEYSTORE_PASSPHRASE"),
        ("RXLEDGER_CRASH_AT", "nowhere", "RXLEDGER_CRASH_AT"),
    ],
)
def test_a_wrong_setting_ends_it_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    named: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["serve"]) == 1
    said = capsys.readouterr().err
    assert named in said
    assert "Traceback" not in said


def test_migrate_makes_the_schema(home: Path) -> None:
    assert main(["migrate"]) == 0
    assert (home / "gateway.db").stat().st_size > 0


@pytest.mark.parametrize("arguments", [["launch"], ["provision"], ["serve", "now"]])
def test_an_unknown_command_is_explained(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 1
    assert "Usage" in capsys.readouterr().err
