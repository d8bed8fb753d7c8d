"""Keeps the pairing curves, which nothing here uses, from being computed in every process.

`eth_keyfile`, which `eth_account` and `web3` load, imports `py_ecc.bls` for the one sort of keyfile that
holds a key of Ethereum's beacon chain (EIP-2335). Its tables take longer to compute than the rest of
`eth_account` takes to load. A module in its place loads the real one once somebody uses it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

DEFERRED = "py_ecc.bls"
_IMPORTED_BY_NAME = "G2ProofOfPossession"


class _Later:
    """What `eth_keyfile` takes from the module by name; the module is loaded when a member is asked for."""

    def __getattr__(self, member: str) -> Any:
        return getattr(getattr(_load(), _IMPORTED_BY_NAME), member)


class _StandIn(ModuleType):
    """The module until it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module by whoever walks through all that are loaded
            raise AttributeError(name)
        return getattr(_load(), name)


def defer_curves() -> None:
    """Put the stand-in where the module would lie, unless it is loaded or isn't installed."""
    if DEFERRED in sys.modules:
        return
    spec = find_spec(DEFERRED)
    if spec is None:
        return
    stand_in = _StandIn(DEFERRED)
    stand_in.__path__ = spec.submodule_search_locations or []
    setattr(stand_in, _IMPORTED_BY_NAME, _Later())
    sys.modules[DEFERRED] = stand_in


def _load() -> ModuleType:
    if isinstance(sys.modules.get(DEFERRED), _StandIn):
        del sys.modules[DEFERRED]
    return import_module(DEFERRED)
