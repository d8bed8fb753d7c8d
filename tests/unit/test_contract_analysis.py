"""Which findings of the contracts' static analysis pass: those with a reason, while they are found."""

from __future__ import annotations

import pytest

from scripts.analyse_contracts import (
    ACCEPTANCES,
    Acceptance,
    AnalysisError,
    Finding,
    find_stale,
    find_unaccepted,
    parse_acceptances,
    parse_findings,
)

REASON = "The two of them never meet in one transaction."
REPORT = {
    "success": True,
    "results": {
        "detectors": [
            {
                "check": "timestamp",
                "impact": "Low",
                "description": "Counter.tick() uses timestamp for comparisons",
                "elements": [
                    {
                        "type": "function",
                        "name": "tick",
                        "type_specific_fields": {"parent": {"type": "contract", "name": "Counter"}},
                    }
                ],
            }
        ]
    },
}


def test_a_finding_that_nobody_accepted_is_shown() -> None:
    (finding,) = parse_findings(REPORT)
    assert (finding.check, finding.place, finding.impact) == ("timestamp", "Counter.tick", "Low")
    elsewhere = Acceptance("timestamp", ("Counter.reset",), REASON)
    another_check = Acceptance("assembly", ("Counter.tick",), REASON)
    assert find_unaccepted([finding], [elsewhere, another_check]) == [finding]
    assert find_unaccepted([finding], [Acceptance("timestamp", ("Counter.tick",), REASON)]) == []


def test_an_acceptance_whose_finding_is_gone_is_shown() -> None:
    acceptance = Acceptance("timestamp", ("Counter.tick", "Counter.reset"), REASON)
    assert find_stale([Finding("timestamp", "Counter.tick")], [acceptance]) == ["timestamp at Counter.reset"]


@pytest.mark.parametrize(
    "text",
    [
        '[[accepted]]\ncheck = "timestamp"\nplaces = ["Counter.tick"]\nreason = "fine"',
        f'[[accepted]]\ncheck = "timestamp"\nplaces = []\nreason = "{REASON}"',
        f'[[accepted]]\ncheck = "timestamp"\nplaces = ["A.a", "A.a"]\nreason = "{REASON}"',
    ],
)
def test_an_acceptance_has_a_place_and_a_reason_and_stands_once(text: str) -> None:
    with pytest.raises(AnalysisError, match="timestamp"):
        parse_acceptances(text)


def test_a_failed_analysis_is_no_clean_one() -> None:
    with pytest.raises(AnalysisError, match="no compiler"):
        parse_findings({"success": False, "error": "no compiler", "results": {}})


def test_the_committed_acceptances_can_be_read() -> None:
    assert parse_acceptances(ACCEPTANCES.read_text(encoding="utf-8"))
