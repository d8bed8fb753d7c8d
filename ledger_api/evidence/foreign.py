"""Evidence from another institution: verified through this gateway's own node, or refused (ADR 0014).

A bundle counts when every step of its verification passed; one that is late counts too where the caller says
so, with that told. `get_full_record` gives the record of a bundle that discloses all of it.
"""

from dataclasses import dataclass

from ledger_api.evidence.one_look import OneLook
from ledger_api.network import Network
from ledger_api.nodes.errors import build_refusal
from ledger_proofs.bundles import Bundle, bundle_from_json
from ledger_proofs.errors import LedgerProofError, MalformedInput
from ledger_proofs.pointers import rebuild_record
from ledger_proofs.records import Record, record_from_json
from ledger_proofs.reports import Outcome, Report
from ledger_proofs.types import JsonValue
from ledger_proofs.verifier import verify_bundle
from ledger_web.errors import FieldProblem, Unprocessable

_NODE_BEHIND = "anchor.node_behind"


class EvidenceRefused(Unprocessable):
    """Evidence that doesn't prove what it should."""

    code = "evidence-refused"
    title = "The evidence does not prove what it should"
    title_zh = "证据不足以证明所述内容"

    def __init__(self, where: str, code: str, words: str, words_zh: str) -> None:
        super().__init__(
            f"{where}: {words} ({code}). Nothing was accepted.",
            f"{where}：{words_zh}（{code}）。未受理任何内容。",
            faults=[FieldProblem(where, words, words_zh, code)],
        )
        self.reason = code


@dataclass(frozen=True)
class ForeignRecord:
    """Another institution's record that was verified: its bundle, its whole content, and the report."""

    bundle: Bundle
    record: Record
    report: Report

    @property
    def is_late(self) -> bool:
        """Whether it was anchored later than its signing window allows, and nothing excuses it."""
        return self.report.outcome is Outcome.LATE


def parse_foreign_bundle(value: JsonValue, where: str) -> Bundle:
    """Parse a bundle that stands as an object in somebody's message. Raises EvidenceRefused."""
    try:
        return bundle_from_json(value)
    except MalformedInput as fault:
        raise EvidenceRefused(where + fault.path, fault.code, "is no evidence bundle", "不是证据包") from None


def verify_foreign(
    bundle: Bundle, network: Network, where: str, look: OneLook | None = None
) -> ForeignRecord:
    """Verify a bundle that discloses its whole record; in `look` where one serves several.

    Raises EvidenceRefused for one that fails, or whose record isn't all there; ChainSilent while the node
    can't be asked, and NodeNotProven, NodeStale or TrustFileOutdated where its word doesn't hold: none of
    these says anything of the bundle. A late one is returned: `is_late` says so.
    """
    look = look or network.look()
    look.expect_claims([each.claim for each in bundle.claims.words])
    report = verify_bundle(bundle, network.trust, look)
    if report.outcome in (Outcome.FAILED, Outcome.COULD_NOT_CHECK):
        step = next(each for each in report.steps if each.outcome is report.outcome)
        is_nodes_fault = look.fault is not None or step.code == _NODE_BEHIND
        if report.outcome is Outcome.COULD_NOT_CHECK and is_nodes_fault:
            raise build_refusal(look.fault)
        raise EvidenceRefused(where, step.code, step.message_en, step.message_zh)
    return ForeignRecord(bundle, get_full_record(bundle, where), report)


def get_full_record(bundle: Bundle, where: str) -> Record:
    """Return the record of a bundle whose fields were verified. Raises EvidenceRefused if any is withheld."""
    disclosure = bundle.disclosure
    if len(disclosure.fields) != len(disclosure.pointers):
        raise EvidenceRefused(
            where, "evidence.withheld", "not all of its fields are disclosed", "未披露全部字段"
        )
    fields = [(disclosure.pointers[field.index - 1], field.value) for field in disclosure.fields]
    try:
        return record_from_json(rebuild_record(fields))
    except LedgerProofError as fault:
        raise EvidenceRefused(where, fault.code, "its fields are no record", "其字段不构成记录") from None
