"""Anvil: a fast chain in memory, for tests. It forgets everything when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from ledger_chain.engines.ganache import EMBEDDED_CHAIN_ID
from ledger_chain.engines.subprocess_engine import READY_WITHIN_S, SubprocessEngine
from ledger_chain.engines.toolchain import get_foundry_program


class AnvilEngine(SubprocessEngine):
    """A single-node chain that lives as long as its process."""

    name: ClassVar[str] = "anvil"
    keeps_chain: ClassVar[bool] = False

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        chain_id: int = EMBEDDED_CHAIN_ID,
        block_time_s: int = 0,
        mnemonic: str | None = None,
        account_count: int = 0,
        hardfork: Literal["berlin", "london"] = "berlin",
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        """Describe the chain; parameters as `GanacheEngine`'s, with the home for the log only.

        :param hardfork: `london` gives headers with a base fee (of zero), as Besu's have
        """
        super().__init__(home, port=port, chain_id=chain_id, hardfork=hardfork, ready_within_s=ready_within_s)
        self._block_time_s = block_time_s
        self._mnemonic = mnemonic
        self._account_count = account_count

    def build_command(self, port: int) -> list[str]:
        """Anvil and its flags."""
        flags = {
            "--host": "127.0.0.1",
            "--port": port,
            "--chain-id": self.chain_id,
            "--hardfork": self._hardfork,
            "--gas-price": 0,
            "--block-base-fee-per-gas": 0,
            "--accounts": self._account_count,
            "--cache-path": self._home.folder / "cache",
        }
        if self._block_time_s:
            flags["--block-time"] = self._block_time_s
        if self._mnemonic is not None:
            flags["--mnemonic"] = self._mnemonic
        pairs = [str(part) for pair in flags.items() for part in pair]
        return [str(get_foundry_program("anvil")), "--quiet", *pairs]
