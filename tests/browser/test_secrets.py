"""The PIN and the private key never leave the doctor's browser.

A keyfile of the test's own, at the standard cost, under a PIN that stands nowhere else. The doctor signs with
it in a browser of her own, all of whose connections go through a proxy that keeps every byte. Afterwards PIN
and key are looked for in what was sent, in every file of the stack (databases with their write-ahead logs,
logs, keystore), and in everything that the browser wrote to its disk. What must be found there (her password
in what was sent, her record in the databases, her encrypted keyfile in the browser) is looked for in the same
way, so that finding nothing means something.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ledger_cli.embedded.credentials import open_signer
from ledger_cli.embedded.people import CHEN
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.keyfiles import build_keyfile
from tests.browser.browsing import ARGUMENTS, LOCALES, TIMEOUT_MS, get_chromium
from tests.browser.desk import Desk, make_draft
from tests.browser.recording_proxy import Sent, run_recording_proxy
from tests.browser.searching import find_forms, find_in_files
from tests.browser.visitors import set_up_browser, sign_in_at_desk
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

CANARY_PIN = "canary-7Qz4-kestrel-0183"


def sign_with(page: Page, stack: WholeStack, keyfile: bytes) -> tuple[str, float]:
    """Sign a draft as Dr Chen with this keyfile; gives the record's id and how long signing took."""
    desk = Desk(page, stack)
    desk.open("/sign-in")
    sign_in_at_desk(page, stack, CHEN.username)
    page.wait_for_url("**/desk")
    profile = (stack.folder(CHEN.username) / "profile.json").read_bytes()
    named = {"key.json": keyfile, "profile.json": profile}
    files = [
        {"name": name, "mimeType": "application/json", "buffer": content} for name, content in named.items()
    ]
    set_up_browser(page, stack, files)  # type: ignore[arg-type]
    desk.open_signing(make_draft(stack, next(visit for visit in VISITS if visit.doctor == CHEN)))
    page.get_by_test_id("pin").fill(CANARY_PIN)
    began = time.monotonic()
    with page.expect_request(lambda sent: sent.method == "POST" and sent.url.endswith("/v1/prescriptions")):
        page.get_by_test_id("sign-button").click()
    seconds = time.monotonic() - began
    return desk.expect_final(), seconds


def sign_in_a_browser_of_her_own(
    browser: Browser, stack: WholeStack, profile: Path, keyfile: bytes
) -> tuple[Sent, str, float, str]:
    """Sign through the recording proxy; gives what was sent, the record, the time, what the page can read."""
    with run_recording_proxy() as (address, sent):
        context = browser.browser_type.launch_persistent_context(
            profile,
            executable_path=get_chromium(),
            args=[*ARGUMENTS],
            proxy={"server": address, "bypass": "<-loopback>"},
            locale=LOCALES["en"],
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        record, seconds = sign_with(page, stack, keyfile)
        kept = json.dumps(context.storage_state(indexed_db=True))
        kept += page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
        context.close()
    return sent, record, seconds, kept


def test_pin_and_key_are_found_nowhere_but_in_the_doctors_head(
    browser: Browser, whole_stack: WholeStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, password, private_key = open_signer(whole_stack.home, CHEN)
    secrets = {"PIN": CANARY_PIN.encode(), "private key": private_key}
    keyfile = build_keyfile(private_key, CANARY_PIN, light=False)
    profile = tmp_path / "browser"
    sent, record, seconds, kept = sign_in_a_browser_of_her_own(browser, whole_stack, profile, keyfile)
    with capsys.disabled():
        print(f"\n  signing in the browser with a keyfile of standard cost: {seconds:.2f} s (aim: under 2 s)")

    ciphertext = json.loads(keyfile)["crypto"]["ciphertext"].encode()
    assert password.encode() in sent.everything()
    assert find_in_files(whole_stack.home.root, {"record": record.encode()})
    assert ciphertext.decode() in kept
    assert find_in_files(profile, {"keyfile": ciphertext})

    assert list(find_forms(sent.everything(), secrets)) == []
    assert list(find_forms(kept.encode(), secrets)) == []
    assert find_in_files(whole_stack.home.root, secrets) == []
    assert find_in_files(profile, secrets) == []
    own = {whole_stack.gateway_url.rpartition(":")[2]}
    assert {str(port) for host, port in sent.targets if host == "127.0.0.1"} == own
    # The encrypted keyfile stays in the browser too.
    assert list(find_forms(sent.everything(), {"keyfile": ciphertext})) == []
