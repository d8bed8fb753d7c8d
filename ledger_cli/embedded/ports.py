"""A port that is wanted must be free; if it isn't, the message says which it is and the way out."""

from __future__ import annotations

from ledger_chain.engines.probe import find_free_port, is_port_busy
from ledger_cli.errors import CouldNotCheck

LOOPBACK = "127.0.0.1"


def verify_port_free(port: int, purpose: str, purpose_zh: str, option: str) -> None:
    """Raise `CouldNotCheck`, naming the port and another that is free, when something listens on it."""
    if not is_port_busy(port):
        return
    other = find_free_port()
    raise CouldNotCheck(
        "port.busy",
        f"port {port} (for the {purpose}) is in use by another program; stop that program, or choose "
        "another port: "
        f"{option} {other}",
        f"端口 {port}（{purpose_zh}）被其他程序占用；请停止该程序，或改用其他端口：{option} {other}",
    )
