"""Reference model of the directory and the checkpoint log (protocol, sections 6 and 7), as plain Python.

It follows the protocol page, not the Solidity; the acts' state tables are run against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger_proofs.bounded_time import Outage
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.merkle import verify_consistency
from ledger_proofs.types import Address, Hash, LogId, generation_of, institution_of, log_id
from tests.model.refusals import Refused, require


@dataclass(frozen=True)
class State:
    """One recorded state of an institution."""

    effective_from: int
    status: InstitutionStatus
    roles: InstitutionRole


@dataclass
class Term:
    """One credential of a practitioner."""

    holder: Address
    institution: int
    role: int
    from_time: int
    until: int
    revoked_from: int | None = None

    def holds(self, at: int) -> bool:
        """Whether it entitles at a time."""
        in_time = self.from_time <= at <= self.until
        return in_time and (self.revoked_from is None or at < self.revoked_from)


@dataclass
class DirectoryModel:
    """Institutions, accounts, credentials and outages; all acts are the authority's, without a delay."""

    states: dict[int, list[State]] = field(default_factory=dict)
    accounts: dict[int, list[Address]] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    def register(self, number: int, roles: InstitutionRole, account: Address, now: int) -> None:
        """A new institution, active from now."""
        self.states[number] = [State(now, InstitutionStatus.ACTIVE, roles)]
        self.accounts[number] = [account]

    def set_status(self, number: int, status: InstitutionStatus, now: int) -> None:
        """Suspend, bar or reinstate."""
        state = self.state_at(number, now)
        require(state is not None, "LedgerDirectoryInstitutionUnknown")
        assert state is not None
        if status is InstitutionStatus.SUSPENDED and state.status is InstitutionStatus.BARRED:
            raise Refused("LedgerDirectoryInstitutionIsBarred")
        self.states[number].append(State(now, status, state.roles))

    def state_at(self, number: int, at: int) -> State | None:
        """The latest recorded state that is effective from `at` or before."""
        return next((s for s in reversed(self.states.get(number, [])) if s.effective_from <= at), None)

    def is_barred(self, number: int, now: int) -> bool:
        """Whether it is barred now."""
        state = self.state_at(number, now)
        return state is not None and state.status is InstitutionStatus.BARRED

    def acting(self, account: Address, now: int) -> tuple[int, InstitutionRole] | None:
        """The active institution whose present account this is."""
        for number, accounts in self.accounts.items():
            state = self.state_at(number, now)
            if accounts[-1] == account and state is not None and state.status is InstitutionStatus.ACTIVE:
                return number, state.roles
        return None

    def is_entitled(self, holder: Address, institution: int, role: int, at: int) -> bool:
        """Whether a practitioner held a role at an institution at a time."""
        return any(
            term.holds(at)
            for term in self.terms
            if (term.holder, term.institution, term.role) == (holder, institution, role)
        )


@dataclass
class CheckpointLogModel:
    """Each log's checkpoints, and its end."""

    directory: DirectoryModel
    checkpoints: dict[tuple[LogId, int], Checkpoint] = field(default_factory=dict)
    heads: dict[LogId, int] = field(default_factory=dict)
    closings: dict[LogId, int] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)

    def current_log(self, institution: int) -> LogId:
        """The log that an institution's entries go into."""
        return log_id(institution, self.generations.get(institution, 1))

    def anchor(
        self, account: Address, log: LogId, size: int, root: Hash, proof: tuple[Hash, ...], now: int
    ) -> None:
        """Record a checkpoint, by the table of section 6."""
        acting = self.directory.acting(account, now)
        require(acting is not None and acting[0] == institution_of(log), "CheckpointLogNotAccount")
        require(size > 0, "CheckpointLogSizeZero")
        recorded = self.checkpoints.get((log, size))
        if recorded is not None:
            require(recorded.root == root, "CheckpointLogRootMismatch")
            return
        self._require_open(log)
        head = self.heads.get(log, 0)
        require(size >= head, "CheckpointLogSizeUnknown")
        if head == 0:
            require(not proof, "CheckpointLogProofUnexpected")
        else:
            try:
                verify_consistency(head, size, self.checkpoints[log, head].root, root, proof)
            except LedgerProofError:
                raise Refused("CheckpointLogProofInvalid") from None
        self._record(log, head, size, root, now)

    def close(self, log: LogId, size: int, now: int) -> LogId:
        """Close a log at one of its checkpoints; its successor opens there."""
        self._require_open(log)
        last = self.checkpoints.get((log, size))
        require(last is not None, "CheckpointLogNotRecorded")
        assert last is not None
        institution = institution_of(log)
        successor = log_id(institution, generation_of(log) + 1)
        self.closings[log] = size
        self.generations[institution] = generation_of(log) + 1
        self.directory.outages.append(Outage(institution, last.anchored_at, now))
        self._record(successor, size, size, last.root, now)
        return successor

    def provable(self, log: LogId, size: int) -> Checkpoint:
        """The checkpoint by which entries may be proven."""
        found = self.checkpoints.get((log, size))
        require(found is not None, "CheckpointLogNotRecorded")
        assert found is not None
        require(size <= self.closings.get(log, size), "CheckpointLogBarred")
        return found

    def _require_open(self, log: LogId) -> None:
        require(log not in self.closings, "CheckpointLogClosed")
        require(log == self.current_log(institution_of(log)), "CheckpointLogUnknown")

    def _record(self, log: LogId, previous: int, size: int, root: Hash, now: int) -> None:
        self.checkpoints[log, size] = Checkpoint(log, size, root, previous, now)
        self.heads[log] = size
