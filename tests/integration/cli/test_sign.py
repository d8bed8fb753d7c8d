"""`rxledger sign`: the doctor's client on her own machine. Her PIN and key go nowhere."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.gateway_client import GatewayClient
from ledger_cli.keyfiles import build_keyfile, open_keyfile, parse_keyfile
from ledger_proofs.handover import parse_handover_code
from tests.integration.cli.command_support import COMMAND, RunningStack, call

pytestmark = [pytest.mark.integration, pytest.mark.chain]

CANARY_PIN = "canary-PIN-8841"


@pytest.fixture
def body_file(tmp_path: Path) -> Path:
    path = tmp_path / "prescription.json"
    path.write_text(json.dumps(build_draft(VISITS[1], 700), ensure_ascii=False))
    return path


def _unattended(stack: RunningStack, doctor: str = "dr-li") -> list[str]:
    folder = stack.doctor(doctor)
    return [
        "--profile",
        str(folder / "profile.json"),
        "--password-file",
        str(folder / "password"),
        "--pin-file",
        str(folder / "pin"),
        "--yes",
        "--json",
    ]


def test_a_body_is_signed_for_each_window_and_becomes_final(running: RunningStack, body_file: Path) -> None:
    signed = call("sign", "--body", str(body_file), *_unattended(running))
    assert signed.exit_code == 0, signed.stdout + signed.stderr
    assert signed.document["status"] == "final"
    assert signed.document["items"][0]["windows"] == 2


def test_the_patients_codes_are_written_for_each_window_and_are_those_of_the_record(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "codes"
    signed = call("sign", "--body", str(body_file), "--codes", str(folder), *_unattended(running))
    assert signed.exit_code == 0, signed.stdout + signed.stderr
    paths = sorted(folder.iterdir())
    assert len(paths) == 2 and not any(path.stat().st_mode & 0o077 for path in paths)
    codes = [parse_handover_code(path.read_text().strip()) for path in paths]
    prescription_id = signed.document["items"][0]["id"]
    assert [(code.record_id, code.window) for code in codes] == [(prescription_id, 0), (prescription_id, 1)]
    with GatewayClient(running.gateway, running.token().read_text().strip()) as machine:
        record = machine.get(f"/v1/prescriptions/{prescription_id}/record").document["record"]
    assert record["body"]["holders"] == ["0x" + codes[0].address_for(0).hex()]


def test_a_code_that_cant_be_kept_is_never_signed_for(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    refused = call("sign", "--body", str(body_file), "--codes", str(taken), *_unattended(running))
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "sign.codes"


def test_every_waiting_draft_is_signed_and_none_twice(running: RunningStack) -> None:
    with GatewayClient(running.gateway, running.token().read_text().strip()) as machine:
        for number in (800, 801):
            machine.post("/v1/drafts", build_draft(VISITS[2], number), idempotency_key=f"test-draft-{number}")
    first = call("sign", "--all-drafts", *_unattended(running))
    assert first.exit_code == 0, first.stdout + first.stderr
    assert len(first.document["items"]) >= 2
    second = call("sign", "--all-drafts", *_unattended(running))
    assert (second.exit_code, second.document["items"]) == (0, [])


def test_a_doctor_reads_before_she_signs_and_can_decline(running: RunningStack, body_file: Path) -> None:
    folder = running.doctor()
    arguments = ["sign", "--body", str(body_file), "--profile", str(folder / "profile.json"), "--lang", "zh"]
    shown = _on_a_terminal(arguments, [(folder / "password").read_text().strip(), "n"])
    assert "刘淑芬" in shown.text and "盐酸二甲双胍片" in shown.text and "承诺" in shown.text
    assert shown.exit_code == 1
    assert (folder / "password").read_text().strip() not in shown.text


def test_on_a_terminal_the_pin_is_asked_for_and_not_echoed(running: RunningStack, body_file: Path) -> None:
    folder = running.doctor()
    pin = (folder / "pin").read_text().strip()
    arguments = ["sign", "--body", str(body_file), "--profile", str(folder / "profile.json")]
    shown = _on_a_terminal(arguments, [(folder / "password").read_text().strip(), "y", pin])
    assert shown.exit_code == 0, shown.text
    assert "PIN:" in shown.text and pin not in shown.text


def test_a_wrong_pin_signs_nothing(running: RunningStack, body_file: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "pin"
    wrong.write_text("not-the-pin\n")
    refused = call("sign", "--body", str(body_file), *_unattended(running), "--pin-file", str(wrong))
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "keyfile.wrong_pin"


def test_another_doctors_keyfile_is_refused_before_anything_is_sent(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    profile = json.loads((running.doctor("dr-li") / "profile.json").read_text())
    profile["keyfile"] = str(running.doctor("dr-chen") / "key.json")
    mine = tmp_path / "profile.json"
    mine.write_text(json.dumps(profile))
    refused = call("sign", "--body", str(body_file), *_unattended(running), "--profile", str(mine))
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "sign.other_key"


def test_a_gateway_that_is_away_is_could_not_check(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    folder = running.doctor()
    profile = json.loads((folder / "profile.json").read_text())
    away = folder / "away.json"
    away.write_text(json.dumps(profile | {"gateway": "http://127.0.0.1:1"}))
    refused = call("sign", "--body", str(body_file), *_unattended(running), "--profile", str(away))
    assert refused.exit_code == 2
    assert refused.document["error"]["code"] == "gateway.unreachable"


def test_pin_and_key_are_in_no_request_and_no_file(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    folder = running.doctor()
    keyfile = parse_keyfile((folder / "key.json").read_bytes())
    private_key = open_keyfile(keyfile, (folder / "pin").read_text().strip())
    (tmp_path / "key.json").write_bytes(build_keyfile(private_key, CANARY_PIN, light=True))
    profile = json.loads((folder / "profile.json").read_text())
    with _recording_proxy(running.gateway) as proxy:
        mine = tmp_path / "profile.json"
        mine.write_text(json.dumps(profile | {"gateway": proxy.url}))
        arguments = ["sign", "--body", str(body_file), "--profile", str(mine), "--yes", "--json"]
        arguments += ["--password-file", str(folder / "password")]
        signed = call(*arguments, environment={"RXLEDGER_PIN": CANARY_PIN})
    assert signed.exit_code == 0, signed.stdout + signed.stderr
    assert proxy.seen.count(b"/v1/prescriptions") >= 2, "the proxy saw the signing"
    for secret in (CANARY_PIN.encode(), private_key, private_key.hex().encode()):
        assert secret not in proxy.seen
        assert secret not in signed.stdout.encode() + signed.stderr.encode()
        for path in (*running.home.rglob("*"), *tmp_path.rglob("*")):
            assert not path.is_file() or secret not in path.read_bytes(), path


def test_a_gateway_that_alters_what_is_signed_is_refused(
    running: RunningStack, body_file: Path, tmp_path: Path
) -> None:
    def alter(path: str, answer: bytes) -> bytes:
        if not path.endswith("/prepare"):
            return answer
        document = json.loads(answer)
        document["record"]["body"]["lines"][0]["dose"]["value"] = "5"
        return json.dumps(document).encode()

    folder = running.doctor()
    profile = json.loads((folder / "profile.json").read_text())
    with _recording_proxy(running.gateway, alter) as proxy:
        altered = folder / "altered.json"
        altered.write_text(json.dumps(profile | {"gateway": proxy.url}))
        refused = call("sign", "--body", str(body_file), *_unattended(running), "--profile", str(altered))
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "sign.differs"
    assert b'"signatures"' not in proxy.seen


class _Proxy:
    """What passed through, and where to send to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen = b""


