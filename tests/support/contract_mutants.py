"""Contracts compiled from their sources but for one guard: a test that can't fail proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import solcx

from scripts import compile_contracts

LIBRARIES = "src/libraries/"


@dataclass(frozen=True)
class Mutation:
    """One change of one source of a contract: `guard` stands in it exactly once and becomes `instead`."""

    name: str
    contract: str
    guard: str
    instead: str = ""
    source: str = ""
    """The unit to change; the contract's own where it isn't given."""

    @property
    def unit(self) -> str:
        """The contract's own unit."""
        return f"src/{self.contract}.sol"


@dataclass(frozen=True)
class Compiled:
    """Creation code, code, and where in it each of the constructor's constants stands, as declared."""

    creation: bytes
    code: bytes
    immutables: tuple[tuple[int, ...], ...]


def apply_mutation(mutation: Mutation) -> dict[str, dict[str, str]]:
    """The contract's sources with the guard taken out."""
    sources = compile_contracts.collect_sources([mutation.unit])
    changed = mutation.source or mutation.unit
    text = sources[changed]["content"]
    found = text.count(mutation.guard)
    if found != 1:
        raise AssertionError(f"{mutation.name}: the guard stands {found} times in {changed}, not once")
    sources[changed] = {"content": text.replace(mutation.guard, mutation.instead)}
    return sources


def compile_mutant(mutation: Mutation, *, is_optimised: bool = True) -> Compiled:
    """The contract without the guard; unoptimised in half the time, for where its size doesn't matter."""
    return _compile(mutation.contract, apply_mutation(mutation), is_optimised)


@lru_cache
def compile_original(contract: str) -> Compiled:
    """The contract as it is."""
    return _compile(contract, compile_contracts.collect_sources([f"src/{contract}.sol"]), True)


def _compile(contract: str, sources: Mapping[str, Mapping[str, str]], is_optimised: bool) -> Compiled:
    """What only a guard used is unused without it, so the compiler's warnings are no errors here."""
    outputs = ["bytecode.object", "deployedBytecode.object", "deployedBytecode.immutableReferences"]
    unit = f"src/{contract}.sol"
    settings = compile_contracts.SETTINGS | {
        "optimizer": {"enabled": is_optimised, "runs": 200},
        "outputSelection": {unit: {contract: [f"evm.{output}" for output in outputs]}},
    }
    request = {"language": "Solidity", "sources": sources, "settings": settings}
    answer: dict[str, Any] = solcx.compile_standard(request, solc_binary=compile_contracts.COMPILER)
    evm = answer["contracts"][unit][contract]["evm"]
    references = evm["deployedBytecode"]["immutableReferences"]
    return Compiled(
        bytes.fromhex(evm["bytecode"]["object"]),
        bytes.fromhex(evm["deployedBytecode"]["object"]),
        tuple(tuple(place["start"] for place in references[key]) for key in sorted(references, key=int)),
    )
