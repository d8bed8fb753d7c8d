"""What the overview shows: institutions, their logs, how far they are mirrored and verified, and the chain.

Everything is read from the portal's own rows, so that the page is fast and says as of which block it speaks;
the node itself is asked for its present height only, and may be silent.
"""

from dataclasses import dataclass, replace

from sqlmodel import Session

from ledger_chain.errors import ChainError
from ledger_chain.reader import ChainReader
from ledger_web.clock import Clock
from regulator_portal.findings.service import FindingRepository
from regulator_portal.mirror.models import MirroredLog
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.register.models import RegisterMirror
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.sources.files import InstitutionName, Source, Sources


@dataclass(frozen=True)
class ChainState:
    """The regulator's own node. `problem` is a stable code when it can't be asked, None when it answers.

    `block`: its latest block, None when it can't be asked; `pinned_block` and `pinned_at`: the latest block
    that the portal pinned, None before the first round. `note`: what the trust file says of the chain.
    `open_findings` are of the chain, `node_findings` about the nodes that tell of it.
    """

    block: int | None
    problem: str | None
    pinned_block: int | None
    pinned_at: int | None
    note: str
    open_findings: int
    node_findings: int = 0


@dataclass(frozen=True)
class LogOverview:
    """One log. `age_seconds`: since its last checkpoint, None where there is none."""

    log: MirroredLog
    institution: InstitutionName
    source: Source | None
    age_seconds: int | None
    open_findings: int

    @property
    def entry_count(self) -> int:
        """How many entries of this log the chain counts."""
        return max(0, self.log.head_size - self.log.base_size)

    @property
    def mirrored_count(self) -> int:
        """How many of them are kept and stand under a checkpoint with the same root."""
        return max(0, self.log.verified_size - self.log.base_size)


@dataclass(frozen=True)
class Overview:
    """All logs by number, the chain, the claim register, and totals over all logs."""

    chain: ChainState
    register: RegisterMirror
    logs: tuple[LogOverview, ...]
    now: int

    @property
    def entry_count(self) -> int:
        """Entries that the chain counts, over all logs."""
        return sum(each.entry_count for each in self.logs)

    @property
    def mirrored_count(self) -> int:
        """Entries mirrored, over all logs."""
        return sum(each.mirrored_count for each in self.logs)

    @property
    def open_findings(self) -> int:
        """Open findings, over all logs, the chain and the nodes."""
        return (
            self.chain.open_findings
            + self.chain.node_findings
            + sum(each.open_findings for each in self.logs)
        )


def build_overview(
    session: Session, reader: ChainReader, sources: Sources, clock: Clock, note: str = ""
) -> Overview:
    """Build the overview from the portal's rows and the node's present height."""
    repository = MirrorRepository(session)
    findings = FindingRepository(session, clock)
    open_findings = findings.count_open()
    now = clock()
    logs = tuple(
        build_log_overview(row, sources, now, open_findings.get(row.log, 0)) for row in repository.list_logs()
    )
    chain = replace(
        _ask_chain(repository, reader, note, open_findings.get(None, 0)),
        node_findings=findings.count_open_of_nodes(),
    )
    register = RegisterRepository(session).find_mirror() or RegisterMirror()
    return Overview(chain, register, logs, now)


def build_log_overview(row: MirroredLog, sources: Sources, now: int, open_findings: int) -> LogOverview:
    """Build the overview of one log."""
    age = None if row.head_anchored_at is None else max(0, now - row.head_anchored_at)
    return LogOverview(
        row, sources.name_of(row.institution), sources.find(row.institution), age, open_findings
    )


def _ask_chain(
    repository: MirrorRepository, reader: ChainReader, note: str, open_findings: int
) -> ChainState:
    block: int | None = None
    problem: str | None = None
    try:
        block = reader.block_number()
    except ChainError as fault:
        problem = fault.code
    pinned = next(iter(repository.list_latest_blocks(1)), None)
    return ChainState(
        block,
        problem,
        None if pinned is None else pinned.number,
        None if pinned is None else pinned.pinned_at,
        note,
        open_findings,
    )
