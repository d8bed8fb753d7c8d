"""Measures what each act costs in gas and bytes, on the committed contracts, and writes `docs/gas.md`.

Usage: python scripts/write_gas_report.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ledger_chain.connection import connect  # noqa: E402
from ledger_chain.engines import AnvilEngine  # noqa: E402
from tests.model.chain import ChainLedger, deploy_for_tests  # noqa: E402
from tests.model.gas import build_report, measure_acts  # noqa: E402
from tests.model.player import Player  # noqa: E402

REPORT = ROOT / "docs" / "gas.md"


def main() -> int:
    """Measure on a fresh chain and write."""
    with tempfile.TemporaryDirectory() as folder, AnvilEngine(Path(folder)) as engine:
        w3 = connect(engine.rpc_url)
        ledger = ChainLedger(w3, deploy_for_tests(w3))
        start = int(w3.eth.get_block("latest")["timestamp"]) + 1_000
        Player({"name": "none", "uses": {}, "acts": []}, ledger, start).enrol_everybody()
        report = build_report(measure_acts(ledger, start))
    REPORT.write_text(report, encoding="utf-8")
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
