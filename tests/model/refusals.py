"""How the reference model refuses: with the same names as the contracts."""

from __future__ import annotations


class Refused(Exception):
    """An act that the ledger refuses; `name` is the custom error's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def require(condition: bool, name: str) -> None:
    """Refuse with that name unless the condition holds."""
    if not condition:
        raise Refused(name)
