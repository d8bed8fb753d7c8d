"""A service as a subprocess: what it inherits, and what is said when it doesn't come up."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_chain.engines.probe import find_free_port
from ledger_cli.embedded.service_process import GATEWAY, PORTAL, Service, ServiceProcess
from ledger_cli.errors import CouldNotCheck

SHOWS_ITS_ENVIRONMENT = ("/bin/sh", "-c", "env; exit 3")


def run_to_its_end(service: Service, log: Path, settings: dict[str, str]) -> CouldNotCheck:
    """Start something that isn't the service and ends at once; what is said of it."""
    process = ServiceProcess(service, find_free_port(), log, settings, launcher=SHOWS_ITS_ENVIRONMENT)
    with pytest.raises(CouldNotCheck) as failed:
        process.start()
    assert not process.is_alive() and process.pid is None
    process.stop()
    return failed.value


def test_it_gets_its_own_settings_and_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RXLEDGER_PIN", "canary-pin")
    monkeypatch.setenv("RXLEDGER_KEYSTORE_PASSPHRASE", "canary-passphrase")
    monkeypatch.setenv("RXLEDGER_PORTAL_HOME", "canary-home")
    monkeypatch.setenv("UNRELATED", "kept")
    log = tmp_path / "logs" / "portal.log"
    run_to_its_end(PORTAL, log, {"RXLEDGER_PORTAL_PORT": "8401"})
    environment = log.read_text().splitlines()
    assert "RXLEDGER_PORTAL_PORT=8401" in environment and "UNRELATED=kept" in environment
    assert [line for line in environment if "canary" in line] == []


@pytest.mark.parametrize("service", [GATEWAY, PORTAL], ids=lambda service: service.name)
def test_one_that_ends_while_starting_is_named_with_its_last_words(service: Service, tmp_path: Path) -> None:
    log = tmp_path / f"{service.name}.log"
    failure = run_to_its_end(service, log, {"RXLEDGER_LAST": "words"})
    assert failure.code == f"{service.name}.not_ready"
    for text, name in ((failure.text.en, service.shown.en), (failure.text.zh, service.shown.zh)):
        assert name in text and str(log) in text
    assert "ended while starting" in failure.text.en
