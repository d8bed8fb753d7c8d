"""What the embedded stack hands its portal: files that the portal reads, and nothing outside its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_cli.embedded.credentials import read_line, second_portal_token_file, token_file
from ledger_cli.embedded.gateways import Nodes, first_place, second_place
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import HOSPITALS, REGULATOR, SECOND_TENANTS
from ledger_cli.embedded.portal_setup import portal_settings, write_portal_files
from ledger_cli.pinned_files import TrustFile, pinned_bytes
from regulator_portal.config import load_settings
from regulator_portal.sources.files import load_sources
from regulator_portal.trust import load_trust

GATEWAY = "http://127.0.0.1:8400"
SECOND = "http://127.0.0.1:8403"
TRUST = TrustFile(
    chain_id=20261,
    genesis_hash="0x" + "ab" * 32,
    directory="0x" + "11" * 20,
    checkpoint_log="0x" + "22" * 20,
    claim_register="0x" + "33" * 20,
    note="for tests",
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with what the portal's files follow from."""
    made = Home(tmp_path)
    write_whole(made.trust, pinned_bytes(TRUST).decode())
    write_whole(token_file(made, REGULATOR), "rxm_" + "0" * 32 + "_" + "1" * 64 + "\n")
    write_whole(second_portal_token_file(made), "rxm_" + "2" * 32 + "_" + "3" * 64 + "\n")
    write_files(made, GATEWAY)
    return made


def write_files(home: Home, first: str) -> None:
    """Write the portal's files for two gateways, the first at this address."""
    write_portal_files(home, [(first_place(home), first), (second_place(home), SECOND)])


def test_the_portal_reads_what_it_was_handed(home: Home) -> None:
    settings = load_settings(portal_settings(home, Nodes("http://127.0.0.1:8545"), 8401))
    trust, sources = load_trust(settings.trust), load_sources(settings.sources)
    assert trust.trust == TRUST.trust() and trust.note == TRUST.note
    for hospital in HOSPITALS:
        source = sources.find(hospital.number)
        assert source is not None and source.gateway == GATEWAY
        assert source.token == read_line(token_file(home, REGULATOR))
        assert sources.name_of(hospital.number).name_zh == hospital.name_zh
    for tenant in SECOND_TENANTS:
        source = sources.find(tenant.number)
        assert source is not None and source.gateway == SECOND
        assert source.token == read_line(second_portal_token_file(home))


def test_every_file_that_the_portal_is_told_of_lies_in_its_own_folder(home: Home) -> None:
    settings = load_settings(portal_settings(home, Nodes("http://127.0.0.1:8545"), 8401))
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    for path in (settings.home, settings.trust, settings.sources, database):
        assert path.is_relative_to(home.portal.root), path
    tokens = list(home.portal.root.glob("*.token"))
    assert len(tokens) == 2
    assert not any(token.stat().st_mode & 0o077 for token in tokens)


def test_files_are_written_anew_when_the_gateway_has_another_address(home: Home) -> None:
    write_files(home, "http://127.0.0.1:9999")
    found = load_sources(home.portal.sources).find(HOSPITALS[0].number)
    assert found is not None and found.gateway == "http://127.0.0.1:9999"
