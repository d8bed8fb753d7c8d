"""Requests that nobody's browser makes: numbers that no database holds, deep or broken bodies, odd headers.

Each gets an answer that says what is wrong with it; none is a fault of the portal.
"""

from __future__ import annotations

import uuid

from tests.support.portal_site import PortalSite

NUMBERS = ("-1", "0", str(2**53), str(2**63), str(2**64), "9" * 40, "9" * 5_000, "１", "1e3", "%00", "NaN")
API = (
    "/v1/logs/{}",
    "/v1/logs/{}/entries",
    "/v1/logs/{}/entries/{}",
    "/v1/logs/4294967297/entries/{}",
    "/v1/logs/4294967297/entries?cursor={}",
    "/v1/findings/{}",
    "/v1/findings?log={}",
    "/v1/findings?cursor={}",
    "/v1/jobs/{}",
    "/v1/jobs?log={}",
    "/v1/jobs?cursor={}&limit={}",
    "/v1/verifications/{}",
    "/v1/verifications?cursor={}",
    "/v1/audit?cursor={}",
)
PAGES = (
    "/logs/{}",
    "/logs/{}/entries",
    "/logs/{}/entries/{}",
    "/logs/4294967297/entries/{}",
    "/logs/4294967297/entries?after={}",
    "/logs/4294967297/checkpoints?below={}",
    "/findings/{}",
    "/findings?log={}&place={}",
    "/findings?page={}",
    "/jobs/{}",
    "/jobs?log={}",
    "/jobs?page={}",
    "/verifications/{}",
    "/verifications?before={}",
    "/audit?before={}",
)


def test_a_number_that_nothing_has_is_no_fault_of_the_portal(site: PortalSite) -> None:
    site.fill(entries=3)
    asking = [(site.program("zhao"), path) for path in API] + [(site.browser("zhao"), path) for path in PAGES]
    faults = [
        (path, number[:40])
        for client, path in asking
        for number in NUMBERS
        if client.get(path.replace("{}", number)).status_code >= 500
    ]
    assert faults == []


BODIES = (
    b"",
    b"null",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"kind":"mirror","log":1e400}',
    b'{"kind":"mirror","log":' + b"9" * 5_000 + b"}",
    b'{"kind":"mirror","log":9223372036854775808}',
    b'{"kind":"mirror","log":-1}',
    b'{"kind":"mirror","log":true}',
    b'{"kind":"mirror","kind":"sweep","log":1}',
    b'{"kind":"\\ud800","log":1}',
    b'{"note":"\\u0000"}',
    b'{"username":"\\u0000","password":"x"}',
    b"\xff\xfe",
    b"\x00" * 1_000,
)
KINDS = (b"application/json", b"text/plain", b"application/json; charset=\xff", b"multipart/form-data")


def test_a_body_that_nothing_takes_is_no_fault_of_the_portal(site: PortalSite) -> None:
    site.fill(entries=3, findings=1)
    program = site.program("zhao")
    finding = program.get("/v1/findings").json()["items"][0]["id"]
    answers = []
    for path in ("/v1/verifications", f"/v1/findings/{finding}/acknowledgement", "/v1/sessions"):
        for body in BODIES:
            for kind in KINDS:
                headers = {b"Idempotency-Key": str(uuid.uuid4()).encode(), b"Content-Type": kind}
                answer = program.post(path, content=body, headers=headers)
                answers.append((path, body[:40], kind, answer.status_code))
    assert [each for each in answers if not 400 <= each[-1] < 500] == []


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
    return head + content + b"\r\n"


FORMS = {
    "no parts": b"--b--\r\n",
    "no end": part("bundle", b"{}", "a.json"),
    "ten thousand parts": part("key", b"1") * 10_000 + b"--b--\r\n",
    "many files": part("bundle", b"{}", "a.json") * 50 + b"--b--\r\n",
    "a huge file name": part("bundle", b"{}", "a" * 1_000_000) + b"--b--\r\n",
    "a name with a path": part("bundle", b"{}", "../../../etc/passwd") + b"--b--\r\n",
    "a huge field": part("key", b"k" * 3_000_000) + b"--b--\r\n",
    "a part without a name": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "a part without a header": b"--b\r\n\r\nx\r\n--b--\r\n",
    "a header without end": b"--b\r\nX: " + b"y" * 1_000_000,
    "nested JSON": part("key", b"k") + part("bundle", b"[" * 1_000_000, "a.json") + b"--b--\r\n",
    "bytes": bytes(range(256)) * 100,
    "a file as the key": part("key", b"\xff\xfe", "k") + part("bundle", b"{}", "a.json") + b"--b--\r\n",
    "another charset": b'--b\r\nContent-Disposition: form-data; name="key"\r\nContent-Type: text/plain; '
    b"charset=no-such\r\n\r\nx\r\n--b--\r\n",
}


def test_an_upload_that_is_none_is_no_fault_of_the_portal(site: PortalSite) -> None:
    answers = []
    for name, content in FORMS.items():
        for boundary in ("; boundary=b", "; boundary=", "", "; boundary=b; charset=no-such"):
            headers = {"Content-Type": f"multipart/form-data{boundary}"}
            answer = site.browser().post("/verify/bundle", content=content, headers=headers)
            answers.append((name, boundary, answer.status_code))
    assert [each for each in answers if not 400 <= each[-1] < 500] == []
