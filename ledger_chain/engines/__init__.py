"""Chain engines that RxLedger runs itself, as subprocesses behind one small interface.

`GanacheEngine` keeps its chain on disk and serves the embedded stack; `AnvilEngine` is fast, forgets
everything at its end, and serves tests. Why ganache, and only here: `docs/adr/0001`.
"""

from ledger_chain.engines.anvil import AnvilEngine
from ledger_chain.engines.base import ChainEngine
from ledger_chain.engines.ganache import EMBEDDED_CHAIN_ID, GanacheEngine

__all__ = ["EMBEDDED_CHAIN_ID", "AnvilEngine", "ChainEngine", "GanacheEngine"]
