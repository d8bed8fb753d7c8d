"""Ganache with its database on disk: the chain of the embedded stack.

Its rules are those of Berlin. Bytecode compiled for London runs on them (it uses no BASEFEE), and there is no
base fee: on ganache's London a transaction with gas price zero is accepted and then never mined.

Transactions are mined at once, and before their hash is returned (`eager`); the other mode, `strict`, loses
sight of pooled transactions that arrive in quick succession. `eager` has the same fault in one case: an
account must not have a second transaction in flight before the first one's hash came back, or both calls may
hang and the later one is never mined. Different accounts may send side by side. With a block time there is
no such limit.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ledger_chain.engines.subprocess_engine import READY_WITHIN_S, SubprocessEngine
from ledger_chain.engines.toolchain import get_ganache_script, get_node

EMBEDDED_CHAIN_ID = 20261
"""Chain id of the embedded stack, unlike that of any public chain."""

HARDFORK = "berlin"


class GanacheEngine(SubprocessEngine):
    """A persistent single-node chain: killed at any moment, it has every mined block at the next start."""

    name: ClassVar[str] = "ganache"
    keeps_chain: ClassVar[bool] = True

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        chain_id: int = EMBEDDED_CHAIN_ID,
        block_time_s: int = 0,
        mnemonic: str | None = None,
        account_count: int = 0,
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        """Describe the chain; nothing is started or written.

        :param home: folder of this chain alone; made if it isn't there
        :param port: port on 127.0.0.1, or None for a free one, kept over restarts of this object
        :param block_time_s: 0 to mine each transaction at once, else the seconds between blocks
        :param mnemonic: BIP-39 words of the accounts that the node itself holds
        :param account_count: how many of them get 1,000 ether in the genesis block. None is needed: gas is
            free, and transactions are signed by their senders
        """
        super().__init__(home, port=port, chain_id=chain_id, hardfork=HARDFORK, ready_within_s=ready_within_s)
        self._block_time_s = block_time_s
        self._mnemonic = mnemonic
        self._account_count = account_count

    def build_command(self, port: int) -> list[str]:
        """Node, ganache's script and its flags."""
        flags = {
            "--server.host": "127.0.0.1",
            "--server.port": port,
            "--database.dbPath": self._home.database_path,
            "--chain.chainId": self.chain_id,
            "--chain.networkId": self.chain_id,
            "--chain.hardfork": HARDFORK,
            "--chain.allowUnlimitedContractSize": "false",
            "--miner.defaultGasPrice": "0x0",
            "--miner.blockTime": self._block_time_s,
            "--miner.instamine": "eager",
            "--wallet.totalAccounts": self._account_count,
        }
        if self._mnemonic is not None:
            flags["--wallet.mnemonic"] = self._mnemonic
        pairs = [str(part) for pair in flags.items() for part in pair]
        return [str(get_node()), str(get_ganache_script()), "--logging.quiet", *pairs]
