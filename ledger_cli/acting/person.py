"""Somebody at work: signed in at her gateway, with her key open on her own machine."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ledger_cli.gateway_client import ANSWER_SECONDS, GatewayClient, Hooks
from ledger_cli.pinned_files import Profile


@dataclass(frozen=True)
class PersonAtWork:
    """One person's client. The private key stays in this process; what is sent are signatures."""

    client: GatewayClient
    profile: Profile
    private_key: bytes = field(repr=False)

    @property
    def institution(self) -> int:
        """The number of the institution that she works for."""
        return self.profile.institution


@contextmanager
def signed_in(
    profile: Profile,
    password: str,
    private_key: bytes,
    hooks: Hooks | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> Iterator[PersonAtWork]:
    """Sign a person in at the gateway that her profile names, and out again."""
    with GatewayClient(profile.gateway, hooks=hooks, timeout_seconds=answer_seconds) as client:
        client.log_in(
            profile.institution, profile.username, password, idempotency_key=f"login-{uuid.uuid4()}"
        )
        try:
            yield PersonAtWork(client, profile, private_key)
        finally:
            client.log_out()
