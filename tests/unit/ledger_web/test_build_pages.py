from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from scripts.build_pages import PagesNotBuilt, Vendored, build, read_list, take_hashes, write_list


def list_one(content: bytes) -> Vendored:
    return {"lib/a.js": {"from": "a/dist/a.js", "sha256": hashlib.sha256(content).hexdigest()}}


def install(packages: Path, content: bytes) -> None:
    (packages / "a/dist").mkdir(parents=True)
    (packages / "a/dist/a.js").write_bytes(content)


def test_the_listed_files_are_copied_and_whatever_else_lay_there_goes(tmp_path: Path) -> None:
    install(tmp_path / "packages", b"one")
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_text("old")
    build(list_one(b"one"), tmp_path / "packages", vendor)
    assert (vendor / "lib/a.js").read_bytes() == b"one"
    assert not (vendor / "old.js").exists()


def test_another_content_is_refused_in_both_languages_and_nothing_is_written(tmp_path: Path) -> None:
    install(tmp_path / "packages", b"two")
    with pytest.raises(PagesNotBuilt) as refusal:
        build(list_one(b"one"), tmp_path / "packages", tmp_path / "vendor")
    assert "哈希不符" in str(refusal.value)
    assert "isn't the file whose hash" in str(refusal.value)
    assert "--update" in str(refusal.value)
    assert not (tmp_path / "vendor").exists()


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(PagesNotBuilt, match=r"node_modules/a/dist/a\.js"):
        build(list_one(b"one"), tmp_path, tmp_path / "vendor")


def test_hashes_are_taken_anew_only_when_asked(tmp_path: Path) -> None:
    install(tmp_path, b"two")
    assert take_hashes(list_one(b"one"), tmp_path) == list_one(b"two")
    write_list(list_one(b"two"), tmp_path / "list.json")
    assert read_list(tmp_path / "list.json") == list_one(b"two")


def test_the_committed_list_fits_what_is_installed() -> None:
    assert take_hashes(read_list()) == read_list()
