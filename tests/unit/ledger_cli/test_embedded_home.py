"""The home's marker: what earlier versions wrote is understood, and a part is added once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger_cli.embedded.home import Home, Marker, advance, note_part, open_home, read_marker
from ledger_cli.errors import Refused


def write(home: Home, **members: object) -> None:
    """Write a marker of this format with these members."""
    home.marker.write_text(json.dumps({"format": "rxledger.home/1", "key": "00ff", **members}))


def test_a_marker_of_the_version_before_has_every_stage_and_no_part(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write(home, stage="seeded")
    marker = read_marker(home)
    assert marker == Marker("00ff", "seeded", frozenset())
    assert marker.reached("enrolled") and not marker.has("regulator")


def test_a_part_is_noted_without_losing_stage_key_or_other_parts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write(home, stage="enrolled")
    note_part(home, "regulator")
    advance(home, "seeded")
    note_part(home, "waiting-draft")
    assert read_marker(home) == Marker("00ff", "seeded", frozenset({"regulator", "waiting-draft"}))


def test_a_new_home_begins_with_nothing_done(tmp_path: Path) -> None:
    marker = read_marker(open_home(tmp_path / "home"))
    assert marker.stage == "new" and marker.parts == frozenset()


@pytest.mark.parametrize("parts", ["regulator", {"regulator": True}, 7, None])
def test_parts_that_are_no_list_are_a_damaged_marker(tmp_path: Path, parts: object) -> None:
    home = Home(tmp_path)
    write(home, stage="seeded", parts=parts)
    with pytest.raises(Refused) as refused:
        read_marker(home)
    assert refused.value.code == "home.corrupt"


def begin(root: Path, stage: str, *files: str) -> Home:
    """Write a home that has reached a stage, with nothing in it but these files."""
    home = Home(root)
    write(home, stage=stage)
    for name in files:
        (root / name).touch()
    return home


def test_a_home_on_a_network_goes_on_without_a_chain_of_its_own(tmp_path: Path) -> None:
    begin(tmp_path, "deployed", "deployment.json")
    assert read_marker(open_home(tmp_path, has_chain=False)).reached("deployed")


@pytest.mark.parametrize(
    ("stage", "file", "missing"),
    [("deployed", "deployment.json", "--node"), ("new", "gateway.db", "chain's database is gone")],
)
def test_a_home_whose_own_chain_is_gone_is_refused(
    tmp_path: Path, stage: str, file: str, missing: str
) -> None:
    begin(tmp_path, stage, file)
    with pytest.raises(Refused) as refused:
        open_home(tmp_path)
    assert refused.value.code == "home.corrupt" and missing in str(refused.value)


def test_a_home_on_a_network_still_needs_its_own_files(tmp_path: Path) -> None:
    begin(tmp_path, "enrolled", "deployment.json")
    with pytest.raises(Refused, match=r"gateway\.db is missing"):
        open_home(tmp_path, has_chain=False)
