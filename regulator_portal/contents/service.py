"""Reading a record's content that was handed over for a demand, from the regulator's own gateway.

Which record was demanded is known from the demand's proven evidence, not from what the gateway says of it.
The content must give that record's commitment (protocol 2), with the key that was handed over; else it is
shown to nobody. Nothing of it is kept; that it was read, by whom, stands in the audit trail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ledger_proofs.canonical import parse_json
from ledger_proofs.commitments import build_commitment
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import JsonValue, RecordKey
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.errors import NotFound
from regulator_portal.audit.service import AuditTrail
from regulator_portal.drilldown.building import DEMAND
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.sources.errors import GatewayFault, NotYet, Withheld
from regulator_portal.sources.files import Sources
from regulator_portal.sources.gateway import MAX_CONTENT_BYTES, Gateways
from regulator_portal.verification.service import Asked

PASSED, FAILED, COULD_NOT_CHECK, PENDING, WITHHELD = (
    "passed",
    "failed",
    "could_not_check",
    "pending",
    "withheld",
)
_MAX_DEPTH = 40


class DemandUnknown(NotFound):
    """The mirror holds no such demand, or its evidence isn't verified yet."""

    code = "demand-unknown"
    title = "No such demand in the mirror"
    title_zh = "镜像中没有该调阅要求"

    def __init__(self) -> None:
        super().__init__(
            "The demand isn't mirrored with its evidence yet: it takes a few seconds after it is final.",
            "该要求及其证据尚未镜像：最终确认后数秒即可。",
        )


@dataclass(frozen=True)
class Content:
    """What came. `record` only where it gives the demanded commitment; `code` says what else it was."""

    demand: str
    commitment: str
    institution: int
    outcome: str
    code: str
    words: tuple[str, str]
    record: JsonValue = None


class ContentService:
    """Reads contents through the gateway of the institution that demanded them."""

    def __init__(self, database: Database, clock: Clock, sources: Sources, gateways: Gateways) -> None:
        self._database = database
        self._clock = clock
        self._sources = sources
        self._gateways = gateways

    def read(self, demand: bytes, asked: Asked) -> Content:
        """Read what was handed over for a demand. Raises DemandUnknown."""
        with self._database.reading() as session:
            links = LinkRepository(session, self._clock)
            found = next((each for each in links.list_of(demand) if each.kind == DEMAND), None)
            subject = None
            if found is not None:
                named = [link for link in links.list_links_from(found) if link.role == "subject"]
                subject = named[0] if named else None
        if found is None or subject is None or found.record_id is None:
            raise DemandUnknown
        content = self._fetch(found, subject.target, subject.target_institution)
        with self._database.writing() as session:
            trail = AuditTrail(session, self._clock, asked.request_id)
            trail.note(asked.actor, "content.read", f"demand:{found.record_id}", {"outcome": content.outcome})
        return content

    def _fetch(self, demand: LinkedRecord, subject: bytes, institution: int) -> Content:
        def say(outcome: str, code: str, words: tuple[str, str], record: JsonValue = None) -> Content:
            named = to_hex(demand.commitment)
            return Content(named, to_hex(subject), institution, outcome, code, words, record)

        source = self._sources.find(demand.institution)
        if source is None or demand.record_id is None:
            words = (
                "The sources file names no gateway of the regulator's own.",
                "来源文件中没有监管机构自己的网关。",
            )
            return say(COULD_NOT_CHECK, "source.missing", words)
        try:
            answer = self._gateways.client_of(source).fetch_content(demand.record_id)
        except NotYet as fault:
            words = ("The demand isn't answered yet.", "该要求尚未答复。")
            return say(PENDING, fault.code, words)
        except Withheld as fault:
            return say(WITHHELD, fault.code, (fault.en, fault.zh))
        except GatewayFault as fault:
            return say(COULD_NOT_CHECK, fault.code, (fault.en, fault.zh))
        return _judge(answer, subject, say)


Saying: TypeAlias = Callable[..., Content]


def _judge(answer: bytes, subject: bytes, say: Saying) -> Content:
    """Say whether what came is the demanded record."""
    unreadable = ("What the gateway answered is no content of a record.", "网关的应答不是记录内容。")
    try:
        given = parse_json(answer, max_bytes=MAX_CONTENT_BYTES, max_depth=_MAX_DEPTH)
        if not isinstance(given, dict):
            return say(FAILED, "content.malformed", unreadable)
        if given.get("decision") == "refused":
            words = ("The institution refused, with its reason, on record.", "该机构已附理由留痕拒绝。")
            return say(WITHHELD, "content.refused", words)
        record, key = given.get("record"), given.get("record_key")
        if not isinstance(record, dict) or not isinstance(key, str):
            return say(FAILED, "content.malformed", unreadable)
        committed = build_commitment(record, RecordKey(bytes.fromhex(key.removeprefix("0x"))))
    except (LedgerProofError, ValueError):
        return say(FAILED, "content.malformed", unreadable)
    if bytes(committed.commitment) != subject:
        words = (
            "What was handed over isn't the demanded record: it gives another commitment. It isn't shown.",
            "所提供的内容并非所要求的记录：其承诺不同，故不予显示。",
        )
        return say(FAILED, "content.differs", words)
    words = ("The content gives the demanded record's commitment.", "内容与所要求记录的承诺一致。")
    return say(PASSED, "passed", words, record)
