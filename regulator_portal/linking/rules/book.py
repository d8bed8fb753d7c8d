"""What the rules look things up in: the mirror, the register's events and the links, as of one block."""

from collections.abc import Sequence

from sqlmodel import Session

from ledger_chain.register_events import Act
from ledger_proofs.bounded_time import Outage
from ledger_proofs.chain_view import ChainView
from ledger_proofs.types import generation_of
from ledger_web.clock import Clock
from regulator_portal.linking.disclosing import NotShown, Shown, read_shown
from regulator_portal.linking.models import LinkedRecord, RecordLink
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.mirror.mirroring import is_up_to_date
from regulator_portal.mirror.models import EntryVerdict, LogState, MirroredLog
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import RuleSettings
from regulator_portal.register.models import ActedClaim, ActedPack, RegisterAct, RegisterState
from regulator_portal.register.repository import RegisterRepository

NOT_SHOWN = "evidence.not_shown"
LOG_UNKNOWN = "log.not_whole"
REGISTER_UNKNOWN = "register.not_whole"


class Book:
    """Answers the rules' questions within one session."""

    def __init__(self, session: Session, clock: Clock, settings: RuleSettings, chain: ChainView) -> None:
        self.settings = settings
        self.links = LinkRepository(session, clock)
        self._register = RegisterRepository(session)
        self._mirror = MirrorRepository(session)
        self._chain = chain
        row = self._register.find_mirror()
        self.as_of_block = None if row is None else row.as_of_block
        self.now = 0 if row is None or row.block_time is None else row.block_time
        self.knows_register = row is not None and row.state == RegisterState.PASSED
        self._logs: dict[int, list[MirroredLog]] = {}
        for log in self._mirror.list_logs():
            self._logs.setdefault(log.institution, []).append(log)

    def shown(self, record: LinkedRecord) -> Shown:
        """Return what a record's evidence disclosed. Raises NotShown where there is none (yet)."""
        if record.shown is None:
            raise NotShown("")
        return read_shown(record.shown)

    def find(self, commitment: bytes, institution: int) -> LinkedRecord | None:
        """Find a record in an institution's log: None where only an act names it too."""
        found = self.links.find(commitment, institution)
        return None if found is None or found.log is None else found

    def evidence_of(self, record: LinkedRecord) -> str:
        """Return the verdict on the evidence of a record's entry."""
        if record.log is None or record.position is None:
            return EntryVerdict.PENDING
        entry = self._mirror.find_entry(record.log, record.position)
        return EntryVerdict.PENDING if entry is None else entry.verdict

    def knows_log(self, institution: int) -> bool:
        """Whether all of an institution's logs are mirrored and indexed up to their heads as of this block.

        A log that was looked at before the register says nothing of what isn't in it: a record that an act
        rests on may have been anchored since.
        """
        logs = self._logs.get(institution, [])
        return bool(logs) and all(self._is_whole(log) for log in logs)

    def knows_all_logs(self) -> bool:
        """Whether all logs of the chain's directory are mirrored and indexed up to their heads."""
        return bool(self._logs) and all(self.knows_log(institution) for institution in self._logs)

    def _is_whole(self, log: MirroredLog) -> bool:
        if log.as_of_block is None or log.as_of_block < (self.as_of_block or 0):
            return False
        if not log.head_size:
            return True
        is_indexed = self.links.get_indexed(log.log).size >= log.verified_size
        return log.state == LogState.PASSED and is_up_to_date(log) and is_indexed

    def log_of(self, record: LinkedRecord) -> int | None:
        """Return the log that a finding about a record is put under: its own, else its issuer's latest."""
        if record.log is not None:
            return record.log
        logs = self._logs.get(record.institution, [])
        return max((log.log for log in logs), key=generation_of, default=None)

    def use_of(self, commitment: bytes, spender: int | None = None) -> RegisterAct | None:
        """Find the use into a record, of a spender where one is named."""
        for act in self._register.list_acts_of(commitment):
            if act.act == Act.DISPENSE and spender in (None, act.spender):
                return act
        return None

    def acts_on(self, subject: bytes, kind: Act) -> list[RegisterAct]:
        """List the acts of one kind about a record."""
        return [act for act in self._register.list_acts_of(subject) if act.act == kind]

    def acts_stated_by(self, record: LinkedRecord) -> Sequence[RegisterAct]:
        """List the acts that a record is to state."""
        return self._register.list_stated_by(record.commitment, record.institution)

    def claims(self, act: RegisterAct) -> Sequence[ActedClaim]:
        """List an act's claims."""
        return self._register.list_claims(act)

    def packs(self, act: RegisterAct) -> Sequence[ActedPack]:
        """List an act's packs."""
        return self._register.list_packs(act)

    def first_stated_total(self, token: bytes) -> int | None:
        """Return the total that the first use of a pack stated: the one that stands (protocol 4.3)."""
        acts = self._register.list_acts_on_pack(token)
        return next((pack.total_units for act, pack in acts if act.act == Act.DISPENSE), None)

    def has_refusal(self, record: LinkedRecord, act: Act) -> bool:
        """Whether the register refused that act of that institution about a record."""
        return any(
            refusal.act == act and refusal.institution == record.institution
            for refusal in self._register.list_refusals_of(record.commitment)
        )

    def links_from(self, record: LinkedRecord, role: str) -> list[RecordLink]:
        """List what a record refers to under a member."""
        return [link for link in self.links.list_links_from(record) if link.role == role]

    def outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages. Raises CannotCheck where the node doesn't answer."""
        return self._chain.find_outages(institution)
