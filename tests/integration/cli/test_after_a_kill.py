"""`rxledger run` after a kill: of all of it, or of any part, nothing is lost and nothing is done twice.

Named so that it comes first: the stack is as its second start left it.
"""

from __future__ import annotations

from functools import partial

import httpx
import psutil
import pytest

from tests.integration.cli.command_support import (
    PARTS,
    Killed,
    RunningStack,
    is_gone,
    list_commitments,
    list_drafts,
)
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain, pytest.mark.slow]


def test_whatever_is_killed_the_next_start_has_everything_once(killed: Killed, running: RunningStack) -> None:
    issued, waiting = killed.issued, killed.waiting
    assert len(issued) == 3 and len(set(issued)) == 3 and len(waiting) == 2
    verify_everything_good(killed.stack)
    assert running.said["seeded_now"] == 0
    assert b"nothing was issued again" in (running.home.parent / "errors.log").read_bytes()
    assert list_commitments(running) == issued and list_drafts(running) == waiting
    verify_everything_good(running)
    for part in PARTS:
        _kill_and_await_revival(running, part)
    assert list_commitments(running) == issued


def verify_everything_good(stack: RunningStack) -> None:
    """Every bundle passed here, and every entry at the portal, which found nothing."""
    assert [item["outcome"] for item in stack.said["bundles"]] == ["passed"] * 4
    mirror = stack.said["mirror"]
    # Four windows, two reviews, and the lots of the example's packs.
    assert mirror["anchored"] > 6 and mirror["open_findings"] == 0
    assert mirror["mirrored"] == mirror["verified"] == mirror["anchored"]
    assert stack.said["ok"] is True


def _kill_and_await_revival(stack: RunningStack, part: str) -> None:
    psutil.Process(stack.said["pids"][part]).kill()
    wait_until(lambda: is_gone(stack.said["pids"][part]), 10, f"the {part} to die")
    log = stack.home.parent / "errors.log"
    wait_until(lambda: f"the {part} had died".encode() in log.read_bytes(), 60, f"the {part} to be revived")
    for url in (stack.gateway, stack.second_gateway, stack.portal):
        wait_until(partial(_serves, url), 60, f"{url} to be ready again")
    _learn_new_pids(stack)


def _serves(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/readyz", timeout=5, verify=NO_AUTHORITIES).json()["status"] == "ok")
    except httpx.TransportError:
        return False


def _learn_new_pids(stack: RunningStack) -> None:
    """The supervisor's present children, by what they run."""
    words_of = {"portal": "regulator_portal", "chain": "ganache"}
    ports = {
        stack.gateway.rpartition(":")[2]: "gateway",
        stack.second_gateway.rpartition(":")[2]: "gateway-b",
    }
    for child in psutil.Process(stack.process.pid).children():
        words = " ".join(child.cmdline())
        for part, word in words_of.items():
            if word in words:
                stack.said["pids"][part] = child.pid
        if "ledger_api" in words:
            stack.said["pids"][ports[child.environ()["RXLEDGER_PORT"]]] = child.pid
