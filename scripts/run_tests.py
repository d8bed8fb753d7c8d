"""Run every test there is: the contracts' own under forge, the browser code's under Node, and pytest's.

Says at the end what was left out.

A part is left out where a program is missing that `make setup` can't bring; continuous integration calls
this with `--nothing-left-out`, which makes that a failure. Any other argument goes to pytest, which then
runs alone. Otherwise pytest runs three times at once: tests of stacks and chains mostly wait, so that others
fit beside them; what these said is shown when they have ended.

Usage: python scripts/run_tests.py [--nothing-left-out] [PYTEST ARGUMENT...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger_chain.engines.toolchain import get_foundry_program, get_node
from ledger_chain.errors import MissingTool

ROOT = Path(__file__).resolve().parent.parent
STACKS = ("attacks", "cli")
"""The folders of integration tests that start whole stacks and wait for them."""


def run_part(name: str, command: list[str]) -> bool:
    """Run one part with its output shown; whether it passed."""
    print(f"==> {name}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    outcome = "passed" if code == 0 else f"failed (exit {code})"
    print(f"==> {name}: {outcome} in {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


@contextmanager
def beside(name: str, command: list[str]) -> Iterator[Callable[[], bool]]:
    """Run one part in the background. Gives what awaits it, shows its output, says whether it passed."""
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)

        def finish() -> bool:
            print(f"==> {name}, beside the others", flush=True)
            code = process.wait()
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout.buffer)
            outcome = "passed" if code == 0 else f"failed (exit {code})"
            print(f"==> {name}: {outcome} in {time.monotonic() - began:.0f} s", flush=True)
            return code == 0

        try:
            yield finish
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def main() -> int:
    """0 if every part passed, and nothing was left out where that matters."""
    # Hundreds of processes are started: none need compile what another has compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    strict = "--nothing-left-out" in sys.argv
    chosen = [argument for argument in sys.argv[1:] if argument != "--nothing-left-out"]
    # The slowest are named, so that whoever makes the suite slow sees it.
    options = ["--nothing-left-out", "--durations=30", "--durations-min=10"] if strict else []
    pytest = [sys.executable, "-m", "pytest", *options, *chosen]
    if chosen:
        return 0 if run_part("pytest", pytest) else 1
    left_out = ""
    passed = True
    try:
        get_foundry_program("forge")
        passed = run_part("forge test", ["scripts/test_contracts"])
    except MissingTool as error:
        left_out = str(error)
    # Named one by one: versions of Node differ in what they make of a folder.
    javascript = [str(path) for path in sorted((ROOT / "tests" / "javascript").glob("*.test.mjs"))]
    passed = run_part("node --test", [str(get_node()), "--test", *javascript]) and passed
    apart = [f"tests/integration/{name}" for name in STACKS]
    others = [*pytest, "tests", "--ignore=tests/integration"]
    rest = [*pytest, "tests/integration", *(f"--ignore={folder}" for folder in apart)]
    with (
        beside("pytest, unit and browser tests", others) as finish_others,
        beside("pytest, whole stacks", [*pytest, *apart]) as finish_stacks,
    ):
        passed = run_part("pytest, integration tests", rest) and passed
        passed = finish_stacks() and passed
        passed = finish_others() and passed
    if left_out:
        print(f"合约自身的测试被略过 | the contracts' own tests were left out: {left_out}")
    return 0 if passed and not (strict and left_out) else 1


if __name__ == "__main__":
    raise SystemExit(main())
