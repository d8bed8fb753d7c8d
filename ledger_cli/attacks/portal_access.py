"""The regulator's portal as an auditor's program asks it: over its JSON API, with an account of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger_cli.gateway_client import GatewayClient, member

if TYPE_CHECKING:
    from ledger_cli.embedded.stack import EmbeddedStack


@dataclass(frozen=True)
class PortalAccess:
    """The portal, signed in."""

    url: str
    client: GatewayClient

    def upload(self, content: bytes) -> str | None:
        """Have a bundle verified there; the address of the page that shows the report."""
        reply = self.client.send_content(
            "POST", "/v1/verifications", content, "application/json", idempotency_key=f"attack-{uuid.uuid4()}"
        )
        return f"{self.url}/verifications/{member(reply.document, 'id', str)}"


@contextmanager
def open_portal(stack: EmbeddedStack) -> Iterator[PortalAccess | None]:
    """Sign in at the stack's portal, where it has one."""
    yield None
