"""The generated vectors and the protocol's worked numbers are what the code gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.worked_numbers import build_worked_numbers

ROOT = Path(__file__).parents[3]


def test_the_generated_files_are_up_to_date() -> None:
    command = [sys.executable, "scripts/generate_vectors.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_worked_numbers_stand_in_the_protocol() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text()
    recorded = json.loads((ROOT / "tests" / "vectors" / "worked_numbers.json").read_text())
    numbers = build_worked_numbers()
    assert recorded == numbers
    for section in numbers.values():
        for name, value in section.items():
            for each in value if isinstance(value, list) else [value]:
                assert str(each) in page, name
