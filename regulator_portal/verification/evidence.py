"""Judging a bundle: the verifier's seven steps, and before them what the portal's own mirror says.

Used by verifications that people ask for and by the sweep alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.bundles import Bundle
from ledger_proofs.chain_view import ChainView, Trust
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison, Outcome, Report, StepResult, overall_outcome
from ledger_proofs.types import JsonValue
from ledger_proofs.verifier import verify_bundle
from regulator_portal.mirror.models import MirroredEntry, PinnedCheckpoint

MIRROR_STEP = 0
MIRROR_NAME = "mirror"
MIRROR_DIFFERS = "mirror.differs"
_PASSED = "passed"


@dataclass(frozen=True)
class Expected:
    """What was asked for, which the bundle must then be; None: anything."""

    institution: int | None = None
    commitment: bytes | None = None
    record_id: str | None = None
    log: int | None = None
    position: int | None = None

    def compare(self, bundle: Bundle) -> list[Comparison]:
        """Compare what was asked for with what came."""
        pairs: list[tuple[str, str | int | None, str | int | None]] = [
            ("institution", self.institution, bundle.authorship.institution),
            ("commitment", None if self.commitment is None else to_hex(self.commitment), _commitment(bundle)),
            ("record id", self.record_id, _record_id(bundle)),
            ("log", self.log, bundle.inclusion.log),
            ("position", self.position, bundle.inclusion.index),
        ]
        return [
            Comparison(f"{what} asked for", str(wanted), "-" if came is None else str(came))
            for what, wanted, came in pairs
            if wanted is not None
        ]


@dataclass(frozen=True)
class Judged:
    """A bundle's outcome with its whole report, and the step that decided (None when all passed)."""

    outcome: Outcome
    report: Report
    decisive: StepResult | None

    def as_json(self) -> dict[str, JsonValue]:
        """Return the report as a JSON object, step 0 first where there is one."""
        return self.report.as_json()


def judge(
    bundle: Bundle, trust: Trust, chain: ChainView | None, mirror_step: StepResult | None = None
) -> Judged:
    """Verify a bundle against the trusted chain, after what the mirror says of it."""
    report = verify_bundle(bundle, trust, chain)
    if mirror_step is not None:
        steps = (mirror_step, *report.steps)
        report = Report(steps, overall_outcome(step.outcome for step in steps), report.as_of_block)
    decisive = None
    if report.outcome is not Outcome.PASSED:
        decisive = next(step for step in report.steps if step.outcome is report.outcome)
    return Judged(report.outcome, report, decisive)


def build_mirror_step(
    bundle: Bundle,
    expected: Expected,
    entry: MirroredEntry | None,
    checkpoint: PinnedCheckpoint | None,
) -> StepResult | None:
    """Build step 0: the bundle is what was asked for, its entry the mirrored, its checkpoint the pinned one.

    None where there is nothing to compare with.
    """
    compared = expected.compare(bundle)
    if entry is not None:
        compared.append(Comparison("entry mirrored", to_hex(entry.entry), to_hex(bundle.entry.to_bytes())))
    if checkpoint is not None:
        stated = bundle.checkpoint
        compared += [
            Comparison("root pinned", to_hex(checkpoint.root), to_hex(stated.root)),
            Comparison("previous size pinned", str(checkpoint.previous_size), str(stated.previous_size)),
            Comparison("anchoring time pinned", str(checkpoint.anchored_at), str(stated.anchored_at)),
        ]
    if not compared:
        return None
    return _build_step(compared)


def _build_step(compared: Sequence[Comparison]) -> StepResult:
    differing = next((each for each in compared if each.expected != each.observed), None)
    if differing is None:
        return StepResult(
            MIRROR_STEP,
            MIRROR_NAME,
            Outcome.PASSED,
            _PASSED,
            tuple(compared),
            "the evidence is that of the entry in the portal's own mirror, and what was asked for",
            "证据属于监管门户自有镜像中的该条目，且正是所请求的内容",
        )
    return StepResult(
        MIRROR_STEP,
        MIRROR_NAME,
        Outcome.FAILED,
        MIRROR_DIFFERS,
        tuple(compared),
        f"the evidence isn't what the portal asked for or mirrored: the {differing.what} differs",
        f"证据与监管门户所请求或镜像的内容不符：{differing.what} 不同",
        differing.what,
    )


def _commitment(bundle: Bundle) -> str:
    return to_hex(bundle.commitment)


def _record_id(bundle: Bundle) -> str | None:
    """Return the record's id as disclosed; step 1 proves that it is the committed one."""
    pointers = bundle.disclosure.pointers
    for field in bundle.disclosure.fields:
        if 0 < field.index <= len(pointers) and pointers[field.index - 1] == "/id":
            return str(field.value)[:64]
    return None
