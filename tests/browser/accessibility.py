"""axe-core over a page as it stands: what it finds serious or critical by WCAG 2.2 AA fails a test.

axe is brought in through the browser's debugging protocol, which the page's content security policy does not
bind; the page itself runs under its own policy as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

AXE: Final = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
WEIGHTY: Final = frozenset({"serious", "critical"})
MAX_SHOWN_NODES: Final = 4


@dataclass(frozen=True)
class Violation:
    """One rule that a page breaks."""

    rule: str
    impact: str
    help: str
    nodes: tuple[str, ...]

    def __str__(self) -> str:
        shown = "".join(f"\n      {node}" for node in self.nodes[:MAX_SHOWN_NODES])
        return f"  {self.impact} {self.rule}: {self.help} ({len(self.nodes)} places){shown}"


def find_violations(page: Page) -> list[Violation]:
    """Every violation that axe finds in the page as it stands, light ones too."""
    session = page.context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": f"axe.run(document, {{resultTypes: ['violations'], runOnly: {RULES}}})"
                ".then(found => found.violations)",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        session.detach()
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return [_read_violation(found) for found in answer["result"]["value"]]


def verify_accessible(page: Page) -> None:
    """Fail with what is serious or critical."""
    weighty = [found for found in find_violations(page) if found.impact in WEIGHTY]
    assert not weighty, f"{page.url} has barriers:\n" + "\n".join(map(str, weighty))


def _read_violation(found: dict[str, Any]) -> Violation:
    nodes = tuple(f"{node['target']} {node['failureSummary']!r}" for node in found["nodes"])
    return Violation(found["id"], str(found["impact"]), found["help"], nodes)
