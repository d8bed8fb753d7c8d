"""Verifying one record: its bundle against the trusted chain, the portal's pins and its own mirror.

The report is the verifier's own seven steps. Before them stands step 0, *mirror*, where the portal's own copy
holds that place: the entry of the bundle must be the one mirrored there, and its checkpoint the pinned one.
When the evidence was asked for by a reference, step 0 compares the reference too.
"""

import uuid
from dataclasses import dataclass
from typing import cast

from ledger_chain.reader import ChainReader
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.references import Reference, build_reference_text
from ledger_proofs.types import institution_of
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.errors import FieldProblem, NotFound, Unprocessable
from regulator_portal.audit.service import AuditTrail
from regulator_portal.mirror.pinned_chain import PinnedChain
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.sources.errors import GatewayFault, GatewayUnusable, NotYet, Withheld
from regulator_portal.sources.files import Sources
from regulator_portal.sources.gateway import GatewayClient, Gateways
from regulator_portal.trust import PinnedTrust
from regulator_portal.verification.evidence import Expected, build_mirror_step, judge
from regulator_portal.verification.models import Verification, Way
from regulator_portal.verification.repository import VerificationRepository

WITHHELD = "withheld"
COULD_NOT_CHECK = "could_not_check"


class NotABundle(Unprocessable):
    """The file isn't an evidence bundle."""

    code = "not-a-bundle"
    title = "This file is not an evidence bundle"
    title_zh = "该文件不是证据包"

    def __init__(self, fault: MalformedInput) -> None:
        super().__init__(
            "An evidence bundle is one strict JSON file of format rxledger.bundle/1, as rxledger and"
            f" gateways write it. What is wrong: {fault.code}.",
            f"证据包是一个格式为 rxledger.bundle/1 的严格 JSON 文件，由 rxledger 或网关生成。"
            f"问题：{fault.code}。",
            faults=[FieldProblem("", f"is not valid ({fault.code})", f"无效（{fault.code}）", fault.code)],
        )


class SourceMissing(NotFound):
    """No gateway is known that serves that institution."""

    code = "source-missing"
    title = "No gateway is known for that institution"
    title_zh = "没有该机构的网关"

    def __init__(self) -> None:
        super().__init__(
            "The portal's sources file names no gateway for it. Upload the evidence bundle instead.",
            "监管门户的来源文件中没有该机构的网关。可改为上传证据包。",
        )


@dataclass(frozen=True)
class Asked:
    """Who asks for a verification (a principal's `scope`), in which request."""

    actor: str
    request_id: str


