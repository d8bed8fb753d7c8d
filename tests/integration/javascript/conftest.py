"""The browser's signing code in one Node process, asked line by line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.engines.toolchain import get_node

ANSWERER = Path(__file__).parent / "answer_lines.mjs"


class BrowserCode:
    """Asks the page's modules; one request, one answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer; `refused` in it names the code of a refusal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the Node process ended"
        answer: dict[str, Any] = json.loads(line)
        assert "crashed" not in answer, answer["crashed"]
        return answer


@pytest.fixture(scope="session")
def browser_code() -> Iterator[BrowserCode]:
    command = [str(get_node()), str(ANSWERER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BrowserCode(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0
