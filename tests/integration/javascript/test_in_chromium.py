"""The signing code where it runs: a page of the desk in Chromium, under the content policy of the kit."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Page

from ledger_cli.pinned_files import pinned_bytes
from ledger_cli.prepared import check_prepared
from ledger_web.pages import Pages
from ledger_web.static_files import KIT_FOLDER
from tests.browser.browsing import open_context, run_chromium
from tests.support.waiting import wait_until
from tests.unit.ledger_cli.prepared_support import (
    NOW,
    SIGNING_KEY,
    build_asked_body,
    build_profile,
    build_reply,
)

pytestmark = [pytest.mark.integration, pytest.mark.needs_system("chromium")]

NOBLE = KIT_FOLDER / "vendor" / "noble"
NOBLE_URL = "/static/kit/vendor/noble/"
PIN = "示例 PIN 2468"
SIGN = """async ([profile, keyfile, reply, now, pin]) => {
  const { keepKey, findKey } = await import("/static/signing/keyring.js");
  const { checkPrepared } = await import("/static/signing/prepared.js");
  const { signWithPin } = await import("/static/signing/unlock.js");
  await keepKey(profile, keyfile);
  const kept = await findKey(1, JSON.parse(profile).username);
  const checked = checkPrepared(reply, kept.profile, { now });
  const began = performance.now();
  try {
    return { sent: await signWithPin(checked, kept.keyfile, pin), took_ms: performance.now() - began };
  } catch (fault) {
    return { refused: fault.code ?? String(fault) };
  }
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with the desk's static files and one page of the kit."""
    pages = Pages(
        "ledger_api.desk", title=("Desk", "工作台"), navigation=lambda _request: (), development=False
    )
    app = FastAPI()
    pages.mount(app)

    @app.get("/page")
    def page(request: Request) -> Response:
        return pages.render(request, "kit/_head.html", {}, import_map=True)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started, 20, "the server")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with run_chromium() as (_, browser):
        opened = open_context(browser, "zh").new_page()
        opened.goto(f"{address}/page")
        yield opened


def sign(page: Page, keyfile: str, pin: str) -> dict[str, Any]:
    profile = build_profile()
    reply = build_reply(build_asked_body(), profile)
    arguments = [pinned_bytes(profile).decode(), keyfile, json.dumps(reply), NOW, pin]
    answer: dict[str, Any] = page.evaluate(SIGN, arguments)
    return answer


@pytest.fixture(params=["scrypt_standard", "scrypt_light", "pbkdf2"])
def keyfile(request: pytest.FixtureRequest) -> str:
    folder = request.config.rootpath / "tests" / "javascript" / "keyfiles"
    return (folder / f"{request.param}.json").read_text("utf-8")


def test_a_kept_key_signs_as_the_command_does(page: Page, keyfile: str) -> None:
    profile = build_profile()
    checked = check_prepared(build_reply(build_asked_body(), profile), profile, now=NOW)
    assert sign(page, keyfile, PIN)["sent"] == checked.submission(SIGNING_KEY)


def test_a_wrong_pin_is_refused(page: Page, keyfile: str) -> None:
    assert sign(page, keyfile, "2468") == {"refused": "keyfile.wrong_pin"}


@pytest.mark.parametrize("keyfile", ["scrypt_standard"], indirect=True)
def test_what_signing_at_the_standard_cost_takes_is_told(
    page: Page, keyfile: str, record_property: Any
) -> None:
    signed = [sign(page, keyfile, PIN) for _ in range(3)]
    assert all("sent" in answer for answer in signed)
    times = [answer["took_ms"] for answer in signed]
    record_property("signing_ms", times)
    print(f"signing at the standard scrypt cost: {', '.join(f'{time:.0f}' for time in times)} ms")


@pytest.mark.parametrize("keyfile", ["scrypt_light"], indirect=True)
def test_nothing_is_sent_while_signing(page: Page, keyfile: str) -> None:
    requests: list[tuple[str, str, str | None]] = []
    page.context.on("request", lambda sent: requests.append((sent.method, sent.url, sent.post_data)))
    assert "sent" in sign(page, keyfile, PIN)
    assert all(method == "GET" and body is None for method, _, body in requests), requests
    assert all("/static/" in url and "?" not in url for _, url, _ in requests), requests


@pytest.mark.parametrize("keyfile", ["scrypt_light"], indirect=True)
def test_what_the_browser_keeps_holds_no_secret_and_can_be_forgotten(page: Page, keyfile: str) -> None:
    sign(page, keyfile, PIN)
    kept = page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("rxledger-signing");
          opening.onsuccess = () => {
            const all = opening.result.transaction("keys").objectStore("keys").getAll();
            all.onsuccess = () => { opening.result.close(); resolve(JSON.stringify(all.result)); };
          };
        })"""
    )
    assert len(json.loads(kept)) == 1
    assert PIN not in kept
    assert SIGNING_KEY.hex() not in kept
    username = build_profile().username
    found = page.evaluate(
        """async (username) => {
          const { findKey, forgetKey } = await import("/static/signing/keyring.js");
          await forgetKey(1, username);
          return findKey(1, username);
        }""",
        username,
    )
    assert found is None


def test_the_page_itself_may_not_run_webassembly(page: Page) -> None:
    outcome = page.evaluate(
        "WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))"
        ".then(() => 'ran', (fault) => fault.name)"
    )
    assert outcome == "CompileError"


def test_the_worker_that_holds_the_pin_may_reach_nothing(page: Page, address: str) -> None:
    policy = page.request.get(f"{address}/static/signing/keyfile_worker.js").headers[
        "content-security-policy"
    ]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy


def test_the_vendored_modules_are_only_those_that_are_imported(page: Page, address: str) -> None:
    asked: set[str] = set()
    context = page.context
    context.on("request", lambda sent: asked.add(sent.url.removeprefix(address)))
    fresh = context.new_page()
    fresh.goto(f"{address}/page")
    fresh.evaluate("() => import('/static/signing/unlock.js').then(() => null)")
    fresh.close()
    vendored = {path for path in asked if path.startswith(NOBLE_URL)}
    there = {f"{NOBLE_URL}{path.relative_to(NOBLE).as_posix()}" for path in NOBLE.rglob("*.js")}
    assert vendored == there
