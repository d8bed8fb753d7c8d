"""Rules about void, restore and reversal: a signed record states the act, and states what was done."""

from dataclasses import dataclass

from ledger_chain.register_events import Act
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import NotShown, Shown
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.rules.book import Book
from regulator_portal.linking.rules.rulings import Ruling, compare, passed, unknown
from regulator_portal.linking.rules.uses import NONE, judge_act_there, judge_statement_there
from regulator_portal.register.models import RegisterAct


@dataclass(frozen=True)
class Stating:
    """Which act a kind of record states, and under which member it names what the act is about."""

    act: Act
    member: str


STATING = {
    5: Stating(Act.VOID, "prescription"),
    6: Stating(Act.RESTORE, "dispensing"),
    7: Stating(Act.REVERSE, "dispensing"),
}


def judge_statement(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge a void, a restore or a reversal."""
    stating = STATING[record.kind]
    acts = [each for each in book.acts_stated_by(record) if each.act == stating.act]
    if not acts:
        return [judge_act_there(record, stating.act, book)]
    code = FindingCode.ACT_WITHOUT_STATEMENT
    rulings = [judge_statement_there(record, acts[0], record.kind, code, book)]
    if record.log is None:
        return rulings
    try:
        shown = book.shown(record)
        rulings += [_judge_content(record, shown, stating, act, book) for act in acts]
        reason = shown.find("/body/reason")
        rulings += [judge_reason(FindingCode.ACT_DIFFERS, str(reason), act) for act in acts if reason]
    except NotShown as fault:
        rulings.append(unknown(FindingCode.ACT_DIFFERS, fault.code))
    return rulings


def judge_reason(code: FindingCode, reason: str | None, act: RegisterAct) -> Ruling:
    """The reason on chain is the record's, in ASCII, padded with zeros; where it gives one at all."""
    on_chain = act.reason.rstrip(b"\x00")
    if not on_chain or reason is None:
        return passed(code)
    return compare(code, (Comparison("reason of the act", reason, on_chain.decode("ascii", "replace")),))


def _judge_content(
    record: LinkedRecord, shown: Shown, stating: Stating, act: RegisterAct, book: Book
) -> Ruling:
    named = shown.text(f"/body/{stating.member}/commitment")
    compared = [Comparison("record that the act is about", named, to_hex(act.subject))]
    claims = book.claims(act)
    if stating.act == Act.VOID:
        # Counted from 1, as people see claims everywhere.
        places = range(shown.count("/body/ordinals"))
        ordinals = sorted(shown.number(f"/body/ordinals/{n}") + 1 for n in places)
        done = sorted((each.ordinal or 0) + 1 for each in claims)
        compared.append(Comparison("claims taken back", _join(ordinals), _join(done)))
    if stating.act == Act.REVERSE:
        stated = sorted(shown.texts("/body/claims"))
        moved = sorted(to_hex(each.claim) for each in claims)
        compared.append(Comparison("claims reversed", str(len(stated)), str(len(moved))))
        compared += [Comparison("claim reversed", each, NONE) for each in stated if each not in moved]
        compared += [Comparison("claim reversed", NONE, each) for each in moved if each not in stated]
    return compare(FindingCode.ACT_DIFFERS, compared)


def _join(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or NONE
