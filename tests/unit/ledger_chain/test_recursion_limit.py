"""Hostile nesting raises an error in every process that talks to a chain; it doesn't kill it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = """
import json, sys
for nesting in ("[", '{"a":'):
    try:
        json.loads(nesting * 99_999)
    except RecursionError:
        pass
    else:
        raise SystemExit("no RecursionError")
print(sys.getrecursionlimit())
"""


@pytest.mark.parametrize("imports", ["ledger_chain, eth_account, web3", "eth_account, web3, ledger_chain"])
def test_deeply_nested_json_raises_whatever_is_imported_first(imports: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {imports}\n{PROBE}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1000"), done.stderr
