"""Rules about a settlement: of something dispensed, for the claims that moved, with sums that agree."""

from collections.abc import Iterator

from ledger_chain.register_events import Act
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import NotShown, Shown
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.rules.book import LOG_UNKNOWN, NOT_SHOWN, REGISTER_UNKNOWN, Book
from regulator_portal.linking.rules.rulings import Ruling, compare, unknown
from regulator_portal.linking.rules.uses import NONE, judge_act_there, judge_statement_there, judge_use

SETTLEMENT_KIND = 4
SHARES = ("fund_minor", "account_minor", "cash_minor", "reduced_minor")
TOTALS = ("amount_minor", *SHARES)


def judge_settlement(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge a settlement's record with what was settled by it on chain."""
    acts = [each for each in book.acts_stated_by(record) if each.act == Act.SETTLE]
    rulings: list[Ruling] = []
    if any(each.act == Act.DISPENSE for each in book.acts_stated_by(record)):
        rulings += judge_use(record, book)  # an invoice that was used into it
    if acts:
        code = FindingCode.ACT_WITHOUT_STATEMENT
        rulings.append(judge_statement_there(record, acts[0], SETTLEMENT_KIND, code, book))
    if record.log is None:
        return rulings
    try:
        shown = book.shown(record)
        if not acts and shown.count("/body/claims"):
            rulings.append(judge_act_there(record, Act.SETTLE, book))
        rulings.append(_judge_dispensing(record, book))
        rulings.append(_judge_claims(record, shown, book))
        rulings.append(_judge_sums(record, shown, book))
    except NotShown as fault:
        rulings.append(unknown(FindingCode.SETTLEMENT_SUM_MISMATCH, fault.code))
    return rulings


def _judge_dispensing(record: LinkedRecord, book: Book) -> Ruling:
    """What is settled was dispensed, on chain and on record."""
    code = FindingCode.SETTLEMENT_WITHOUT_DISPENSING
    links = book.links_from(record, "dispensing")
    if not links:
        return unknown(code, NOT_SHOWN)
    link = links[0]
    use = book.use_of(link.target, link.target_institution)
    dispensing = book.find(link.target, link.target_institution)
    acts = [each for each in book.acts_stated_by(record) if each.act == Act.SETTLE]
    named = to_hex(link.target)
    compared = [
        Comparison("use on chain of the dispensing that is settled", named, named if use else NONE),
        Comparison(
            f"dispensing in the log of {link.target_institution}", named, named if dispensing else NONE
        ),
        *(Comparison("dispensing that the chain settled", named, to_hex(each.subject)) for each in acts),
    ]
    if use is None and not book.knows_register:
        return unknown(code, REGISTER_UNKNOWN, *compared)
    if dispensing is None and not book.knows_log(link.target_institution):
        return unknown(code, LOG_UNKNOWN, *compared)
    return compare(code, compared)


def _judge_claims(record: LinkedRecord, shown: Shown, book: Book) -> Ruling:
    """The claims that moved on chain are those of the record."""
    stated = sorted(shown.texts("/body/claims"))
    acts = [each for each in book.acts_stated_by(record) if each.act == Act.SETTLE]
    moved = sorted(to_hex(claim.claim) for act in acts for claim in book.claims(act))
    code = FindingCode.SETTLEMENT_CLAIMS_DIFFER
    if not acts:
        return compare(code, (Comparison("claims settled", str(len(stated)), str(len(stated))),))
    extra = [Comparison("claim settled", NONE, each) for each in moved if each not in stated]
    missing = [Comparison("claim settled", each, NONE) for each in stated if each not in moved]
    count = Comparison("claims settled", str(len(stated)), str(len(moved)))
    return compare(code, (count, *extra, *missing))


def _judge_sums(record: LinkedRecord, shown: Shown, book: Book) -> Ruling:
    code = FindingCode.SETTLEMENT_SUM_MISMATCH
    compared = list(_compare_own(shown))
    links = book.links_from(record, "dispensing")
    dispensing = book.find(links[0].target, links[0].target_institution) if links else None
    if dispensing is None or dispensing.shown is None:
        own = compare(code, compared)
        return own if own.is_finding else unknown(code, NOT_SHOWN, *compared)
    compared += _compare_charges(shown, book.shown(dispensing))
    return compare(code, compared)


def _compare_own(shown: Shown) -> Iterator[Comparison]:
    """Each line's shares add up to its amount, and the totals are the sums of the lines."""
    sums = dict.fromkeys(TOTALS, 0)
    for place in range(shown.count("/body/lines")):
        line = {name: shown.number(f"/body/lines/{place}/{name}") for name in TOTALS}
        shares = sum(line[name] for name in SHARES)
        yield Comparison(f"shares of line {place + 1}", str(line["amount_minor"]), str(shares))
        for name in TOTALS:
            sums[name] += line[name]
    for name in TOTALS:
        yield Comparison(f"total of {name}", str(sums[name]), str(shown.number(f"/body/totals/{name}")))


def _compare_charges(shown: Shown, charged: Shown) -> Iterator[Comparison]:
    """Each settled line is a line of the dispensing's charges, once, at its amount and in its currency."""
    lines = charged.count("/body/charges/lines")
    amounts = [charged.number(f"/body/charges/lines/{place}/amount_minor") for place in range(lines)]
    total = charged.number("/body/charges/total_minor")
    yield Comparison("total of the charges", str(sum(amounts)), str(total))
    yield Comparison("currency", charged.text("/body/charges/currency"), shown.text("/body/currency"))
    settled = [shown.number(f"/body/lines/{place}/line") for place in range(shown.count("/body/lines"))]
    yield Comparison(
        "lines of the charges that are settled",
        ", ".join(map(str, range(lines))),
        ", ".join(map(str, sorted(settled))),
    )
    for place, line in enumerate(settled):
        if line < lines:
            stated = shown.number(f"/body/lines/{place}/amount_minor")
            yield Comparison(f"amount of line {place + 1}", str(amounts[line]), str(stated))
    yield Comparison("amount in all", str(total), str(shown.number("/body/totals/amount_minor")))
