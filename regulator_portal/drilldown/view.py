"""Everything that the portal knows of one record or pack, for its page and for programs alike.

Every statement about use is as of the block up to which the register's events are mirrored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from ledger_chain.refusal_wording import decode_refusal
from ledger_chain.register_events import Act
from ledger_proofs.claims import claim_key
from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import find_kind
from ledger_web.clock import Clock
from ledger_web.errors import NotFound
from regulator_portal.drilldown.building import DISPENSING, SETTLEMENT, TrailBuilding
from regulator_portal.drilldown.money import Money, read_money
from regulator_portal.drilldown.trail import Trail
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.mirror.models import MirroredEntry
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.register.models import ActedPack, RegisterAct
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.sources.files import Sources

STATE_AFTER = {
    Act.DISPENSE: "dispensed",
    Act.SETTLE: "settled",
    Act.VOID: "void",
    Act.RESTORE: "unused",
    Act.REVERSE: "dispensed",
}
"""How a claim stands after an act on it (protocol 8)."""
UNUSED = "unused"


class RecordNotFound(NotFound):
    """No mirrored log and no act names that record."""

    code = "record-not-found"
    title = "No such record in the mirror"
    title_zh = "镜像中没有该记录"

    def __init__(self) -> None:
        super().__init__(
            "No mirrored log and no act on chain names this commitment (yet). Check it, or see the lists.",
            "已镜像的日志与链上操作均未涉及该承诺（或尚未镜像至该处）。请核对，或在列表中查找。",
        )


class PackNotFound(NotFound):
    """No act and no lot names that pack."""

    code = "pack-not-found"
    title = "No such pack in the mirror"
    title_zh = "镜像中没有该药品"

    def __init__(self) -> None:
        super().__init__(
            "No act on chain and no maker's record names this token (yet).",
            "链上操作与生产企业的记录均未涉及该包装令牌（或尚未镜像至该处）。",
        )


@dataclass(frozen=True)
class ClaimState:
    """How one claim stands as of the mirrored block, and after which act. `ordinal` None: origin unknown."""

    claim: bytes
    ordinal: int | None
    state: str
    restore_count: int
    act: RegisterAct | None


@dataclass(frozen=True)
class RefusalState:
    """What the register refused about a record, in words."""

    block_number: int
    time: int
    institution: int
    act: str
    error: str
    message: str
    message_zh: str


@dataclass(frozen=True)
class RecordView:
    """One record. `others`: the same commitment in other institutions' logs, which prove nothing by it."""

    record: LinkedRecord
    kind_name: tuple[str, str]
    entry: MirroredEntry | None
    trail: Trail
    acts: tuple[RegisterAct, ...]
    claims: tuple[ClaimState, ...]
    refusals: tuple[RefusalState, ...]
    money: Money | None
    referring: tuple[LinkedRecord, ...]
    others: tuple[LinkedRecord, ...]
    as_of_block: int | None


@dataclass(frozen=True)
class PackView:
    """One pack: the lots that name it, and every use and restoring of it."""

    token: bytes
    lots: tuple[LinkedRecord, ...]
    acts: tuple[tuple[RegisterAct, ActedPack], ...]
    as_of_block: int | None

    @property
    def total_units(self) -> int | None:
        """The total that was stated first, which stands."""
        return next((pack.total_units for act, pack in self.acts if act.act == Act.DISPENSE), None)

    @property
    def used_units(self) -> int:
        """Units that count as used: an undone scan's don't, returned ones do (protocol 4.3)."""
        used = sum(pack.units_used for act, pack in self.acts if act.act == Act.DISPENSE)
        return used - sum(pack.units_used for act, pack in self.acts if act.is_undone)