class VerificationService:
    """Verifies evidence, keeps the report, and notes in the audit trail that it was asked for.

    Each call is a unit of work of its own, committed when it returns; gateway and node are asked outside it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trust: PinnedTrust,
        reader: ChainReader,
        sources: Sources,
        gateways: Gateways,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trust = trust
        self._reader = reader
        self._sources = sources
        self._gateways = gateways

    def verify_bytes(self, content: bytes, asked: Asked) -> Verification:
        """Verify an uploaded bundle. Raises NotABundle; all other faults of it are results.

        A bundle has at most 4 MiB (`ledger_proofs.bundles.MAX_BUNDLE_BYTES`): bound the upload to that.
        """
        try:
            bundle = parse_bundle(content)
        except MalformedInput as fault:
            raise NotABundle(fault) from None
        return self._verify(bundle, Expected(), Way.UPLOAD, "", asked)

    def verify_reference(self, reference: Reference, asked: Asked) -> Verification:
        """Fetch and verify what a printed reference names. Raises SourceMissing.

        A silent gateway gives the outcome could_not_check; one that doesn't hand it out: withheld.
        """
        client = self._get_client(reference.institution)
        expected = Expected(
            reference.institution, reference.commitment, reference.record_id, window=reference.window
        )
        named = build_reference_text(reference)
        try:
            content = client.fetch_evidence_of(reference.record_id, reference.window)
        except GatewayFault as fault:
            return self._keep_fault(fault, expected, Way.REFERENCE, named, asked)
        return self._verify_fetched(content, expected, Way.REFERENCE, named, asked)

    def verify_record(self, institution: int, record_id: str, window: int, asked: Asked) -> Verification:
        """Fetch and verify a record's window by its institution and id (a UUID). Raises SourceMissing."""
        client = self._get_client(institution)
        expected = Expected(institution, record_id=record_id, window=window)
        named = f"{institution}:{record_id}:{window}"
        try:
            content = client.fetch_evidence_of(record_id, window)
        except GatewayFault as fault:
            return self._keep_fault(fault, expected, Way.RECORD, named, asked)
        return self._verify_fetched(content, expected, Way.RECORD, named, asked)

    def verify_position(self, log: int, position: int, asked: Asked) -> Verification:
        """Fetch and verify the entry at a position of a log. Raises SourceMissing."""
        client = self._get_client(institution_of(log))
        expected = Expected(log=log, position=position)
        named = f"{log}:{position}"
        try:
            content = client.fetch_evidence_at(log, position)
        except GatewayFault as fault:
            return self._keep_fault(fault, expected, Way.POSITION, named, asked)
        return self._verify_fetched(content, expected, Way.POSITION, named, asked)

    def _get_client(self, institution: int) -> GatewayClient:
        source = self._sources.find(institution)
        if source is None:
            raise SourceMissing
        return self._gateways.client_of(source)

    def _verify_fetched(
        self, content: bytes, expected: Expected, how: Way, named: str, asked: Asked
    ) -> Verification:
        try:
            bundle = parse_bundle(content)
        except MalformedInput as fault:
            withheld = Withheld(
                "withheld.not_a_bundle",
                f"What the gateway handed out is no evidence bundle ({fault.code}).",
                f"网关提供的内容不是证据包（{fault.code}）。",
            )
            return self._keep_fault(withheld, expected, how, named, asked)
        return self._verify(bundle, expected, how, named, asked)

    def _verify(self, bundle: Bundle, expected: Expected, how: Way, named: str, asked: Asked) -> Verification:
        log, position = bundle.inclusion.log, bundle.inclusion.index
        with self._database.reading() as session:
            mirror = MirrorRepository(session)
            entry = mirror.find_entry(log, position)
            checkpoint = mirror.find_checkpoint(log, bundle.checkpoint.size)
        mirror_step = build_mirror_step(bundle, expected, entry, checkpoint)
        chain = PinnedChain(self._reader, self._database, self._trust.trust)
        judged = judge(bundle, self._trust.trust, chain, mirror_step)
        return self._keep(
            Verification(
                id=str(uuid.uuid4()),
                asked_by=asked.actor,
                at=self._clock(),
                how=how,
                outcome=judged.outcome.value,
                report=cast("dict[str, object]", judged.as_json()),
                reference=named,
                log=log,
                position=position,
                commitment=to_hex(bundle.commitment),
                as_of_block=judged.report.as_of_block,
            ),
            asked,
        )

    def _keep_fault(
        self, fault: GatewayFault, expected: Expected, how: Way, named: str, asked: Asked
    ) -> Verification:
        """Keep that the gateway gave nothing: a report without steps, with `problem` in both languages."""
        outcome = COULD_NOT_CHECK if isinstance(fault, GatewayUnusable | NotYet) else WITHHELD
        problem = {"code": fault.code, "message": fault.en, "message_zh": fault.zh}
        return self._keep(
            Verification(
                id=str(uuid.uuid4()),
                asked_by=asked.actor,
                at=self._clock(),
                how=how,
                outcome=outcome,
                report={"outcome": outcome, "as_of_block": None, "steps": [], "problem": problem},
                reference=named,
                log=expected.log,
                position=expected.position,
                commitment=None if expected.commitment is None else to_hex(expected.commitment),
            ),
            asked,
        )

    def _keep(self, row: Verification, asked: Asked) -> Verification:
        with self._database.writing() as session:
            VerificationRepository(session).add(row)
            audit = AuditTrail(session, self._clock, asked.request_id)
            details: dict[str, str | int] = {"how": row.how, "outcome": row.outcome}
            audit.note(asked.actor, "verification.asked", f"verification:{row.id}", details)
        return row
