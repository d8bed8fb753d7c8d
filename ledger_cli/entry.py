"""What the installed script `rxledger` starts: the whole command, or the verifier alone.

`pip install .` brings the verification core and nothing else. There the command verifies bundles offline, and
says what to install for everything beyond that.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_NEEDED_BY_THE_WHOLE_COMMAND = ("typer", "rich", "httpx", "web3")


def main() -> None:
    """Start the whole command where its packages are installed, otherwise the verifier."""
    if all(find_spec(name) for name in _NEEDED_BY_THE_WHOLE_COMMAND):
        from ledger_cli.app import main as start

        start()
        return
    from ledger_cli.plain_verify import verify_plainly

    sys.exit(verify_plainly(sys.argv[1:]))