@contextmanager
def _recording_proxy(upstream: str, alter: Any = lambda _path, answer: answer) -> Iterator[_Proxy]:
    """A server between client and gateway that keeps every request byte, and may alter answers."""
    proxy = _Proxy("")

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            proxy.seen += f"{self.command} {self.path} {self.headers}".encode() + content
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            answer = httpx.request(self.command, upstream + self.path, headers=headers, content=content)
            altered = alter(self.path, answer.content)
            self.send_response(answer.status_code)
            for name in ("content-type", "retry-after", "idempotency-replayed"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(altered)))
            self.end_headers()
            self.wfile.write(altered)

        do_GET = do_POST = do_DELETE = do_PUT = _pass_on  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Shown:
    def __init__(self, exit_code: int, text: str) -> None:
        self.exit_code = exit_code
        self.text = text


def _on_a_terminal(arguments: list[str], answers: list[str]) -> _Shown:
    """Run the command on a pseudo-terminal, answering each question when it is asked."""
    primary, secondary = pty.openpty()
    environment = os.environ | {"COLUMNS": "160", "LANG": "C.UTF-8", "TERM": "dumb"}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: _take_terminal(secondary),
    )
    os.close(secondary)
    shown, waiting = b"", list(answers)
    answered_at = 0
    while True:
        ready, _, _ = select.select([primary], [], [], 60)
        assert ready, f"nothing shown for a minute: {shown.decode(errors='replace')[-2000:]}"
        try:
            chunk = os.read(primary, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
        tail = shown[answered_at:].rstrip(b" ")
        if waiting and (tail.endswith((b":", "：".encode()))) and b"\n" not in tail[-3:]:
            os.write(primary, waiting.pop(0).encode() + b"\n")
            answered_at = len(shown)
    os.close(primary)
    return _Shown(process.wait(60), shown.decode(errors="replace"))


def _take_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
