"""The file that says where institutions' gateways are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_api.peers.addresses import InstitutionName, load_peers
from ledger_web.errors import StartRefused

GOOD = {"url": "https://one.example", "institutions": [1, 2]}


def _named(number: int) -> dict[str, Any]:
    return {"number": number, "name_en": "One", "name_zh": "壹"}


def _write(folder: Path, *peers: dict[str, Any], **changes: Any) -> Path:
    file = folder / "peers.json"
    file.write_text(json.dumps({"format": "rxledger.peers/1", "peers": list(peers), **changes}))
    return file


def test_each_institution_has_its_gateways_address(tmp_path: Path) -> None:
    file = _write(tmp_path, GOOD, {"url": "http://127.0.0.1:8403/", "institutions": [201]})
    expected = {1: "https://one.example", 2: "https://one.example", 201: "http://127.0.0.1:8403"}
    assert load_peers(file, is_production=True).addresses == expected


def test_institutions_may_have_names_there(tmp_path: Path) -> None:
    file = _write(tmp_path, GOOD | {"names": [_named(2)]})
    assert load_peers(file, is_production=True).names == {2: InstitutionName(2, "One", "壹")}


def test_without_a_file_there_are_no_peers() -> None:
    found = load_peers(None, is_production=True)
    assert (found.addresses, found.names) == ({}, {})


@pytest.mark.parametrize(
    "peer",
    [
        {"url": "ftp://one.example", "institutions": [1]},
        {"url": "https://", "institutions": [1]},
        {"url": "https://one.example/gateway", "institutions": [1]},
        {"url": "https://one.example/?x=1", "institutions": [1]},
        {"url": "https://somebody:secret@one.example", "institutions": [1]},
        {"url": "https://one.example", "institutions": []},
        {"url": "https://one.example", "institutions": [0]},
        {"url": "https://one.example", "institutions": [2**21]},
        {"url": "https://one.example", "institutions": ["1"]},
        {"url": "https://one.example", "institutions": [3], "token": "x"},
        {"url": "https://other.example", "institutions": [2]},
        {"url": "https://other.example", "institutions": [3], "names": [{"number": 3}]},
        {"url": "https://other.example", "institutions": [3], "names": [_named(4)]},
        {"url": "https://other.example", "institutions": [3], "names": [_named(3), _named(3)]},
    ],
)
def test_a_peer_of_another_form_is_refused_and_named_without_its_value(
    tmp_path: Path, peer: dict[str, Any]
) -> None:
    with pytest.raises(StartRefused, match="RXLEDGER_PEERS") as refused:
        load_peers(_write(tmp_path, GOOD, peer), is_production=False)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "[]", '{"format": "rxledger.peers/2", "peers": []}', "\xff"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "peers.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(StartRefused, match="RXLEDGER_PEERS"):
        load_peers(file, is_production=False)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="can't be read"):
        load_peers(tmp_path / "peers.json", is_production=False)


@pytest.mark.parametrize("url", ["http://one.example", "http://10.0.0.1:8400"])
def test_production_sends_nothing_in_the_clear(tmp_path: Path, url: str) -> None:
    file = _write(tmp_path, {"url": url, "institutions": [1]})
    assert load_peers(file, is_production=False).addresses == {1: url}
    with pytest.raises(StartRefused, match="https"):
        load_peers(file, is_production=True)
