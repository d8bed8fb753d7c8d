"""Another institution's gateway that answers whatever a test tells it to, over HTTP."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from ledger_api.parts import Parts
from ledger_api.peers.client import PeerClient, PeerParts
from tests.gateway_support import serve
from tests.two_gateways import TwoGateways


@dataclasses.dataclass
class Liar:
    """What it answers, and the pharmacies' parts that take it for the gateway of an institution."""

    parts: Parts
    answer: dict[str, Any] = dataclasses.field(default_factory=dict)


@contextmanager
def run_lying_peer(gateways: TwoGateways, institution: int) -> Iterator[Liar]:
    """Run one that passes for the gateway of `institution`."""
    app = FastAPI()
    parts = gateways.counters.parts
    with serve(app) as url:
        domain = gateways.chain.deployment.domain()
        asking = PeerClient(PeerParts({institution: url}, parts.anchoring_keys, domain, parts.clock))
        lying = Liar(dataclasses.replace(parts, peers=asking))

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        def answer(path: str) -> dict[str, Any]:
            return lying.answer

        yield lying
        asking.close()
