"""The verify page: what is refused before anything is asked, and that what was typed is kept."""

from __future__ import annotations

import re
import resource
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from regulator_portal.pages.forms import MAX_UPLOAD_BYTES
from tests.support.portal_site import INSTITUTION, PortalSite

RECORD = "0198e0a2-0000-4000-8000-000000000001"
REFERENCE = f"RXL1:1:{RECORD.upper()}:0:{'AB' * 32}"
HUNDRED_MB = 100 * 1000 * 1000


def upload(site: PortalSite, content: bytes, language: str = "en") -> httpx.Response:
    return site.send(
        site.browser("wu", language),
        "/verify",
        "/verify/bundle",
        files={"bundle": ("bundle.json", content, "application/json")},
    )


@pytest.mark.parametrize(
    ("language", "said"), [("en", "is no reference of a record"), ("zh-CN", "不是记录的引用")]
)
def test_a_text_that_is_no_reference_is_refused_and_kept(site: PortalSite, language: str, said: str) -> None:
    browser = site.browser("wu", language)
    answer = site.send(
        browser, "/verify", "/verify/reference", data={"reference": "https://example.org/?x=<b>"}
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert "https://example.org/?x=&lt;b&gt;" in answer.text
    assert 'data-testid="error-state"' in answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"record": "12345"}, "record"),
        ({"institution": ""}, "institution"),
        ({"institution": "999"}, "institution"),
        ({"window": "-1"}, "window"),
        ({"window": "65536"}, "window"),
        ({"window": "０"}, "window"),
    ],
)
def test_a_record_that_can_not_be_is_refused_at_its_field(
    site: PortalSite, changes: dict[str, str], field: str
) -> None:
    typed = {"institution": str(INSTITUTION), "record": RECORD, "window": "0", **changes}
    answer = site.send(site.browser("wu"), "/verify", "/verify/record", data=typed)

    assert answer.status_code == 422
    marked = re.findall(r'id="(\w+)" name="\w+"[^>]*aria-invalid="true"', answer.text)
    assert marked == [field]
    assert typed["record"] in answer.text


def test_what_is_typed_never_stands_in_an_address(site: PortalSite) -> None:
    page = site.browser("wu").get("/verify").text

    assert len(re.findall(r'<form class="kit-panel" method="post"', page)) == 3


@pytest.mark.parametrize(("language", "said"), [("en", "could not check"), ("zh-CN", "无法核验")])
def test_with_the_gateway_down_the_result_is_could_not_check_under_its_own_address(
    site: PortalSite, language: str, said: str
) -> None:
    browser = site.browser("wu", language)
    answer = site.send(browser, "/verify", "/verify/reference", data={"reference": REFERENCE})

    assert answer.status_code == 303
    assert re.fullmatch(r"/verifications/[0-9a-f-]{36}", answer.headers["location"])
    result = browser.get(answer.headers["location"]).text
    assert 'data-outcome="could_not_check"' in result
    assert said in result


def test_a_reference_is_taken_as_scanners_type_it(site: PortalSite) -> None:
    answer = site.send(
        site.browser("wu"), "/verify", "/verify/reference", data={"reference": f"  {REFERENCE.lower()}\r\n"}
    )

    assert answer.status_code == 303


def test_a_form_sent_twice_is_verified_once(site: PortalSite) -> None:
    browser = site.browser("wu")
    fields = {"key": str(uuid.uuid4()), "reference": REFERENCE}
    first = browser.post("/verify/reference", data=fields)
    again = browser.post("/verify/reference", data=fields)

    assert first.headers["location"] == again.headers["location"]
    assert len(site.program().get("/v1/verifications").json()["items"]) == 1
    other = browser.post("/verify/reference", data={**fields, "reference": REFERENCE.replace(":0:", ":1:")})
    assert other.status_code == 422


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "json.not_utf8"),
        (b"{}", "bundle.member_missing"),
        (b'{"format": "rxledger.bundle/1", "format": "x"}', "json.duplicate_name"),
        (b"[1, 2", "json.syntax"),
    ],
)
def test_a_file_that_is_no_bundle_says_what_it_is_not_and_where(
    site: PortalSite, content: bytes, where: str, language: str
) -> None:
    answer = upload(site, content, language)

    assert answer.status_code == 422
    assert ("not an evidence bundle" if language == "en" else "不是证据包") in answer.text
    assert where in answer.text


def test_an_empty_file_is_refused_at_its_field(site: PortalSite) -> None:
    answer = upload(site, b"")

    assert answer.status_code == 422
    assert "is empty" in answer.text


@pytest.mark.parametrize(("language", "said"), [("en", "at most 4 MiB"), ("zh-CN", "至多 4 MiB")])
def test_a_file_a_byte_larger_than_a_bundle_is_refused_with_the_limit(
    site: PortalSite, language: str, said: str
) -> None:
    answer = upload(site, b" " * (MAX_BUNDLE_BYTES + 1), language)

    assert answer.status_code == 413
    assert said in answer.text
    assert 'data-testid="error-state"' in answer.text


def test_a_hundred_megabytes_fill_neither_memory_nor_disk_and_get_their_answer(
    site: PortalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent in pieces of 64 KiB by a client that holds no more itself, so that this process's peak is the
    portal's.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # a file on disk would fail here
    browser = site.browser("wu")
    browser.get("/verify")
    head = (
        b'--edge\r\nContent-Disposition: form-data; name="bundle"; filename="x.json"\r\n'
        b"Content-Type: application/json\r\n\r\n"
    )
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(HUNDRED_MB // 65_536):
            yield b" " * 65_536

    answer = browser.post(
        "/verify/bundle", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=edge"}
    )

    assert answer.status_code == 413
    assert "4 MiB" in answer.text
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_before
    assert grown_kib < 40 * 1024, "the refused upload was kept somewhere"
    assert MAX_UPLOAD_BYTES < 5 * 1024 * 1024


def test_a_stranger_s_upload_is_not_read_at_all(site: PortalSite) -> None:
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(
            b"POST /verify/bundle HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n"
            b"Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: 100000000\r\n\r\n"
        )
        answer = line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 303 ")


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/form-data"])
def test_what_is_no_form_is_refused(site: PortalSite, content_type: str) -> None:
    answer = site.browser("wu").post("/verify/bundle", content=b"x", headers={"Content-Type": content_type})

    assert answer.status_code in (400, 415)
    assert 'data-testid="error-state"' in answer.text