class Viewing:
    """Gathers views within one session."""

    def __init__(self, session: Session, clock: Clock, sources: Sources) -> None:
        self._session = session
        self._clock = clock
        self._sources = sources
        self._links = LinkRepository(session, clock)
        self._mirror = MirrorRepository(session)
        self._register = RegisterRepository(session)
        mirror = self._register.find_mirror()
        self.as_of_block = None if mirror is None else mirror.as_of_block

    def get_record(self, commitment: bytes, kind: int | None = None) -> RecordView:
        """Return all about a record, of a kind where one is named. Raises RecordNotFound."""
        found = [each for each in self._list(commitment) if kind in (None, each.kind)]
        if not found:
            raise RecordNotFound
        # Who logs another's commitment can't prove it: what is proven, else what is logged, comes first.
        found.sort(key=lambda each: (each.signed_at is None, each.log is None, each.institution))
        record = found[0]
        named = find_kind(record.kind)
        entry = None
        if record.log is not None and record.position is not None:
            entry = self._mirror.find_entry(record.log, record.position)
        return RecordView(
            record=record,
            kind_name=("record", "记录") if named is None else (named.name, named.name_zh),
            entry=entry,
            trail=TrailBuilding(self._session, self._clock, self._sources).build(record),
            acts=tuple(self._list_acts(record)),
            claims=tuple(self._list_claims(record)),
            refusals=tuple(self._list_refusals(commitment)),
            money=self._find_money(record),
            referring=tuple(self._list_referring(record)),
            others=tuple(found[1:]),
            as_of_block=self.as_of_block,
        )

    def get_pack(self, token: bytes) -> PackView:
        """Return all about a pack. Raises PackNotFound."""
        lots, acts = self._links.list_lots_of(token), self._register.list_acts_on_pack(token)
        if not lots and not acts:
            raise PackNotFound
        return PackView(token, tuple(lots), tuple(acts), self.as_of_block)

    def _list(self, commitment: bytes) -> list[LinkedRecord]:
        """List the linked records of a commitment; of entries that aren't linked yet, what they say."""
        found = list(self._links.list_of(commitment))
        known = {each.institution for each in found}
        for entry in self._mirror.list_entries_of(commitment):
            if entry.log >> 32 not in known:
                known.add(entry.log >> 32)
                holding = self._mirror.find_checkpoint_holding(entry.log, entry.position)
                anchored_at = None if holding is None else holding.anchored_at
                found.append(_build_unlinked(entry, anchored_at))
        return found

    def _list_acts(self, record: LinkedRecord) -> list[RegisterAct]:
        acts = [*self._register.list_acts_of(record.commitment)]
        known = {(act.block_number, act.log_index) for act in acts}
        stated = self._register.list_stated_by(record.commitment, record.institution)
        acts += [act for act in stated if (act.block_number, act.log_index) not in known]
        return sorted(acts, key=lambda act: (act.block_number, act.log_index))

    def _list_claims(self, record: LinkedRecord) -> Iterator[ClaimState]:
        """List the claims that a record carries, or that acts stated by it moved."""
        for entry in self._mirror.list_entries_of(record.commitment):
            if entry.log >> 32 == record.institution:
                for ordinal, key in enumerate(_list_keys(record.institution, entry.entry)):
                    yield self._state_of(key, ordinal)
        told: set[bytes] = set()
        for act in self._register.list_stated_by(record.commitment, record.institution):
            for moved in self._register.list_claims(act):
                if moved.claim not in told:
                    told.add(moved.claim)
                    origin = self._links.find_origin(moved.claim)
                    yield self._state_of(moved.claim, None if origin is None else origin.ordinal)

    def _state_of(self, claim: bytes, ordinal: int | None) -> ClaimState:
        acts = self._register.list_acts_on_claim(claim)
        restored = sum(act.act == Act.RESTORE for act in acts)
        state = STATE_AFTER[Act(acts[-1].act)] if acts else UNUSED
        return ClaimState(claim, ordinal, state, restored, acts[-1] if acts else None)

    def _list_refusals(self, commitment: bytes) -> Iterator[RefusalState]:
        for row in self._register.list_refusals_of(commitment):
            said = decode_refusal(row.reason)
            yield RefusalState(
                row.block_number,
                row.time,
                row.institution,
                row.act,
                said.error,
                said.message,
                said.message_zh,
            )

    def _find_money(self, record: LinkedRecord) -> Money | None:
        if record.kind not in (DISPENSING, SETTLEMENT):
            return None
        charged: LinkedRecord | None = record
        if record.kind == SETTLEMENT:
            link = next(
                (each for each in self._links.list_links_from(record) if each.role == "dispensing"), None
            )
            charged = None if link is None else self._links.find(link.target, link.target_institution)
        return read_money(charged, record if record.kind == SETTLEMENT else None)

    def _list_referring(self, record: LinkedRecord) -> Sequence[LinkedRecord]:
        found: dict[tuple[bytes, int], LinkedRecord] = {}
        for link in self._links.list_links_to(record.commitment):
            referring = self._links.find(link.commitment, link.institution)
            if referring is not None and link.target_institution == record.institution:
                found[(link.commitment, link.institution)] = referring
        return sorted(found.values(), key=lambda each: (each.anchored_at or each.seen_at, each.commitment))


def _build_unlinked(entry: MirroredEntry, anchored_at: int | None) -> LinkedRecord:
    return LinkedRecord(
        commitment=entry.record,
        institution=entry.log >> 32,
        kind=entry.kind,
        log=entry.log,
        position=entry.position,
        anchored_at=anchored_at,
        seen_at=anchored_at or 0,
        rulings=[],
    )


def _list_keys(institution: int, content: bytes) -> list[bytes]:
    try:
        entry = parse_entry(content)
    except MalformedInput:
        return []
    kind = find_kind(entry.kind)
    if kind is None or entry.claim_count > kind.max_claim_count:
        return []
    return [
        claim_key(institution, entry.kind, entry.record, entry.not_before, ordinal)
        for ordinal in range(entry.claim_count)
    ]
