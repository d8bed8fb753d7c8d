"""Builds a record's trail from the portal's own rows."""

from sqlmodel import Session

from ledger_chain.register_events import Act
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import PractitionerRole, find_kind
from ledger_web.clock import Clock
from regulator_portal.drilldown.trail import Node, NodeKind, Trail, record_key, worst_of
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import read_shown
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import JUDGED_KINDS, LinkRepository
from regulator_portal.linking.rules.packs import COMMISSIONED
from regulator_portal.mirror.models import EntryVerdict, MirroredEntry
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.register.models import ActedPack, RegisterAct
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.sources.files import Sources

PRESCRIPTION, REVIEW, DISPENSING, SETTLEMENT, LOT, DEMAND = 1, 2, 3, 4, 9, 11
PATHS = {PRESCRIPTION: "prescriptions", DISPENSING: "dispensings", SETTLEMENT: "settlements"}
_PEOPLE = {
    PractitionerRole.DOCTOR: ("Doctor", "医师"),
    PractitionerRole.PHARMACIST: ("Pharmacist", "药师"),
    PractitionerRole.ADJUDICATOR: ("Adjudicator", "审核人员"),
    PractitionerRole.RELEASER: ("Releaser", "放行人员"),
    PractitionerRole.OFFICER: ("Officer", "监管人员"),
    PractitionerRole.CLERK: ("Clerk", "经办人员"),
}
_PACK_CODES = (
    FindingCode.PACK_UNKNOWN_LOT,
    FindingCode.PACK_AFTER_EXPIRY,
    FindingCode.PACK_RECALLED,
    FindingCode.PACK_TOTAL_DIFFERS,
)
_AUTHOR_STEP = 5


