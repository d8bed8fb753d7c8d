"""Lists of records of one kind: filters in the URL, rows, paging by keyset. Pages and API read them alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ledger_proofs.json_members import to_hex
from regulator_portal.drilldown.building import DISPENSING, SETTLEMENT
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository, RecordFilter
from regulator_portal.linking.rules.rulings import COULD_NOT_CHECK, PENDING
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.pages.filters import FilterInvalid, Option, read_number, read_option
from regulator_portal.pages.link_wording import say_decision
from regulator_portal.pages.meaning import Both
from regulator_portal.parts import Parts

_CURSOR = re.compile(r"([0-9]{1,12})-([0-9a-f]{64})")
Cursor = tuple[int, bytes]
LINK_VERDICTS: Sequence[Option] = (
    ("passed", "passed", "通过"),
    ("failed", "failed", "不通过"),
    ("late", "late", "迟到"),
    ("could_not_check", "could not check", "无法核验"),
    ("pending", "awaited", "待定"),
)
SETTLEMENT_DECISIONS: Sequence[Option] = (
    ("accepted", "accepted", "全额结算"),
    ("reduced", "reduced", "核减"),
    ("refused", "refused", "拒付"),
)


@dataclass(frozen=True)
class ListOf:
    """One of the lists: its kind of record, its address, who acts and who is on the other side."""

    kind: int
    path: str
    title: Both
    actor: Both
    counterpart: Both
    has_decision: bool


SETTLEMENTS = ListOf(
    SETTLEMENT,
    "settlements",
    ("Settlements", "结算"),
    ("Payer", "付费方"),
    ("Dispensed by", "发药机构"),
    True,
)
DISPENSINGS = ListOf(
    DISPENSING,
    "dispensings",
    ("Dispensings", "发药"),
    ("Dispensed by", "发药机构"),
    ("Payer", "付费方"),
    False,
)


@dataclass(frozen=True)
class RecordFilters:
    """The filters as they stand in the URL; days are of the portal's zone."""

    institution: str = ""
    counterpart: str = ""
    decision: str = ""
    verdict: str = ""
    first_day: str = ""
    last_day: str = ""

    @property
    def is_set(self) -> bool:
        """Whether any is set."""
        return any(
            (self.institution, self.counterpart, self.decision, self.verdict, self.first_day, self.last_day)
        )

    def as_query(self) -> dict[str, str | int | None]:
        """Return them as they stand in the URL."""
        return {
            "institution": self.institution,
            "counterpart": self.counterpart,
            "decision": self.decision,
            "verdict": self.verdict,
            "from": self.first_day,
            "to": self.last_day,
        }


@dataclass(frozen=True)
class RecordRow:
    """One record of a list. `evidence` is the verdict on its entry, `verdict` that of the rules."""

    commitment: str
    url: str
    institution: int
    name: Both
    counterpart: Both | None
    counterpart_number: int | None
    decision: str | None
    decision_words: Both
    amount_minor: int | None
    fund_minor: int | None
    currency: str | None
    seen_at: int
    is_logged: bool
    evidence: str
    verdict: str
    record_id: str | None
    as_of_block: int | None


def read_record_filter(listed: ListOf, filters: RecordFilters, parts: Parts) -> RecordFilter:
    """Read the filters of a URL. Raises FilterInvalid."""
    first, last = _read_day("from", filters.first_day), _read_day("to", filters.last_day)
    zone = ZoneInfo(parts.settings.zone)

    def begin(day: date) -> int:
        return int(datetime.combine(day, time(), zone).timestamp())

    return RecordFilter(
        kind=listed.kind,
        institution=read_number("institution", filters.institution),
        counterpart=read_number("counterpart", filters.counterpart),
        decision=read_option("decision", filters.decision, [value for value, _, _ in SETTLEMENT_DECISIONS]),
        verdict=read_option("verdict", filters.verdict, [value for value, _, _ in LINK_VERDICTS]),
        seen_from=None if first is None else begin(first),
        seen_before=None if last is None else begin(last + timedelta(days=1)),
    )


def list_rows(
    session: Session, parts: Parts, listed: ListOf, wanted: RecordFilter, before: Cursor | None, limit: int
) -> list[RecordRow]:
    """List rows, the latest first."""
    found = LinkRepository(session, parts.clock).list_page(wanted, before, limit)
    mirror = MirrorRepository(session)
    return [_build_row(record, parts, listed, mirror) for record in found]


def write_cursor(row: RecordRow) -> str:
    """Write where the next page begins."""
    return f"{row.seen_at}-{row.commitment[2:]}"


def read_cursor(given: str) -> Cursor | None:
    """Read where a page begins. Raises FilterInvalid."""
    if not given:
        return None
    found = _CURSOR.fullmatch(given)
    if found is None:
        raise FilterInvalid("cursor", "isn't a cursor of this list", "不是本列表的游标")
    return int(found.group(1)), bytes.fromhex(found.group(2))


def _read_day(name: str, given: str) -> date | None:
    if not given.strip():
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise FilterInvalid(name, "must be a day as in 2026-11-22", "须为形如 2026-11-22 的日期") from None


def _build_row(record: LinkedRecord, parts: Parts, listed: ListOf, mirror: MirrorRepository) -> RecordRow:
    name = parts.sources.name_of(record.institution)
    other = None if record.counterpart is None else parts.sources.name_of(record.counterpart)
    entry = None
    if record.log is not None and record.position is not None:
        entry = mirror.find_entry(record.log, record.position)
    commitment = to_hex(record.commitment)
    return RecordRow(
        commitment=commitment,
        url=f"/{listed.path}/{commitment}",
        institution=record.institution,
        name=(name.name_en, name.name_zh),
        counterpart=None if other is None else (other.name_en, other.name_zh),
        counterpart_number=record.counterpart,
        decision=record.decision,
        decision_words=say_decision(record.decision),
        amount_minor=record.amount_minor,
        fund_minor=record.fund_minor,
        currency=record.currency,
        seen_at=record.seen_at,
        is_logged=record.log is not None,
        evidence=COULD_NOT_CHECK if entry is None else entry.verdict,
        verdict=record.verdict if record.judged_at is not None else PENDING,
        record_id=record.record_id,
        as_of_block=record.as_of_block,
    )
