"""The verifier: one bundle in, a report of numbered steps out (protocol, section 9).

1. fields: the disclosed fields hash to the commitment
2. entry: the entry carries the commitment and states what the record says
3. inclusion: the entry is in the checkpoint
4. anchor: the checkpoint is on the trusted chain
5. author: the author signed, and was entitled
6. time: the signed time is bounded
7. claims: the claims stand as stated, as of a block

A step whose premise hasn't passed could not be checked; it never passes by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger_proofs.bundles import Bundle
from ledger_proofs.chain_view import ChainView, InstitutionState, Trust
from ledger_proofs.errors import CannotCheck, LedgerProofError, RecordLate
from ledger_proofs.reports import Comparison, Outcome, Report, StepResult, overall_outcome
from ledger_proofs.steps import STEPS
from ledger_proofs.verification import Verification
from ledger_proofs.wording import chinese_message, english_message, passed_message

__all__ = [
    "ChainView",
    "Comparison",
    "InstitutionState",
    "Outcome",
    "Report",
    "StepResult",
    "Trust",
    "verify_bundle",
]

_PASSED: Final = "passed"


def verify_bundle(
    bundle: Bundle,
    trust: Trust | None = None,
    chain: ChainView | None = None,
    progress: Callable[[StepResult], None] | None = None,
) -> Report:
    """Verify a bundle, step by step, and report every step.

    `trust` says which chain counts; `chain` asks it, None verifies offline. `progress` is called with each
    step's result as it is known. Faults of the bundle never raise, they are results.
    """
    run = Verification(bundle, trust, chain)
    results: list[StepResult] = []
    for number, name, verify_step in STEPS:
        run.compared, run.passed_note, run.passed_words = [], "", None
        result = _run_step(run, number, name, verify_step)
        run.outcomes[number] = result.outcome
        results.append(result)
        if progress is not None:
            progress(result)
    outcome = overall_outcome(run.outcomes.values())
    return Report(tuple(results), outcome, run.as_of_block)


def _run_step(
    run: Verification, number: int, name: str, verify_step: Callable[[Verification], None]
) -> StepResult:
    try:
        verify_step(run)
    except LedgerProofError as error:
        compared = tuple(run.compared)
        english, chinese = english_message(error), chinese_message(error)
        return StepResult(
            number, name, _outcome_of(error), error.code, compared, english, chinese, error.where
        )
    english, chinese = run.passed_words or passed_message(number, run.passed_note)
    return StepResult(number, name, Outcome.PASSED, _PASSED, tuple(run.compared), english, chinese)


def _outcome_of(error: LedgerProofError) -> Outcome:
    if isinstance(error, CannotCheck):
        return Outcome.COULD_NOT_CHECK
    if isinstance(error, RecordLate):
        return Outcome.LATE
    return Outcome.FAILED
