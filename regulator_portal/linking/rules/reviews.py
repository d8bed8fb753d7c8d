"""Rule about reviews: what was dispensed was approved, by the prescribing hospital and at the counter."""

from collections.abc import Iterator

from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import NotShown
from regulator_portal.linking.models import LinkedRecord, RecordLink
from regulator_portal.linking.rules.book import LOG_UNKNOWN, NOT_SHOWN, Book
from regulator_portal.linking.rules.rulings import Ruling, against, compare, passed, unknown
from regulator_portal.linking.rules.uses import NONE

REVIEW_KIND = 2
APPROVED = "approved"
COUNTER = "decision of the review at the counter"
PRESCRIBER = "decision of the prescribing hospital's review"


def judge_reviews(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge the reviews behind a dispensing: of each prescription one at the counter, one of its hospital."""
    code = FindingCode.REVIEW_MISSING
    try:
        book.shown(record)
        reviews = book.links_from(record, "review")
        prescriptions = book.links_from(record, "prescription")
        if not prescriptions:
            return [unknown(code, NOT_SHOWN)]
        rulings = [_judge_named(record, reviews, book)]
        for link in prescriptions:
            rulings.append(_judge_reviewed(link, record.institution, COUNTER, book))
            rulings.append(_judge_reviewed(link, link.target_institution, PRESCRIBER, book))
    except NotShown as fault:
        return [unknown(code, fault.code)]
    return rulings


def _judge_named(record: LinkedRecord, reviews: list[RecordLink], book: Book) -> Ruling:
    """The review that the dispensing names stands in its institution's log, and approves."""
    code = FindingCode.REVIEW_MISSING
    if not reviews:
        return against(code, Comparison("review that the dispensing names", "a review", NONE))
    named = to_hex(reviews[0].target)
    review = book.find(reviews[0].target, record.institution)
    if review is None:
        missing = Comparison(f"review in the log of institution {record.institution}", named, NONE)
        is_known = book.knows_log(record.institution)
        return against(code, missing) if is_known else unknown(code, LOG_UNKNOWN, missing)
    decided = book.shown(review).text("/body/decision")
    return compare(code, (Comparison("decision of the review that the dispensing names", APPROVED, decided),))


def _judge_reviewed(link: RecordLink, institution: int, whose: str, book: Book) -> Ruling:
    """An institution has approved a prescription."""
    code = FindingCode.REVIEW_MISSING
    decisions = list(_list_decisions(link, institution, book))
    if APPROVED in decisions:
        return passed(code, Comparison(whose, APPROVED, APPROVED))
    observed = decisions[0] if decisions else NONE
    missing = Comparison(whose, APPROVED, observed)
    if not book.knows_log(institution) or book.links.count_hidden(REVIEW_KIND):
        return unknown(code, LOG_UNKNOWN, missing)
    return against(code, missing)


def _list_decisions(link: RecordLink, institution: int, book: Book) -> Iterator[str]:
    for back in book.links.list_links_to(link.target, "prescription"):
        if back.institution != institution:
            continue
        review = book.find(back.commitment, back.institution)
        if review is not None and review.kind == REVIEW_KIND and review.decision is not None:
            yield review.decision
