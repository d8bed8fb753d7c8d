"""The portal's full round by command, with another node than its own, and a copy of its database.

So that the running portal is left alone while a chain that was made anew is held against what it remembers.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from ledger_cli.embedded.gateways import Nodes
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.portal_setup import PREFIX, portal_settings
from ledger_cli.errors import CouldNotCheck
from ledger_proofs.canonical import parse_json

CHECK_SECONDS = 180.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
COULD_NOT_CHECK, REFUSED = 2, 3


def check_with_node(home: Home, rpc_url: str) -> list[dict[str, Any]]:
    """One full round of the portal against a node: the findings. Raises `CouldNotCheck`."""
    with tempfile.TemporaryDirectory(prefix="rxledger-check-") as folder:
        database = Path(folder) / "portal.db"
        copy_memory(home.portal.database, database)
        command = [sys.executable, "-m", "regulator_portal", "check", "--json"]
        command += ["--rpc-url", rpc_url, "--database", f"sqlite:///{database}"]
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=CHECK_SECONDS,
            check=False,
            env=_without_ours() | portal_settings(home, Nodes(rpc_url), 0),
        )
    if done.returncode in (COULD_NOT_CHECK, REFUSED):
        raise CouldNotCheck(
            "attack.portal_could_not_check",
            "the portal could not finish its round; see whether gateway and chain answer, and try again",
            "监管门户未能完成本轮核对；请确认网关与链可用后重试",
        )
    document: Any = parse_json(done.stdout, max_bytes=MAX_ANSWER_BYTES, max_depth=8)
    findings: list[dict[str, Any]] = document["findings"]
    return findings


def copy_memory(source: Path, target: Path) -> None:
    """Copy the portal's database, with its own copy of the logs and all its pins, while it is in use."""
    with closing(sqlite3.connect(source)) as theirs, closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)
    target.chmod(0o600)


def _without_ours() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
