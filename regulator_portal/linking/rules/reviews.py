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


def judge_reviews(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge the reviews behind a dispensing."""
    code = FindingCode.REVIEW_MISSING
    try:
        book.shown(record)
        reviews = book.links_from(record, "review")
        prescriptions = book.links_from(record, "prescription")
        if not prescriptions:
            return [unknown(code, NOT_SHOWN)]
        rulings = [_judge_own(record, reviews, prescriptions, book)]
        rulings += [_judge_hospital(link, book) for link in prescriptions]
    except NotShown as fault:
        return [unknown(code, fault.code)]
    differing = next((each for each in rulings if each.is_finding), None)
    unchecked = next((each for each in rulings if each.outcome != "passed"), None)
    if differing is not None or unchecked is not None:
        return [differing or unchecked or rulings[0]]
    return [passed(code, *(compared for each in rulings for compared in each.compared))]


def _judge_own(
    record: LinkedRecord, reviews: list[RecordLink], prescriptions: list[RecordLink], book: Book
) -> Ruling:
    """The review that the dispensing names is its institution's, approves, and is of what was dispensed."""
    code = FindingCode.REVIEW_MISSING
    if not reviews:
        return against(code, Comparison("review that the dispensing names", "a review", NONE))
    named = to_hex(reviews[0].target)
    review = book.find(reviews[0].target, record.institution)
    if review is None:
        missing = Comparison(f"review in the log of institution {record.institution}", named, NONE)
        return (
            against(code, missing)
            if book.knows_log(record.institution)
            else unknown(code, LOG_UNKNOWN, missing)
        )
    decided = book.shown(review).text("/body/decision")
    reviewed = {link.target for link in book.links_from(review, "prescription")}
    of_these = next((link.target for link in prescriptions if link.target in reviewed), None)
    return compare(
        code,
        (
            Comparison("decision of the review at the counter", APPROVED, decided),
            Comparison(
                "prescription that it reviewed",
                to_hex(of_these or prescriptions[0].target),
                to_hex(next(iter(reviewed), b"")),
            )
            if of_these is None
            else Comparison("prescription that it reviewed", to_hex(of_these), to_hex(of_these)),
        ),
    )


def _judge_hospital(link: RecordLink, book: Book) -> Ruling:
    """The hospital that issued the prescription has approved it."""
    code = FindingCode.REVIEW_MISSING
    issuer = link.target_institution
    decisions = list(_list_decisions(link, book))
    if APPROVED in decisions:
        return passed(code, Comparison("decision of the prescribing hospital's review", APPROVED, APPROVED))
    observed = decisions[0] if decisions else NONE
    missing = Comparison("decision of the prescribing hospital's review", APPROVED, observed)
    if not book.knows_log(issuer) or book.links.count_hidden(REVIEW_KIND):
        return unknown(code, LOG_UNKNOWN, missing)
    return against(code, missing)


def _list_decisions(link: RecordLink, book: Book) -> Iterator[str]:
    for back in book.links.list_links_to(link.target, "prescription"):
        if back.institution != link.target_institution:
            continue
        review = book.find(back.commitment, back.institution)
        if review is not None and review.kind == REVIEW_KIND and review.decision is not None:
            yield review.decision
