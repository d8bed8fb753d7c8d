"""Which release of RxLedger this is."""

from __future__ import annotations

from importlib.metadata import version

PACKAGE = "rxledger"


def version_line() -> str:
    """Name and number, as `--version` says them."""
    return f"{PACKAGE} {version(PACKAGE)}"
