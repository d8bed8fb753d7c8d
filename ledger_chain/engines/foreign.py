"""A node that somebody else runs: a member's own, on a real network. It is asked, not started or stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from ledger_chain.connection import connect
from ledger_chain.deployment import read_chain_id
from ledger_chain.engines.base import RunsInContext
from ledger_chain.errors import ChainError, EngineNotReady


class ForeignNode(RunsInContext):
    """Stands where an engine of our own would; see `ChainEngine`."""

    name: ClassVar[str] = "node"

    def __init__(self, rpc_url: str) -> None:
        self._rpc_url = rpc_url
        self._chain_id: int | None = None

    @property
    def chain_id(self) -> int:
        """The chain id that it stated at the start."""
        if self._chain_id is None:
            raise EngineNotReady(f"The node at {self._rpc_url} hasn't been asked for its chain yet.")
        return self._chain_id

    @property
    def rpc_url(self) -> str:
        """Its JSON-RPC endpoint."""
        return self._rpc_url

    @property
    def pid(self) -> int | None:
        """None: it isn't a process of ours."""
        return None

    @property
    def log_path(self) -> Path:
        """Nothing of it is written here."""
        return Path(os.devnull)

    def start(self) -> None:
        """Ask which chain it is on.

        :raises ChainError: it doesn't answer, or not as a node does
        """
        self._chain_id = read_chain_id(connect(self._rpc_url))

    def stop(self) -> None:
        """Nothing: it goes on."""

    def restart(self) -> None:
        """Ask again; who runs it must start it."""
        self.start()

    def is_alive(self) -> bool:
        """True: whether it runs is its operator's business, and is seen where it is used."""
        return True

    def verify_alive(self) -> None:
        """Return if it answers.

        :raises EngineNotReady: it doesn't
        """
        try:
            self.start()
        except ChainError as error:
            raise EngineNotReady(f"The node at {self._rpc_url} doesn't answer.") from error
