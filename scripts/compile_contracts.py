"""Compiles the contracts and writes their artifacts; with `--check` compares the committed ones instead.

The compiler is npm's, driven by py-solc-x through `scripts/solc`; nothing is downloaded. An artifact holds
the ABI, both bytecodes, the storage layout and the compiler's settings, in one canonical form without any
path of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ledger_chain.engines.toolchain import get_node  # noqa: E402
from ledger_chain.errors import MissingTool  # noqa: E402

CONTRACTS = ROOT / "contracts"
NODE_MODULES = ROOT / "node_modules"
COMPILER = ROOT / "scripts" / "solc"
LARGEST_CODE_BYTES = 24_576  # EIP-170
SETTINGS: dict[str, Any] = {
    "evmVersion": "london",
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": False,
    "metadata": {"bytecodeHash": "none", "useLiteralContent": False},
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
                "storageLayout",
            ]
        }
    },
}
PUBLISHED = ("LedgerAuthority", "LedgerDirectory", "CheckpointLog", "ClaimRegister")
HARNESSES = ("AgreementHarness",)
IMPORT = re.compile(r'^\s*import\s[^;]*?"([^"]+)"\s*;', re.MULTILINE)


class CompileError(Exception):
    """Something that keeps the contracts from being compiled; the message says what to do."""


def resolve_import(importer: str, imported: str) -> str:
    """Turns an import into the unit name that the compiler will ask for."""
    if not imported.startswith("."):
        return imported
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / imported).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def source_path(unit: str) -> Path:
    """Finds the file of a unit: a package's, or one of ours."""
    return (NODE_MODULES if unit.startswith("@") else CONTRACTS) / unit


def collect_sources(units: list[str]) -> dict[str, dict[str, str]]:
    """Reads the units and all that they import."""
    sources: dict[str, dict[str, str]] = {}
    waiting = list(units)
    while waiting:
        unit = waiting.pop()
        if unit in sources:
            continue
        path = source_path(unit)
        if not path.is_file():
            hint = 'run "make setup"' if unit.startswith("@") else "check the import"
            raise CompileError(f"{unit} is imported but not there: {hint}.")
        text = path.read_text(encoding="utf-8")
        sources[unit] = {"content": text}
        waiting.extend(resolve_import(unit, imported) for imported in IMPORT.findall(text))
    return dict(sorted(sources.items()))


