"""Rules about packs: of a known lot, within its time, not recalled, with the lot's number of units."""

from datetime import date, datetime

from ledger_chain.register_events import Act
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.linking.disclosing import NotShown
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.rules.book import LOG_UNKNOWN, Book
from regulator_portal.linking.rules.rulings import Ruling, against, compare, passed, unknown
from regulator_portal.linking.rules.uses import NONE
from regulator_portal.register.models import ActedPack, RegisterAct

LOT_KIND = 9
COMMISSIONED, RECALLED = "commissioned", "recalled"


def judge_packs(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge the packs of a dispensing; nothing where none were used."""
    act = next((each for each in book.acts_stated_by(record) if each.act == Act.DISPENSE), None)
    packs = [] if act is None else list(book.packs(act))
    if act is None or not packs:
        return []
    lots = {pack.token: _find_lot(pack.token, book) for pack in packs}
    known = [(pack, lot) for pack in packs if (lot := lots[pack.token]) is not None]
    rulings = [_judge_known(packs, lots, book)]
    for rule in (_judge_expiry, _judge_recall, _judge_total):
        try:
            rulings.append(rule(act, known, book))
        except NotShown as fault:
            rulings.append(unknown(_CODES[rule.__name__], fault.code))
    return rulings


def _find_lot(token: bytes, book: Book) -> LinkedRecord | None:
    """Find the record by which a maker put the pack on the market."""
    found = (lot for lot in book.links.list_lots_of(token) if lot.decision == COMMISSIONED)
    return min(found, key=lambda lot: (lot.anchored_at or 0, lot.commitment), default=None)


def _judge_known(packs: list[ActedPack], lots: dict[bytes, LinkedRecord | None], book: Book) -> Ruling:
    code = FindingCode.PACK_UNKNOWN_LOT
    strange = [pack for pack in packs if lots[pack.token] is None]
    if not strange:
        return passed(code, Comparison("packs of known lots", str(len(packs)), str(len(packs))))
    missing = tuple(Comparison("lot of the pack", to_hex(pack.token), NONE) for pack in strange)
    if not book.knows_all_logs() or book.links.count_hidden(LOT_KIND):
        return unknown(code, LOG_UNKNOWN, *missing)
    return against(code, *missing)


def _judge_expiry(act: RegisterAct, known: list[tuple[ActedPack, LinkedRecord]], book: Book) -> Ruling:
    """Used on the last day at the latest, by the calendar of the portal's zone."""
    code = FindingCode.PACK_AFTER_EXPIRY
    used_on = datetime.fromtimestamp(act.time, book.settings.zone).date()
    after: list[Comparison] = []
    within: list[Comparison] = []
    for _, lot in known:
        last = book.shown(lot).text("/body/expires_on")
        try:
            is_after = used_on > date.fromisoformat(last)
        except ValueError:
            raise NotShown("/body/expires_on") from None
        listed = after if is_after else within
        listed.append(Comparison("last day of the lot, and day of the use", last, used_on.isoformat()))
    return against(code, *after) if after else passed(code, *within)


def _judge_recall(act: RegisterAct, known: list[tuple[ActedPack, LinkedRecord]], book: Book) -> Ruling:
    """No recall of the lot, or of the pack by name, was anchored before the use."""
    code = FindingCode.PACK_RECALLED
    recalled = []
    for pack, lot in known:
        named = {each.commitment for each in book.links.list_lots_of(pack.token)}
        for notice in book.links.list_of_lot(lot.lot_key or ""):
            is_earlier = notice.anchored_at is not None and notice.anchored_at < act.time
            if notice.decision != RECALLED or notice.institution != lot.institution or not is_earlier:
                continue
            if notice.commitment in named or book.shown(notice).count("/body/packs") == 0:
                recalled.append(Comparison("recall before the use", NONE, to_hex(notice.commitment)))
    return against(code, *recalled) if recalled else passed(code)


def _judge_total(act: RegisterAct, known: list[tuple[ActedPack, LinkedRecord]], book: Book) -> Ruling:
    """The stated number of units is the lot's, and the one that was stated first."""
    compared = []
    for pack, lot in known:
        stated = str(pack.total_units)
        units = str(book.shown(lot).number("/body/units_per_pack"))
        compared.append(Comparison("units of the pack, by its lot", units, stated))
        first = book.first_stated_total(pack.token)
        if first is not None:
            compared.append(Comparison("units of the pack, as stated first", str(first), stated))
    return compare(FindingCode.PACK_TOTAL_DIFFERS, compared)


_CODES = {
    "_judge_expiry": FindingCode.PACK_AFTER_EXPIRY,
    "_judge_recall": FindingCode.PACK_RECALLED,
    "_judge_total": FindingCode.PACK_TOTAL_DIFFERS,
}
