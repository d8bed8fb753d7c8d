"""Run the tests of a real QBFT network: the engine's own, and those on four validators of it.

The demo, which mostly waits for blocks, plays on a network of its own beside the others. Any argument but
`--nothing-left-out` is handed to pytest, which then runs alone. Where the engine can't be built, for want of
Go, this is said and all of it left out; with `--nothing-left-out` (what continuous integration uses) it is a
failure.

Usage: python scripts/run_network_tests.py [--nothing-left-out] [PYTEST ARGUMENT...]
"""

from __future__ import annotations

import os
import sys

from scripts.build_qbft_engine import BuildError, build_if_needed
from scripts.run_tests import beside, run_part

DEMO = "tests/network/test_whole_loop.py"


def main() -> int:
    """0 if every part passed, and nothing was left out where that matters."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    strict = "--nothing-left-out" in sys.argv
    chosen = [argument for argument in sys.argv[1:] if argument != "--nothing-left-out"]
    try:
        build_if_needed()
    except BuildError as error:
        print(error, file=sys.stderr)
        print("真实网络上的测试全部被略过 | all tests of a real network were left out", flush=True)
        return 1 if strict else 0
    options = ["--nothing-left-out", "--durations=15", "--durations-min=5"] if strict else []
    pytest = [sys.executable, "-m", "pytest", "-m", "network", *options]
    if chosen:
        # Those chosen may be named by their files.
        named = any(argument.startswith("tests/") for argument in chosen)
        return 0 if run_part("pytest", [*pytest, *([] if named else ["tests/network"]), *chosen]) else 1
    with beside("pytest, the demo on a network", [*pytest, DEMO]) as finish_demo:
        engine = [sys.executable, "-m", "scripts.build_qbft_engine", "--test"]
        passed = run_part("go vet, go test", engine)
        passed = run_part("pytest, a network", [*pytest, "tests/network", f"--ignore={DEMO}"]) and passed
        passed = finish_demo() and passed
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
