"""Commissioning and recalling lots: what the codes, and the manufacturer's earlier records, allow."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.lots.body import COMMISSIONED, RECALLED, LotBody, Product
from ledger_api.lots.errors import (
    LotDiffers,
    LotNotCommissioned,
    PackCodesContradict,
    PacksNamedBefore,
    PacksNotOfLot,
)
from ledger_api.lots.repository import LotRepository
from ledger_api.lots.schemas import LotRequest
from ledger_api.packs.codes import parse_codes
from ledger_api.records.body_checks import body_as_json, build_checked_body
from ledger_api.records.body_parts import Staff
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.packs import PackCode, pack_token
from ledger_web.errors import FieldProblem

LOT: Final = KINDS[9]
LOTS: Final = Noun(LOT, "lots", "批次")
_DETAILS: Final = ("product", "made_on", "expires_on", "unit", "units_per_pack")


@dataclass(frozen=True)
class Releasing:
    """The releasing of lots within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session
    key_wrapper: KeyWrapper
    pack_key: bytes

    def prepare(self, releaser: Author, request: LotRequest) -> Prepared:
        """Make the lot record that the releaser may sign.

        Raises PackCodesUnreadable, RecordInvalid or what is in `errors.py`, or what the signing of any
        record does.
        """
        codes = parse_codes(request.codes)
        _verify_labels(request, codes)
        tokens = [pack_token(self.pack_key, code) for code in codes]
        members = request.model_dump(exclude={"codes", "product"}, exclude_none=True)
        body = build_checked_body(
            LotBody,
            {
                **members,
                "product": Product(**request.product.model_dump()),
                "packs": tuple(to_hex(token) for token in sorted(tokens)),
                "releaser": Staff(name=releaser.person.display_name, code=releaser.code),
            },
        )
        self._verify_history(releaser.institution.number, body, tokens)
        return self.signing.prepare(releaser, LOT, body_as_json(body))

    def keep(self, issued: Issued) -> None:
        """Note which packs a new lot record names. Raises PacksNamedBefore: another was signed meanwhile."""
        body = read_lot(self.key_wrapper, issued.record)
        tokens = [bytes.fromhex(token[2:]) for token in body.packs]
        lots = LotRepository(self.session)
        _refuse_packs(
            lots.find_named(issued.record.institution, body.event, tokens),
            tokens,
            lambda faults: PacksNamedBefore(body.event, faults),
        )
        lots.add(issued.record, body)

    def _verify_history(self, institution: int, body: LotBody, tokens: Sequence[bytes]) -> None:
        lots = LotRepository(self.session)
        earlier = lots.list_commissionings(institution, body.product.code_system, body.product.code, body.lot)
        if not earlier and body.event == RECALLED:
            raise LotNotCommissioned
        if earlier:
            first = read_lot(self.key_wrapper, earlier[0])
            differing = [name for name in _DETAILS if getattr(first, name) != getattr(body, name)]
            if differing:
                raise LotDiffers(differing)
        if body.event != COMMISSIONED:
            strangers = set(tokens) - lots.find_packs_of([each.id for each in earlier], tokens)
            _refuse_packs(strangers, tokens, PacksNotOfLot)
        named = lots.find_named(institution, body.event, tokens)
        _refuse_packs(named, tokens, lambda faults: PacksNamedBefore(body.event, faults))


def read_lot(key_wrapper: KeyWrapper, record: StoredRecord) -> LotBody:
    """Open a lot record of one's own. Raises ContentErased, or what the vault does."""
    return LotBody.model_validate(open_record(key_wrapper, record).record.body)


def _verify_labels(request: LotRequest, codes: Sequence[PackCode]) -> None:
    """What a GS1 code says of lot and expiry has to be what the lot says."""
    faults: list[FieldProblem] = []
    for number, code in enumerate(codes):
        if code.lot is not None and code.lot != request.lot:
            faults.append(FieldProblem(f"/codes/{number}", "states another lot", "所载批号不同"))
        if code.expires_on is not None and code.expires_on.isoformat() != request.expires_on:
            faults.append(FieldProblem(f"/codes/{number}", "states another expiry", "所载有效期不同"))
    if faults:
        raise PackCodesContradict(faults)


def _refuse_packs(
    refused: Collection[bytes],
    tokens: Sequence[bytes],
    build_refusal: Callable[[list[FieldProblem]], Exception],
) -> None:
    faults = [
        FieldProblem(f"/codes/{number}", "is not taken here", "此包装不予受理")
        for number, token in enumerate(tokens)
        if token in refused
    ]
    if faults:
        raise build_refusal(faults)
