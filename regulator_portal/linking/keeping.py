"""Keeping what proven evidence disclosed of a record: its members, its references, a lot's packs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from ledger_proofs.bundles import Bundle
from ledger_proofs.kinds import find_kind
from ledger_proofs.types import JsonValue
from ledger_web.clock import Clock
from regulator_portal.linking.disclosing import NotShown, Shown, select_members
from regulator_portal.linking.models import LinkedRecord, RecordLink
from regulator_portal.linking.repository import LinkRepository

REFERENCES = {
    2: (("prescription", 1),),
    3: (("review", 2),),
    4: (("dispensing", 3),),
    5: (("prescription", 1),),
    6: (("dispensing", 3),),
    7: (("settlement", 4), ("dispensing", 3)),
    8: (("prescription", 1), ("dispensing", 3)),
    11: (("subject", 0),),
    12: (("demand", 11), ("subject", 0)),
}
"""To what each kind refers: member of the body, and the kind of what it names (0: any)."""
_PACKS = "/body/packs/"


@dataclass(frozen=True)
class Disclosed:
    """What one entry's proven evidence says of its record."""

    commitment: bytes
    institution: int
    kind: int
    log: int
    position: int
    anchored_at: int
    terms: bytes
    signer: bytes
    signed_at: int
    shown: Shown


def read_disclosed(bundle: Bundle) -> Disclosed:
    """Read a bundle whose steps have passed."""
    return Disclosed(
        bytes(bundle.commitment),
        int(bundle.authorship.institution),
        bundle.entry.kind,
        int(bundle.inclusion.log),
        bundle.inclusion.index,
        bundle.checkpoint.anchored_at,
        bytes(bundle.entry.terms),
        bytes(bundle.authorship.signer),
        bundle.authorship.signed_at,
        select_members(bundle.entry.kind, bundle.disclosure),
    )


def keep_disclosed(session: Session, clock: Clock, found: Disclosed) -> None:
    """Keep it with its record. What was proven against a commitment stays true: nothing is taken back."""
    links = LinkRepository(session, clock)
    row = links.find(found.commitment, found.institution)
    if row is None:
        row = LinkedRecord(
            commitment=found.commitment,
            institution=found.institution,
            kind=found.kind,
            seen_at=found.anchored_at,
            rulings=[],
        )
    if row.log is None:
        row.log, row.position, row.kind = found.log, found.position, found.kind
        row.anchored_at, row.terms = found.anchored_at, found.terms
    if row.kind != found.kind:
        return  # another entry of the same commitment was first: that one is judged
    row.signer, row.signed_at = found.signer, found.signed_at
    tokens = _list_tokens(found)
    row.shown = _strip_packs(found).as_json()
    _read_columns(row, found.shown)
    links.note_shown(row, list(_list_links(found)), tokens)


def _list_links(found: Disclosed) -> Iterator[RecordLink]:
    if found.kind == 3:
        for place in range(found.shown.count("/body/prescriptions")):
            link = _build_link(found, f"prescriptions/{place}", "prescription", place, 1)
            if link is not None:
                yield link
    for member, kind in REFERENCES.get(found.kind, ()):
        link = _build_link(found, member, member, 0, kind)
        if link is not None:
            yield link


def _build_link(found: Disclosed, member: str, role: str, place: int, kind: int) -> RecordLink | None:
    try:
        target = _read_hash(found.shown.text(f"/body/{member}/commitment"))
        institution = found.shown.number(f"/body/{member}/institution")
    except NotShown:
        return None
    if target is None:
        return None
    return RecordLink(
        commitment=found.commitment,
        institution=found.institution,
        role=role,
        place=place,
        target=target,
        target_institution=institution,
        kind=kind,
    )


def _list_tokens(found: Disclosed) -> Sequence[bytes]:
    if found.kind != 9:
        return ()
    listed = (value for pointer, value in found.shown.values.items() if pointer.startswith(_PACKS))
    return [token for each in listed if (token := _read_hash(each)) is not None]


def _strip_packs(found: Disclosed) -> Shown:
    """A lot's packs have a table of their own."""
    if found.kind != 9:
        return found.shown
    kept = {name: value for name, value in found.shown.values.items() if not name.startswith(_PACKS)}
    return Shown(kept, found.shown.hidden)


def _read_hash(value: JsonValue) -> bytes | None:
    if not isinstance(value, str) or len(value) != 66 or not value.startswith("0x"):
        return None
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        return None


def _read_columns(row: LinkedRecord, shown: Shown) -> None:
    """Copy what lists are filtered and added up by."""
    values = shown.values
    row.record_id = _text(values.get("/id"), 36)
    row.decision = _text(values.get("/body/decision") or values.get("/body/event"), 40)
    row.currency = _text(values.get("/body/currency") or values.get("/body/charges/currency"), 3)
    row.amount_minor = _number(
        values.get("/body/totals/amount_minor", values.get("/body/charges/total_minor"))
    )
    row.fund_minor = _number(values.get("/body/totals/fund_minor"))
    row.counterpart = _find_counterpart(row.kind, shown)
    if row.kind == 9:
        product = [str(values.get(f"/body/product/{name}", "")) for name in ("code_system", "code")]
        row.lot_key = "|".join([*product, str(values.get("/body/lot", ""))])[:300]


def _find_counterpart(kind: int, shown: Shown) -> int | None:
    """Find the institution on the other side: a use's payer, else whose record is referred to."""
    if kind == 3:
        return _number(shown.values.get("/body/use/payer"))
    named = find_kind(kind)
    members = [member for member, _ in REFERENCES.get(kind, ())] if named is not None else []
    found = (_number(shown.values.get(f"/body/{member}/institution")) for member in members)
    return next((each for each in found if each is not None), None)


def _text(value: JsonValue, most: int) -> str | None:
    return value[:most] if isinstance(value, str) else None


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
