from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ledger_web.errors import StartRefused
from ledger_web.static_files import KIT_FOLDER, VENDORED, StaticFiles, verify_vendored
from tests.unit.ledger_web.sample.app import build_app

HTML = {"accept": "text/html"}


@pytest.fixture
def client() -> TestClient:
    return TestClient(build_app(), follow_redirects=False)


def test_every_file_that_a_page_names_is_there_for_good_under_its_hash(client: TestClient) -> None:
    page = client.get("/pages/parts", headers=HTML).text
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(named) >= 5
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("kit/kit.css", "text/css; charset=utf-8"),
        ("kit/kit.js", "text/javascript; charset=utf-8"),
        ("kit/mark.svg", "image/svg+xml"),
        ("extra.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_has_its_media_type(client: TestClient, path: str, media_type: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_asked_for_without_its_hash_or_with_an_old_one_is_asked_for_again(client: TestClient) -> None:
    for address in ("/static/extra.js", "/static/extra.js?v=0123456789abcdef"):
        answer = client.get(address)
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get(address, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_file_comes_compressed_to_who_takes_that(client: TestClient) -> None:
    content = (KIT_FOLDER / "kit.css").read_bytes()
    with client.stream("GET", "/static/kit/kit.css", headers={"accept-encoding": "gzip"}) as answer:
        squeezed = b"".join(answer.iter_raw())
    assert gzip.decompress(squeezed) == content
    assert client.get("/static/kit/kit.css", headers={"accept-encoding": "identity"}).content == content


@pytest.mark.parametrize(
    "path",
    [
        "no-such.js",
        "",
        "kit",
        "kit/../../errors.py",
        "../app.py",
        "%2e%2e/app.py",
        "..%2fapp.py",
        "%2fetc/passwd",
        "kit/%2e%2e/%2e%2e/pyproject.toml",
        "kit/vendor/..%5c..%5cpages.py",
        "extra.js%00",
    ],
)
def test_any_other_path_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"http://testserver/static/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_files_of_unknown_kinds_and_links_are_not_served(tmp_path: Path) -> None:
    (tmp_path / "plain.js").write_text("1")
    (tmp_path / "secret.py").write_text("1")
    (tmp_path / "link.json").symlink_to(VENDORED)
    files = StaticFiles(tmp_path, url="/static", live=False)
    assert files.find("plain.js") is not None
    assert files.find("secret.py") is None
    assert files.find("link.json") is None


def test_a_changed_file_is_seen_at_once_only_while_one_works_on_it(tmp_path: Path) -> None:
    place = tmp_path / "page.js"
    place.write_text("1")
    os.utime(place, ns=(1, 1))
    live, settled = (StaticFiles(tmp_path, url="/static", live=live) for live in (True, False))
    before = settled.url_of("page.js")
    place.write_text("2")
    assert live.url_of("page.js") != before
    assert settled.url_of("page.js") == before


def test_a_script_may_import_modules_and_reach_nothing_else(client: TestClient) -> None:
    policy = client.get("/static/extra.js").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "connect-src" not in policy


def test_a_service_without_the_built_pages_does_not_start_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"make setup.*\| 页面尚未构建"):
        verify_vendored(tmp_path, VENDORED)


def test_a_service_whose_page_files_were_changed_does_not_start(tmp_path: Path) -> None:
    listed = tmp_path / "vendored.json"
    listed.write_text(json.dumps({"files": {"a.js": {"from": "a/a.js", "sha256": "0" * 64}}}))
    (tmp_path / "a.js").write_text("changed")
    with pytest.raises(StartRefused, match=r"a\.js isn't the one"):
        verify_vendored(tmp_path, listed)