class TrailBuilding:
    """Walks from one record to everything under it."""

    def __init__(self, session: Session, clock: Clock, sources: Sources) -> None:
        self._links = LinkRepository(session, clock)
        self._mirror = MirrorRepository(session)
        self._register = RegisterRepository(session)
        self._sources = sources
        self.trail = Trail()

    def build(self, record: LinkedRecord) -> Trail:
        """Build the trail of a record."""
        self._add_record(record, None, ("", ""))
        return self.trail

    def _add_record(self, record: LinkedRecord, above: Node | None, name: tuple[str, str]) -> None:
        node = self._build_record(record, 0 if above is None else above.depth + 1)
        if not self.trail.add(node, above, name):
            return
        self._add_signer(record, node)
        if record.kind == DISPENSING:
            self._add_dispensed(record, node)
        elif record.kind == PRESCRIPTION:
            self._add_backward(record, node, REVIEW, ("was reviewed", "已审方"))
        elif record.kind == LOT:
            self._add_maker(record, node)
        elif record.kind == REVIEW:
            if above is None:
                self._add_forward(record, node)
        else:
            self._add_forward(record, node)

    def _add_forward(self, record: LinkedRecord, node: Node) -> None:
        """Add what a record refers to."""
        for link in self._links.list_links_from(record):
            found = self._find(link.target, link.target_institution, link.kind)
            self._add_record(found, node, _SAID.get(link.role, (link.role, link.role)))

    def _add_dispensed(self, record: LinkedRecord, node: Node) -> None:
        for link in self._links.list_links_from(record):
            found = self._find(link.target, link.target_institution, link.kind)
            self._add_record(found, node, _SAID[link.role])
        use = next(
            (act for act in self._register.list_acts_of(record.commitment) if _is_use(act, record)), None
        )
        for pack in [] if use is None else self._register.list_packs(use):
            self._add_pack(record, node, pack)

    def _add_backward(self, record: LinkedRecord, node: Node, kind: int, name: tuple[str, str]) -> None:
        """Add the records of a kind that refer to a record."""
        for link in self._links.list_links_to(record.commitment):
            found = self._links.find(link.commitment, link.institution)
            if found is not None and found.kind == kind:
                self._add_record(found, node, name)

    def _add_signer(self, record: LinkedRecord, node: Node) -> None:
        if record.signer is None:
            return
        kind = find_kind(record.kind)
        called = ("Signer", "签署者") if kind is None else _PEOPLE[kind.author]
        where = self._name_of(record.institution)
        address = to_hex(record.signer)
        self.trail.add(
            Node(
                key=f"credential:{record.institution}:{record.kind}:{address}",
                kind=NodeKind.CREDENTIAL,
                name=called,
                note=(f"{address[:10]}… {where[0]}", f"{address[:10]}… {where[1]}"),
                verdict=self._judge_signer(record),
                block=node.block,
                depth=node.depth + 1,
                at=record.signed_at,
            ),
            node,
            ("signed by", "签署者"),
        )

    def _add_pack(self, record: LinkedRecord, node: Node, pack: ActedPack) -> None:
        token = to_hex(pack.token)
        units = f"{pack.units_used} / {pack.total_units}"
        found = Node(
            key=f"pack:{token}",
            kind=NodeKind.PACK,
            name=("Pack", "药品"),
            note=(f"{token[:10]}… units {units}", f"{token[:10]}… 单位 {units}"),
            verdict=_judge_pack(record, token),
            block=record.as_of_block,
            depth=node.depth + 1,
            url=f"/packs/{token}",
        )
        if not self.trail.add(found, node, ("handed out", "发出")):
            return
        for lot in self._links.list_lots_of(pack.token):
            if lot.decision == COMMISSIONED:
                self._add_record(lot, found, ("of the lot", "所属批次"))

    def _add_maker(self, record: LinkedRecord, node: Node) -> None:
        name = self._name_of(record.institution)
        maker = Node(
            key=f"maker:{record.institution}",
            kind=NodeKind.MAKER,
            name=("Maker", "生产企业"),
            note=(f"{name[0]} ({record.institution})", f"{name[1]}（{record.institution}）"),
            verdict=node.verdict,
            block=node.block,
            depth=node.depth + 1,
        )
        self.trail.add(maker, node, ("made by", "生产者"))

    def _build_record(self, record: LinkedRecord, depth: int) -> Node:
        kind = find_kind(record.kind)
        name = self._name_of(record.institution)
        commitment = to_hex(record.commitment)
        entry = self._find_entry(record)
        verdict = self._judge(record, entry)
        path = PATHS.get(record.kind, "records")
        lot = "" if record.shown is None else str(read_shown(record.shown).values.get("/body/lot", ""))
        suffix = f" {lot}" if record.kind == LOT and lot else ""
        english, chinese = ("Record", "记录") if kind is None else (kind.name.capitalize(), kind.name_zh)
        return Node(
            key=record_key(record.commitment, record.institution),
            kind=NodeKind.LOT if record.kind == LOT else NodeKind.RECORD,
            name=(english + suffix, chinese + suffix),
            note=(f"{name[0]} ({record.institution})", f"{name[1]}（{record.institution}）"),
            verdict=verdict,
            block=self._find_block(record, entry),
            depth=depth,
            url=f"/{path}/{commitment}",
            at=record.anchored_at,
        )

    def _find_block(self, record: LinkedRecord, entry: MirroredEntry | None) -> int | None:
        """As of which block a verdict holds: evidence without claims names none, but its log does."""
        known = _latest(record.as_of_block, None if entry is None else entry.as_of_block)
        if known is not None or record.log is None:
            return known
        log = self._mirror.find_log(record.log)
        return None if log is None else log.as_of_block

    def _find(self, commitment: bytes, institution: int, kind: int) -> LinkedRecord:
        """Find a record that another refers to; one that isn't known stands as missing."""
        found = self._links.find(commitment, institution)
        if found is not None:
            return found
        entry = next(
            (each for each in self._mirror.list_entries_of(commitment) if each.log >> 32 == institution), None
        )
        return LinkedRecord(
            commitment=commitment,
            institution=institution,
            kind=kind if entry is None else entry.kind,
            log=None if entry is None else entry.log,
            position=None if entry is None else entry.position,
            seen_at=0,
            rulings=[],
        )

    def _find_entry(self, record: LinkedRecord) -> MirroredEntry | None:
        if record.log is None or record.position is None:
            return None
        return self._mirror.find_entry(record.log, record.position)

    def _judge(self, record: LinkedRecord, entry: MirroredEntry | None) -> str:
        """The worst of the evidence and of the rules; of what isn't in a mirrored log nothing can be said."""
        judged = [record.verdict] if record.kind in JUDGED_KINDS and record.judged_at is not None else []
        if entry is None:
            return worst_of(judged) if judged else "could_not_check"
        return worst_of([entry.verdict, *judged])

    def _judge_signer(self, record: LinkedRecord) -> str:
        """A signer whose evidence was proven was entitled; of another no more is said than of the entry."""
        entry = self._find_entry(record)
        if entry is None:
            return EntryVerdict.COULD_NOT_CHECK
        decided_elsewhere = entry.step is not None and entry.step != _AUTHOR_STEP
        return (
            EntryVerdict.PASSED if decided_elsewhere and entry.verdict == EntryVerdict.LATE else entry.verdict
        )

    def _name_of(self, institution: int) -> tuple[str, str]:
        name = self._sources.name_of(institution)
        return name.name_en, name.name_zh


_SAID = {
    "prescription": ("prescription", "处方"),
    "review": ("review", "审方"),
    "dispensing": ("dispensing", "发药"),
    "settlement": ("settlement", "结算"),
    "subject": ("about", "对象"),
    "demand": ("answers", "答复"),
}


def _is_use(act: RegisterAct, record: LinkedRecord) -> bool:
    return act.act == Act.DISPENSE and act.spender == record.institution


def _judge_pack(record: LinkedRecord, token: str) -> str:
    """The worst of the rules about packs that name this one, or that name none."""
    outcomes = []
    for ruling in record.rulings:
        compared = ruling.get("compared")
        if ruling.get("code") not in _PACK_CODES or not isinstance(compared, list):
            continue
        tokens = [value for each in compared if isinstance(each, dict) for value in each.values()]
        is_named = token in tokens
        names_others = ruling.get("code") == FindingCode.PACK_UNKNOWN_LOT and not is_named
        outcomes.append("passed" if names_others else str(ruling.get("outcome")))
    return worst_of(outcomes)


def _latest(*blocks: int | None) -> int | None:
    return max((block for block in blocks if block is not None), default=None)