def compile_sources(sources: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Runs the compiler; raises with its own messages when the sources don't compile."""
    if not (NODE_MODULES / "solc").is_dir():
        raise CompileError('The npm packages are missing: run "make setup".')
    import solcx
    from solcx.exceptions import SolcError

    try:
        os.environ.setdefault("RXLEDGER_NODE", str(get_node()))
    except MissingTool as error:
        raise CompileError(str(error)) from None
    request = {"language": "Solidity", "sources": sources, "settings": SETTINGS}
    try:
        answer: dict[str, Any] = solcx.compile_standard(request, solc_binary=COMPILER)
    except SolcError as error:
        messages = [
            entry["formattedMessage"] for entry in json.loads(error.stdout_data or "{}").get("errors", [])
        ]
        raise CompileError("\n".join(messages) or str(error)) from None
    # A dependency's warnings aren't ours to mend.
    warnings = [
        entry["formattedMessage"]
        for entry in answer.get("errors", [])
        if not entry.get("sourceLocation", {}).get("file", "").startswith("@")
    ]
    if warnings:
        raise CompileError("The compiler warns, and warnings are errors here:\n" + "\n".join(warnings))
    return answer


def compiler_version() -> str:
    """The exact version of the compiler package, as its lock pins it."""
    package = json.loads((NODE_MODULES / "solc" / "package.json").read_text(encoding="utf-8"))
    return str(package["version"])


def canonical_layout(layout: dict[str, Any]) -> list[dict[str, Any]]:
    """The storage layout without the compiler's internal numbers, which change with unrelated sources."""

    def describe(type_id: str) -> Any:
        known = layout["types"][type_id]
        described: dict[str, Any] = {"label": known["label"], "bytes": int(known["numberOfBytes"])}
        for part in ("key", "value", "base"):
            if part in known:
                described[part] = describe(known[part])
        if "members" in known:
            described["members"] = [place(member) for member in known["members"]]
        return described

    def place(entry: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": entry["label"],
            "slot": int(entry["slot"]),
            "offset": int(entry["offset"]),
            "type": describe(entry["type"]),
        }

    return [place(entry) for entry in layout["storage"]]


def order_of_abi(entry: dict[str, Any]) -> tuple[str, str, str]:
    """What the entries of an ABI are sorted by."""
    return entry["type"], entry.get("name", ""), json.dumps(entry)


def list_immutables(references: dict[str, list[dict[str, int]]]) -> list[dict[str, int]]:
    """Where the constructor writes its constants into the deployed code: `start` and `length`, in bytes."""
    places = [place for group in references.values() for place in group]
    return sorted(places, key=lambda place: place["start"])


def build_artifact(name: str, unit: str, compiled: dict[str, Any]) -> bytes:
    """One artifact's canonical bytes."""
    deployed = compiled["evm"]["deployedBytecode"]["object"]
    if len(deployed) // 2 > LARGEST_CODE_BYTES and name not in HARNESSES:
        raise CompileError(
            f"{name} has {len(deployed) // 2:,} bytes of code; {LARGEST_CODE_BYTES:,} are allowed."
        )
    settings = {key: value for key, value in SETTINGS.items() if key != "outputSelection"}
    artifact = {
        "contract": name,
        "source": unit,
        "compiler": {"name": "solc", "version": compiler_version(), "settings": settings},
        "abi": sorted(
            compiled["abi"], key=lambda entry: (entry["type"], entry.get("name", ""), json.dumps(entry))
        ),
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed,
        "immutables": list_immutables(compiled["evm"]["deployedBytecode"]["immutableReferences"]),
        "storageLayout": canonical_layout(compiled["storageLayout"]),
    }
    return (json.dumps(artifact, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def build_artifacts() -> dict[Path, bytes]:
    """Compiles everything; returns what every artifact file should hold."""
    places = {f"src/{name}.sol": (name, CONTRACTS / "artifacts") for name in PUBLISHED}
    places |= {f"test/harness/{name}.sol": (name, CONTRACTS / "test" / "artifacts") for name in HARNESSES}
    # One run for each unit: what is compiled beside a contract can't then change its bytecode.
    built: dict[Path, bytes] = {}
    for unit, (name, folder) in places.items():
        started = time.monotonic()
        compiled = compile_sources(collect_sources([unit]))["contracts"][unit][name]
        built[folder / f"{name}.json"] = build_artifact(name, unit, compiled)
        size = len(compiled["evm"]["deployedBytecode"]["object"]) // 2
        print(f"compiled {name}: {size:,} bytes, {time.monotonic() - started:.1f} s", flush=True)
    return built


def write_artifacts(built: dict[Path, bytes]) -> None:
    """Writes what changed."""
    for path, content in built.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"wrote {path.relative_to(ROOT)}")


def find_differences(built: dict[Path, bytes]) -> list[str]:
    """Says which committed artifacts are not what the sources give."""
    different = [
        path for path, content in built.items() if not path.is_file() or path.read_bytes() != content
    ]
    extra = [
        path
        for folder in sorted({path.parent for path in built})
        for path in folder.glob("*.json")
        if path not in built
    ]
    return [f"{path.relative_to(ROOT)} is not what the sources give" for path in different] + [
        f"{path.relative_to(ROOT)} has no source" for path in extra
    ]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    arguments = parser.parse_args()
    try:
        built = build_artifacts()
    except CompileError as error:
        print(f"The contracts were not compiled. {error}", file=sys.stderr)
        return 1
    if not arguments.check:
        write_artifacts(built)
        return 0
    differences = find_differences(built)
    for difference in differences:
        print(difference, file=sys.stderr)
    if differences:
        print('Run "make contracts" and commit what it writes.', file=sys.stderr)
        return 1
    print("The committed artifacts are what the sources give.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
