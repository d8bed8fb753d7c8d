"""Questions to a contract's views as bytes: a call's data from its arguments, its values from the answer.

The types of each function are spelled once. A general binding works them out anew for every call, which costs
a reader more than the node's answer does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from ledger_chain.contracts import get_artifact, spell_type
from ledger_chain.errors import BadAnswer, ContractMismatch
from ledger_proofs.digests import keccak


@dataclass(frozen=True, slots=True)
class View:
    """One view of a contract: its selector, and the types of what it takes and gives."""

    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encode(self, *arguments: Any) -> str:
        """Return the data of a call, as JSON-RPC takes it. Bytes are given for addresses."""
        return "0x" + (self.selector + encode(self.inputs, arguments)).hex()

    def decode(self, answer: object) -> Any:
        """Return what a view answered: its one value, or a tuple of them.

        Raises `BadAnswer` for what is no data, `ContractMismatch` for what this function doesn't answer.
        """
        if type(answer) is not str or not answer.startswith("0x"):
            raise BadAnswer("The chain node answered a call with something that is no data.")
        try:
            values = decode(self.outputs, bytes.fromhex(answer[2:]))
        except (DecodingError, OverflowError):
            raise ContractMismatch("No contract of this version answers there.") from None
        except ValueError:
            raise BadAnswer("The chain node answered a call with something that is no data.") from None
        return values[0] if len(values) == 1 else values


@cache
def get_view(contract: str, name: str) -> View:
    """Return a view by its contract and name; raises `KeyError` if there is none or several of that name."""
    found = [
        entry
        for entry in get_artifact(contract).abi
        if entry["type"] == "function" and entry["name"] == name and entry["stateMutability"] == "view"
    ]
    if len(found) != 1:
        raise KeyError(name)
    inputs, outputs = _types(found[0], "inputs"), _types(found[0], "outputs")
    return View(bytes(keccak(f"{name}({','.join(inputs)})".encode())[:4]), inputs, outputs)


def _types(function: Mapping[str, Any], side: str) -> tuple[str, ...]:
    return tuple(spell_type(member) for member in function[side])
