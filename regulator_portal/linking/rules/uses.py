"""Rules about a dispensing: the use on chain and its signed record belong together (protocol 8)."""

from ledger_chain.register_events import Act
from ledger_proofs.bounded_time import verify_bounded_time
from ledger_proofs.errors import CannotCheck, RecordLate
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.rules.book import LOG_UNKNOWN, REGISTER_UNKNOWN, Book
from regulator_portal.linking.rules.rulings import Ruling, against, awaited, compare, passed, unknown
from regulator_portal.register.models import RegisterAct

NONE = "none"
REFUSAL_KIND = 8


def judge_statement_there(
    record: LinkedRecord, act: RegisterAct, kind: int, code: FindingCode, book: Book
) -> Ruling:
    """The signed record that is to state an act stands in its institution's log."""
    if record.log is not None:
        named = Comparison("kind of the record that states the act", str(kind), str(record.kind))
        return compare(code, (named,))
    missing = (
        Comparison(f"record in the log of institution {record.institution}", to_hex(record.commitment), NONE),
        Comparison("block of the act", str(act.block_number), str(act.block_number)),
    )
    due = act.time + book.settings.record_grace_seconds
    if book.now <= due:
        return awaited(code, due + 1, *missing)
    if not book.knows_log(record.institution):
        return unknown(code, LOG_UNKNOWN, *missing)
    return against(code, *missing)


def judge_act_there(record: LinkedRecord, act: Act, book: Book) -> Ruling:
    """What a record states was done on chain, or its refusal is on record."""
    code = FindingCode.RECORD_WITHOUT_USE
    done = [each for each in book.acts_stated_by(record) if each.act == act]
    if done:
        same = str(done[0].block_number)
        return passed(code, Comparison("block of the act on chain", same, same))
    if book.has_refusal(record, act) or _has_refusal_record(record, book):
        return passed(code, Comparison("act on chain", "refused", "refused"))
    missing = (Comparison(f"{act.value} on chain, stated by the record", to_hex(record.commitment), NONE),)
    due = (record.anchored_at or record.seen_at) + book.settings.record_grace_seconds
    if book.now <= due:
        return awaited(code, due + 1, *missing)
    if not book.knows_register:
        return unknown(code, REGISTER_UNKNOWN, *missing)
    return against(code, *missing)


def _has_refusal_record(record: LinkedRecord, book: Book) -> bool:
    """Whether the institution itself has put on record that the dispensing was refused."""
    return any(
        link.institution == record.institution
        for link in book.links.list_links_to(record.commitment, "dispensing")
        if (found := book.find(link.commitment, link.institution)) is not None and found.kind == REFUSAL_KIND
    )


def judge_use(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge a dispensing against its use on chain."""
    act = next((each for each in book.acts_stated_by(record) if each.act == Act.DISPENSE), None)
    if act is None:
        return [judge_act_there(record, Act.DISPENSE, book)]
    kind = KINDS[act.kind]
    rulings = [judge_statement_there(record, act, kind.used_into, FindingCode.USE_WITHOUT_RECORD, book)]
    if record.log is not None:
        rulings += [_judge_terms(record, act), _judge_time(record, act, book)]
    rulings.append(_judge_claims(act, book))
    return rulings


def _judge_terms(record: LinkedRecord, act: RegisterAct) -> Ruling:
    """The record's entry binds the use hash that the register took."""
    expected = "0x" + (act.use_hash or b"").hex()
    return compare(
        FindingCode.USE_DIFFERS, (Comparison("use hash", expected, "0x" + (record.terms or b"").hex()),)
    )


def _judge_time(record: LinkedRecord, act: RegisterAct, book: Book) -> Ruling:
    """The record was anchored within the record window after the use, or an outage excuses it."""
    code = FindingCode.USE_RECORD_LATE
    window = KINDS[act.kind].record_window_seconds
    anchored_at = record.anchored_at
    if anchored_at is None:
        return unknown(code, LOG_UNKNOWN)
    compared = (
        Comparison("time of the use", str(act.time), str(act.time)),
        Comparison("anchored at the latest", str(act.time + window), str(anchored_at)),
    )
    if anchored_at <= act.time + window:
        return passed(code, *compared)
    try:
        outages = book.outages(record.institution)
        verify_bounded_time(act.time, anchored_at, window, institution=record.institution, outages=outages)
    except CannotCheck as fault:
        return unknown(code, fault.code, *compared)
    except RecordLate:
        return against(code, *compared)
    return passed(code, *compared)


def _judge_claims(act: RegisterAct, book: Book) -> Ruling:
    """Every claim that was used is one of a mirrored entry."""
    code = FindingCode.USE_UNKNOWN_CLAIM
    claims = book.claims(act)
    strange = [each.claim for each in claims if book.links.find_origin(each.claim) is None]
    if not strange:
        return passed(code, Comparison("claims of mirrored entries", str(len(claims)), str(len(claims))))
    missing = tuple(Comparison("claim of a mirrored entry", to_hex(each), NONE) for each in strange)
    if not book.knows_all_logs():
        return unknown(code, LOG_UNKNOWN, *missing)
    return against(code, *missing)
