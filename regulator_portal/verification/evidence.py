"""Judging a bundle: the verifier's seven steps, and before them what the portal's own mirror says.

Used by verifications that people ask for and by the sweep alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.bundles import Bundle
from ledger_proofs.chain_view import ChainView, Trust
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.records import parse_utc_time
from ledger_proofs.reports import Comparison, Outcome, Report, StepResult, overall_outcome
from ledger_proofs.types import JsonValue
from ledger_proofs.verifier import verify_bundle
from regulator_portal.mirror.models import MirroredEntry, PinnedCheckpoint

MIRROR_STEP = 0
MIRROR_NAME = "mirror"
MIRROR_DIFFERS = "mirror.differs"
_PASSED = "passed"
_WINDOWS = "/body/windows/"
_WINDOW = re.compile(r"/body/windows/(0|[1-9][0-9]{0,4})/not_before")


@dataclass(frozen=True)
class Expected:
    """What was asked for, which the bundle must then be; None: anything."""

    institution: int | None = None
    commitment: bytes | None = None
    record_id: str | None = None
    log: int | None = None
    position: int | None = None
    window: int | None = None

    def compare(self, bundle: Bundle) -> list[Comparison]:
        """Compare what was asked for with what came."""
        pairs: list[tuple[str, str | int | None, str | int | None]] = [
            ("institution", self.institution, bundle.authorship.institution),
            ("commitment", None if self.commitment is None else to_hex(self.commitment), _commitment(bundle)),
            ("record id", self.record_id, _record_id(bundle)),
            ("window", self.window, _find_window(bundle)),
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
    shown = _list_shown(bundle).get("/id")
    return None if shown is None else str(shown)[:64]


def _find_window(bundle: Bundle) -> int | None:
    """Return which of the record's windows, as disclosed, the entry is of; 0 for a record without windows.

    All windows of a record have its commitment. Step 1 proves what is disclosed, step 2 that it is stated.
    """
    shown = _list_shown(bundle)
    if not any(pointer.startswith(_WINDOWS) for pointer in bundle.disclosure.pointers):
        return 0
    wanted = (bundle.entry.not_before, bundle.entry.not_after)
    for pointer in shown:
        found = _WINDOW.fullmatch(pointer)
        if found is None:
            continue
        times = [shown.get(f"{_WINDOWS}{found[1]}/{end}") for end in ("not_before", "not_after")]
        try:
            if tuple(parse_utc_time(time, pointer) for time in times) == wanted:
                return int(found[1])
        except MalformedInput:
            continue
    return None


def _list_shown(bundle: Bundle) -> dict[str, JsonValue]:
    """List the disclosed values by pointer, as they are stated."""
    pointers = bundle.disclosure.pointers
    return {
        pointers[field.index - 1]: field.value
        for field in bundle.disclosure.fields
        if 0 < field.index <= len(pointers)
    }
