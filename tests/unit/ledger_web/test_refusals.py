from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient
from httpx import Response

from ledger_proofs.canonical import MAX_RECORD_BYTES
from ledger_web.bodies import RawBody, StrictRoute, takes_body
from ledger_web.errors import NotSignedIn
from ledger_web.pages import NavItem, Pages
from tests.unit.ledger_web.sample.app import build_app

HTML = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture
def client() -> TestClient:
    return TestClient(build_app(), raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/pages/busy", 503, "unavailable"),
        ("/pages/nowhere", 404, "no-such-route"),
        ("/pages/act", 405, "method-not-allowed"),
        ("/pages/numbered?number=x", 422, "invalid-request"),
        ("/pages/broken", 500, "internal-fault"),
    ],
)
def test_a_refusal_is_a_page_for_a_browser_and_a_problem_for_a_program(
    client: TestClient, path: str, status: int, code: str
) -> None:
    program = client.get(path, headers={"accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (status, code)
    for language in ("en", "zh-CN"):
        page = client.get(path, headers=HTML | {"accept-language": language})
        assert page.status_code == status
        assert page.headers["content-type"].startswith("text/html")
        assert 'data-testid="error-state"' in page.text
        assert f"<code>{code}</code>" in page.text
        assert program.json()["title" if language == "en" else "title_zh"] in page.text.replace("&#39;", "'")


def test_a_part_of_a_page_is_refused_with_a_notice_for_its_place(client: TestClient) -> None:
    notice = client.get("/pages/busy", headers=HTML | {"accept": "*/*", "hx-request": "true"})
    assert notice.status_code == 503
    assert "<html" not in notice.text
    assert 'data-testid="error-state"' in notice.text
    assert "Try again in 1 min 30 s" in notice.text
    assert notice.headers["retry-after"] == "90"


def test_the_programs_addresses_never_answer_pages(client: TestClient) -> None:
    refused = client.get("/v1/members", headers=HTML)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(client: TestClient) -> None:
    led = client.get("/pages/members?page=2", headers=HTML)
    assert led.status_code == 303
    assert led.headers["location"] == "/pages/sign-in?next=%2Fpages%2Fmembers%3Fpage%3D2"


def test_a_part_of_a_page_leads_to_sign_in_and_back_to_its_page(client: TestClient) -> None:
    partial = {"hx-request": "true", "hx-current-url": "https://desk.example/pages/parts?a=1"}
    led = client.get("/pages/members", headers=HTML | partial)
    assert (led.status_code, led.text) == (204, "")
    assert led.headers["hx-redirect"] == "/pages/sign-in?next=%2Fpages%2Fparts%3Fa%3D1"


def test_an_unexpected_fault_shows_its_incident_and_nothing_of_its_cause(client: TestClient) -> None:
    page = client.get("/pages/broken", headers=HTML)
    assert page.headers["x-request-id"] in page.text
    assert "secret detail" not in page.text
    assert "RuntimeError" not in page.text


def test_every_page_has_the_headers_of_the_service(client: TestClient) -> None:
    answers: list[Response] = [
        client.get("/pages/parts", headers=HTML),
        client.get("/pages/parts?lang=en", headers=HTML),
        client.get("/pages/broken", headers=HTML),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]


def test_a_page_that_cannot_be_made_still_leaves_its_incident() -> None:
    def refuse(_request: Request) -> Sequence[NavItem]:
        raise RuntimeError("no navigation")

    pages = Pages(
        "tests.unit.ledger_web.sample", title=("A", "甲"), navigation=refuse, development=True, home="/pages"
    )
    client = TestClient(build_app(pages), raise_server_exceptions=False)
    answer = client.get("/pages/parts", headers=HTML)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-fault")
    assert answer.headers["x-request-id"] in answer.json()["detail"]


def test_a_large_body_is_read_only_for_whom_the_service_knows() -> None:
    router = APIRouter(route_class=StrictRoute)

    @router.post("/v1/files")
    @takes_body(max_bytes=2 * MAX_RECORD_BYTES, strict_json=False)
    def keep(content: RawBody) -> dict[str, int]:
        return {"bytes": len(content)}

    def stream() -> Iterator[bytes]:
        for _ in range(3):
            yield b"x" * 1000

    def verify_sender(request: Request) -> None:
        if request.headers.get("x-known") is None:
            raise NotSignedIn("Sign in.", "请登录。")

    app = build_app()
    app.include_router(router)
    app.state.verify_sender = verify_sender
    client = TestClient(app)
    headers = {"content-type": "application/json"}
    assert client.post("/v1/files", content=b"x" * 9, headers=headers).status_code == 401
    known = client.post("/v1/files", content=stream(), headers=headers | {"x-known": "yes"})
    assert known.json() == {"bytes": 3000}
