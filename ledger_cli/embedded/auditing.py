"""The regulator's auditor at her portal: signed in over its JSON API, and told how far the mirror is."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ledger_cli.chain_access import open_chain
from ledger_cli.embedded.credentials import password_file, read_line
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.people import INSTITUTIONS, WU
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.pinned_files import TrustFile, read_pinned

POLL_SECONDS = 0.2
_VERIFIED = ("passed", "failed", "late", "withheld")


@dataclass(frozen=True)
class MirrorState:
    """How far the portal is. `anchored`: entries that the chain held when it was asked."""

    anchored: int
    mirrored: int
    verified: int
    open_findings: int

    @property
    def is_whole(self) -> bool:
        """Whether every anchored entry is mirrored, and its evidence verified."""
        return self.mirrored >= self.anchored and self.verified >= self.anchored


@contextmanager
def auditor_at_work(home: Home, portal_url: str) -> Iterator[GatewayClient]:
    """Sign the auditor in at the portal, and out again. Its API is asked as the gateway's is."""
    credentials = {"username": WU.username, "password": read_line(password_file(home, WU))}
    with GatewayClient(portal_url) as door:
        reply = door.post("/v1/sessions", credentials, idempotency_key=f"login-{uuid.uuid4()}")
    with GatewayClient(portal_url, member(reply.document, "token", str)) as client:
        try:
            yield client
        finally:
            client.log_out()


def await_mirror(
    home: Home,
    portal_url: str,
    rpc_url: str,
    patience_seconds: float,
    on_state: Callable[[MirrorState], None] = lambda _state: None,
) -> MirrorState:
    """Wait until the portal has mirrored and verified what the chain holds now; the last state after that."""
    anchored = count_anchored(home, rpc_url)
    ends_at = time.monotonic() + patience_seconds
    with auditor_at_work(home, portal_url) as client:
        while True:
            state = _read_state(client.get("/v1/overview").document, anchored)
            on_state(state)
            if state.is_whole or time.monotonic() > ends_at:
                return state
            time.sleep(POLL_SECONDS)


def count_anchored(home: Home, rpc_url: str) -> int:
    """How many entries the chain's latest checkpoints of the example's institutions hold."""
    reader = open_chain(rpc_url, read_pinned(TrustFile, home.trust))
    logs = [reader.current_log(institution.number) for institution in INSTITUTIONS]
    heads = [reader.head(log) for log in logs if log]
    return sum(head.size for head in heads if head is not None)


def _read_state(overview: Any, anchored: int) -> MirrorState:
    counts = [member(log, "evidence", dict) for log in member(overview, "logs", list)]
    return MirrorState(
        anchored=anchored,
        mirrored=member(overview, "mirrored_count", int),
        verified=sum(member(count, verdict, int) for count in counts for verdict in _VERIFIED),
        open_findings=member(overview, "open_findings", int),
    )
