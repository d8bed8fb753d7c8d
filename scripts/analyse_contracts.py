"""Analyses the contracts with Slither; every finding must be accepted, with its reason, in a committed file.

`contracts/slither.toml` names, for each acceptance, a check, the places where it is accepted
(`Contract.function`, `Contract.variable`) and why. A finding that is nowhere accepted fails; so does an
acceptance whose finding is gone. Slither lives in an environment of its own, made here from
`requirements/slither.lock` when it isn't there, because its libraries are older than ours; after that nothing
is downloaded: it compiles with forge and npm's compiler.

Usage: python scripts/analyse_contracts.py
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ledger_chain.engines.toolchain import get_foundry_program, get_node  # noqa: E402
from ledger_chain.errors import MissingTool  # noqa: E402
from scripts.set_up import build_uv_environment  # noqa: E402

CONTRACTS = ROOT / "contracts"
ACCEPTANCES = CONTRACTS / "slither.toml"
LOCK = ROOT / "requirements" / "slither.lock"
ENVIRONMENT = ROOT / ".venv" / "slither"
STAMP = ENVIRONMENT / ".set-up"
SHORTEST_REASON = 20


class AnalysisError(Exception):
    """Something that keeps the contracts from being analysed; the message says what to do."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a check found, and where."""

    check: str
    place: str
    impact: str = ""
    text: str = ""


@dataclass(frozen=True)
class Acceptance:
    """A check that may find something in these places, and why that is right."""

    check: str
    places: tuple[str, ...]
    reason: str


def parse_acceptances(text: str) -> tuple[Acceptance, ...]:
    """The acceptances of the committed file.

    :raises AnalysisError: one has no place or no reason, or a place is accepted twice for one check
    """
    entries = tomllib.loads(text).get("accepted", [])
    found = tuple(
        Acceptance(entry["check"], tuple(entry["places"]), " ".join(entry["reason"].split()))
        for entry in entries
    )
    seen: set[tuple[str, str]] = set()
    for acceptance in found:
        if not acceptance.places or len(acceptance.reason) < SHORTEST_REASON:
            raise AnalysisError(f"{acceptance.check}: an acceptance names its places and its reason.")
        for place in acceptance.places:
            if (acceptance.check, place) in seen:
                raise AnalysisError(f"{acceptance.check} is accepted twice at {place}.")
            seen.add((acceptance.check, place))
    return found


def name_place(element: Mapping[str, Any]) -> str:
    """`Contract.function` or `Contract.variable` of what Slither points at; a function's variable by both."""
    names = [str(element["name"])]
    parent = element.get("type_specific_fields", {}).get("parent")
    while parent is not None and parent["type"] in ("contract", "function"):
        names.append(str(parent["name"]))
        parent = parent.get("type_specific_fields", {}).get("parent")
    return ".".join(reversed(names))


def parse_findings(report: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings of Slither's JSON report.

    :raises AnalysisError: Slither itself failed
    """
    if not report.get("success"):
        raise AnalysisError(f"Slither failed: {report.get('error')}")
    found = report["results"].get("detectors", [])
    return tuple(
        sorted(
            Finding(
                entry["check"],
                name_place(entry["elements"][0]),
                entry["impact"],
                entry["description"].strip(),
            )
            for entry in found
        )
    )


def find_unaccepted(findings: Iterable[Finding], acceptances: Sequence[Acceptance]) -> list[Finding]:
    """Findings for which nobody wrote a reason."""
    accepted = {(each.check, place) for each in acceptances for place in each.places}
    return [finding for finding in findings if (finding.check, finding.place) not in accepted]


def find_stale(findings: Iterable[Finding], acceptances: Sequence[Acceptance]) -> list[str]:
    """Acceptances whose finding is gone."""
    present = {(finding.check, finding.place) for finding in findings}
    return [
        f"{acceptance.check} at {place}"
        for acceptance in acceptances
        for place in acceptance.places
        if (acceptance.check, place) not in present
    ]


def set_up_slither() -> Path:
    """Make Slither's environment if it isn't there, each package checked by its hash; gives the program."""
    program = ENVIRONMENT / "bin" / "slither"
    fingerprint = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if program.exists() and STAMP.exists() and STAMP.read_text() == fingerprint:
        return program
    print("installing Slither into an environment of its own", flush=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    uv = ROOT / ".venv" / "bin" / "uv"
    environment = build_uv_environment() | {"VIRTUAL_ENV": str(ENVIRONMENT)}
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT],
        [uv, "pip", "sync", "--quiet", "--require-hashes", LOCK],
    ):
        done = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False)
        if done.returncode != 0:
            raise AnalysisError("Slither could not be installed (the reason is above).")
    STAMP.write_text(fingerprint)
    return program


def run_slither() -> dict[str, Any]:
    """Slither's JSON report on `contracts/src`; what forge makes on the way is thrown away."""
    program = set_up_slither()
    try:
        forge, node = get_foundry_program("forge"), get_node()
    except MissingTool as error:
        raise AnalysisError(str(error)) from None
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        environment = os.environ | {
            "PATH": f"{Path(forge).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "RXLEDGER_NODE": str(node),
            "FOUNDRY_SOLC": str(ROOT / "scripts" / "solc"),
            "FOUNDRY_OFFLINE": "true",
            "FOUNDRY_OUT": f"{folder}/out",
            "FOUNDRY_CACHE_PATH": f"{folder}/cache",
        }
        command = [str(program), ".", "--foundry-out-directory", f"{folder}/out", "--json", str(report)]
        command += ["--filter-paths", "node_modules", "--fail-none"]
        done = subprocess.run(
            command, cwd=CONTRACTS, env=environment, capture_output=True, text=True, check=False
        )
        if not report.exists():
            raise AnalysisError(f"Slither gave no report (exit {done.returncode}):\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """0 if every finding is accepted and every acceptance is needed."""
    try:
        acceptances = parse_acceptances(ACCEPTANCES.read_text(encoding="utf-8"))
        findings = parse_findings(run_slither())
    except AnalysisError as error:
        print(f"The contracts were not analysed. {error}", file=sys.stderr)
        return 1
    unaccepted, stale = find_unaccepted(findings, acceptances), find_stale(findings, acceptances)
    for finding in unaccepted:
        print(f"{finding.impact}, {finding.check} at {finding.place}: {finding.text}\n", file=sys.stderr)
    for each in stale:
        print(f"Accepted, but no longer found: {each}", file=sys.stderr)
    if unaccepted or stale:
        print("Mend the contract, or write the reason into contracts/slither.toml.", file=sys.stderr)
        return 1
    print(f"Slither: {len(findings)} findings, each accepted with its reason in contracts/slither.toml.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
