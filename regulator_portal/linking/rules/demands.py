"""Rule about a demand: it is answered, by a signed access record, until the time that it names."""

from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.records import parse_utc_time
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import NotShown
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.rules.book import LOG_UNKNOWN, NOT_SHOWN, Book
from regulator_portal.linking.rules.rulings import Ruling, against, awaited, passed, unknown
from regulator_portal.linking.rules.uses import NONE

ACCESS_KIND = 12


def judge_demand(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge whether a demand was answered; a refusal with its reason is an answer too."""
    code = FindingCode.CONTENT_WITHHELD
    try:
        shown = book.shown(record)
        answer_by = parse_utc_time(shown.text("/body/answer_by"), "/body/answer_by")
        asked = shown.number("/body/subject/institution")
    except (NotShown, MalformedInput):
        return [unknown(code, NOT_SHOWN)]
    for link in book.links.list_links_to(record.commitment, "demand"):
        access = book.find(link.commitment, link.institution)
        if access is not None and access.kind == ACCESS_KIND and access.institution == asked:
            answered = to_hex(access.commitment)
            return [passed(code, Comparison("access record that answers the demand", answered, answered))]
    missing = Comparison(f"access record in the log of institution {asked}", to_hex(record.commitment), NONE)
    if book.now <= answer_by:
        return [awaited(code, answer_by + 1, missing)]
    if not book.knows_log(asked) or book.links.count_hidden(ACCESS_KIND):
        return [unknown(code, LOG_UNKNOWN, missing)]
    return [against(code, missing)]
