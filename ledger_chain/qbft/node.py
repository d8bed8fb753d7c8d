"""One validator of the test network, as a process on this machine.

It is started, watched and stopped as every engine is (`ledger_chain.engines`). It can also be killed without
warning, and paused, as a machine that hangs would be.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ledger_chain.engines.subprocess_engine import READY_WITHIN_S, SubprocessEngine
from ledger_chain.engines.toolchain import get_qbft_engine
from ledger_chain.qbft.node_key import NodeKey

_HARDFORK = "london"


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """What a node is given to read. Without allowlists, every node and every account is let in."""

    genesis: Path
    node_key: Path
    static_nodes: Path
    accounts_allowlist: Path | None = None
    nodes_allowlist: Path | None = None


class QbftNode(SubprocessEngine):
    """A node whose chain lies in its home folder and survives any end of the process; its pool doesn't."""

    name: ClassVar[str] = "qbft-engine"
    keeps_chain: ClassVar[bool] = True

    def __init__(
        self,
        home: Path,
        files: NodeFiles,
        key: NodeKey,
        *,
        p2p_port: int,
        chain_id: int,
        port: int | None = None,
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        """Describe the node; nothing is started or written.

        :param p2p_port: where the other nodes reach it, on 127.0.0.1
        """
        super().__init__(
            home, port=port, chain_id=chain_id, hardfork=_HARDFORK, ready_within_s=ready_within_s
        )
        self.files = files
        self.key = key
        self.p2p_port = p2p_port

    def build_command(self, port: int) -> list[str]:
        """The engine and its options, named as Besu's."""
        options = {
            "--data-path": self._home.database_path,
            "--genesis-file": self.files.genesis,
            "--node-private-key-file": self.files.node_key,
            "--static-nodes-file": self.files.static_nodes,
            "--p2p-port": self.p2p_port,
            "--rpc-http-port": port,
        }
        if self.files.accounts_allowlist is not None:
            options["--permissions-accounts-config-file"] = self.files.accounts_allowlist
        if self.files.nodes_allowlist is not None:
            options["--permissions-nodes-config-file"] = self.files.nodes_allowlist
        return [str(get_qbft_engine()), *(str(part) for pair in options.items() for part in pair)]

    def kill(self) -> None:
        """End it as a power cut would: at once, without a word."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def pause(self) -> None:
        """Have it hang: its connections stay, and nothing is answered."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGCONT)
