"""The contracts as Python sees them: their committed artifacts, bindings, and refusals in their own words.

In an installed package the artifacts stand beside this module; in a checkout, in `contracts/artifacts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from web3 import Web3
from web3.contract import Contract

from ledger_chain.errors import ContractMismatch
from ledger_proofs.digests import keccak
from ledger_proofs.types import Address


class ContractName(StrEnum):
    """The contracts of a deployment, in the order in which they are created."""

    AUTHORITY = "LedgerAuthority"
    DIRECTORY = "LedgerDirectory"
    CHECKPOINT_LOG = "CheckpointLog"
    CLAIM_REGISTER = "ClaimRegister"


_WORD: Final = 32


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    deployed_bytecode: bytes
    immutables: tuple[tuple[int, int], ...]
    """Where the constructor writes constants into the deployed code: (start, length) in bytes."""
    storage_layout: tuple[Mapping[str, Any], ...]

    def verify_code(self, code: bytes) -> None:
        """Check that code found on a chain is this contract's, whatever its constants.

        :raises ContractMismatch: it isn't
        """
        if self._without_constants(code) != self._without_constants(self.deployed_bytecode):
            raise ContractMismatch(
                f"The code found there isn't {self.name}'s of this version: check the addresses of the "
                "deployment, or use the version of RxLedger that it was deployed with."
            )

    def _without_constants(self, code: bytes) -> bytes:
        if len(code) != len(self.deployed_bytecode):
            return b""
        blanked = bytearray(code)
        for start, length in self.immutables:
            blanked[start : start + length] = bytes(length)
        return bytes(blanked)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A custom error with which a contract refused."""

    name: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        stated = ", ".join(f"{name}={_shown(value)}" for name, value in self.arguments.items())
        return f"{self.name}({stated})"


def artifact_folder() -> Path:
    """The folder of the artifacts: the installed package's, else the checkout's."""
    package = Path(__file__).resolve().parent
    for folder in (package / "artifacts", package.parent / "contracts" / "artifacts"):
        if folder.is_dir():
            return folder
    raise ContractMismatch("The contract artifacts are not installed: install RxLedger anew.")


@cache
def get_artifact(name: str) -> Artifact:
    """Load a contract's artifact. Raises `ContractMismatch` if there is none, or it is damaged."""
    return read_artifact(artifact_folder() / f"{name}.json")


def read_artifact(path: Path) -> Artifact:
    """Read an artifact file. Raises `ContractMismatch` if it isn't there, or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Artifact(
            name=content["contract"],
            abi=tuple(content["abi"]),
            bytecode=bytes.fromhex(content["bytecode"][2:]),
            deployed_bytecode=bytes.fromhex(content["deployedBytecode"][2:]),
            immutables=tuple((place["start"], place["length"]) for place in content["immutables"]),
            storage_layout=tuple(content["storageLayout"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ContractMismatch(
            f"The contract artifact {path.name} can't be read: install RxLedger anew."
        ) from error


def bind(w3: Web3, name: str, address: Address) -> Contract:
    """The contract of that name at an address."""
    return w3.eth.contract(address=Web3.to_checksum_address(bytes(address)), abi=get_artifact(name).abi)


@cache
def encoder(name: str) -> Contract:
    """A binding without chain or address, for encoding calls and decoding events."""
    contract: Contract = Web3().eth.contract(  # type: ignore[assignment]  # without an address it is a class
        abi=get_artifact(name).abi
    )
    return contract


def find_refusal(reason: bytes) -> Refusal | None:
    """Read the custom error that a contract of ours reverted with, or None if it is none of theirs."""
    error = _errors_by_selector().get(reason[:4])
    if error is None:
        return None
    inputs = error["inputs"]
    try:
        values = decode([entry["type"] for entry in inputs], reason[4:])
    except DecodingError:
        return None
    return Refusal(error["name"], {entry["name"]: value for entry, value in zip(inputs, values, strict=True)})


def encode_refusal(name: str, *values: Any) -> bytes:
    """The bytes of a custom error of ours, as a contract would revert with it."""
    error = next(entry for entry in _errors_by_selector().values() if entry["name"] == name)
    return _selector(error) + encode([entry["type"] for entry in error["inputs"]], values)


def spell_type(member: Mapping[str, Any]) -> str:
    """Spell out an ABI member's type as signatures do: a struct by its members."""
    kind = str(member["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(spell_type(each) for each in member['components'])}){kind.removeprefix('tuple')}"


@cache
def _errors_by_selector() -> Mapping[bytes, Mapping[str, Any]]:
    errors = [entry for name in ContractName for entry in get_artifact(name).abi if entry["type"] == "error"]
    return {_selector(error): error for error in errors}


def _selector(error: Mapping[str, Any]) -> bytes:
    signature = f"{error['name']}({','.join(entry['type'] for entry in error['inputs'])})"
    return keccak(signature.encode())[:4]


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and value >= 1 << (8 * _WORD - 64):
        return hex(value)
    return str(value)
