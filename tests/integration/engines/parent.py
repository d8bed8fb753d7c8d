"""Starts an engine and waits to be killed.

Run by the tests as `python -m tests.integration.engines.parent ENGINE HOME`.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from ledger_chain.engines import AnvilEngine, GanacheEngine


def main() -> None:
    kinds = {"ganache": GanacheEngine, "anvil": AnvilEngine}
    engine = kinds[sys.argv[1]](Path(sys.argv[2]))
    engine.start()
    print(engine.pid, engine.rpc_url, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
