"""Checking packs at a counter: what their maker, the chain and the calendar say, and what policy makes of it.

Makers are asked anew each time, as a lot may be recalled at any moment; what they proved once is kept, so
that they send it once and a counter knows it while they are out of reach. No database session is held while
anybody is waited for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger_api.evidence.foreign import ForeignRecord
from ledger_api.lots.body import COMMISSIONED, RECALLED, LotBody
from ledger_api.lots.models import KnownLot
from ledger_api.lots.repository import KnownLotRepository
from ledger_api.network import Network, NetworkMissing
from ledger_api.packs.codes import parse_codes
from ledger_api.packs.makers import MakerQuestion, MakersAnswer, ask_makers
from ledger_api.packs.policy import PackFlag, Verdict, judge
from ledger_api.parts import Parts
from ledger_api.records.body_parts import Ref, build_ref
from ledger_proofs.claims import PackWord
from ledger_proofs.packs import PackCode, PackForm, pack_token
from ledger_proofs.types import PackToken


@dataclass(frozen=True)
class PackQuery:
    """One scanned pack, and which product it should be, by the prescription's line; None: any."""

    code: str
    code_system: str | None = None
    product_code: str | None = None


@dataclass(frozen=True)
class CheckedPack:
    """What is known of one pack. `total_units` None: neither a lot nor the chain says how many it holds.

    `lot` is the maker's record that commissions it. `is_conclusive` is False where a maker that may know it
    couldn't be asked.
    """

    code: PackCode
    token: PackToken
    verdict: Verdict
    flags: tuple[PackFlag, ...]
    is_conclusive: bool
    lot: KnownLot | None
    lot_number: str | None
    expires_on: str | None
    total_units: int | None
    used_units: int

    @property
    def lot_ref(self) -> Ref | None:
        """How a record names the commissioning."""
        return (
            None if self.lot is None else build_ref(self.lot.issuer, self.lot.record_id, self.lot.commitment)
        )

    @property
    def is_usable(self) -> bool:
        """Whether policy lets it be handed over."""
        return self.verdict is not Verdict.STOPPED


class PackCheck:
    """Checks packs for a tenant's counter."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def check(self, institution: int, queries: Sequence[PackQuery], today: date) -> list[CheckedPack]:
        """Check packs, each once; the answers stand in the order of the questions.

        Raises PackCodesUnreadable (pointers `/codes/<number>/code`), NetworkMissing or ChainSilent.
        """
        parts = self._parts
        if parts.network is None:
            raise NetworkMissing
        codes = parse_codes([query.code for query in queries], below="/code")
        tokens = [pack_token(parts.packs.key, code) for code in codes]
        silent = self._ask_makers(parts.network, institution, tokens)
        with parts.database.reading() as session:
            known = KnownLotRepository(session).list_about(tokens)
        words = parts.network.ask_pack_words(tokens)
        return [
            self._judge(query, code, token, known.get(token, []), words[token], silent, today)
            for query, code, token in zip(queries, codes, tokens, strict=True)
        ]

    def _ask_makers(self, network: Network, institution: int, tokens: Sequence[PackToken]) -> frozenset[int]:
        """Bring what is known of the packs up to date; return who couldn't be asked."""
        parts = self._parts
        with parts.database.reading() as session:
            known = KnownLotRepository(session).list_about(tokens)
        questions = _build_questions(tokens, known, parts.packs.makers.list_all())
        answer = ask_makers(parts.peers, network, institution, questions)
        if answer.lots:
            self._keep(answer)
        return frozenset(answer.silent)

    def _keep(self, answer: MakersAnswer) -> None:
        now = self._parts.clock()
        with self._parts.database.writing() as session:
            repository = KnownLotRepository(session)
            for lot in answer.lots:
                row, tokens = _known_lot(lot, now)
                repository.keep(row, tokens)

    def _judge(
        self,
        query: PackQuery,
        code: PackCode,
        token: PackToken,
        about: Sequence[KnownLot],
        word: PackWord,
        silent: frozenset[int],
        today: date,
    ) -> CheckedPack:
        lot = find_commissioning(about)
        total = lot.units_per_pack if lot is not None else word.total_units or None
        expires_on = _find_expiry(about) or _text(code.expires_on)
        makers = list_makers(about)
        flags = [
            flag
            for flag, is_raised in (
                (PackFlag.UNKNOWN_FORM, code.form is PackForm.OTHER),
                (PackFlag.UNKNOWN, not makers and not silent),
                (PackFlag.UNCONFIRMED, not makers and bool(silent)),
                (PackFlag.CONTESTED, len(makers) > 1),
                (PackFlag.EXPIRED, expires_on is not None and expires_on < today.isoformat()),
                (PackFlag.RECALLED, is_recalled(about)),
                (PackFlag.USED_UP, word.total_units > 0 and word.used >= min(word.total_units, total or 0)),
                (PackFlag.OTHER_PRODUCT, _is_other_product(query, lot)),
            )
            if is_raised
        ]
        return CheckedPack(
            code=code,
            token=token,
            verdict=judge(flags, self._parts.packs.policy),
            flags=tuple(flags),
            is_conclusive=not silent if lot is None else lot.issuer not in silent,
            lot=lot,
            lot_number=lot.lot if lot is not None else code.lot,
            expires_on=expires_on,
            total_units=total,
            used_units=word.used,
        )


def find_commissioning(about: Sequence[KnownLot]) -> KnownLot | None:
    """Return the lot that commissions a pack; None, too, where two makers claim it."""
    found = [lot for lot in about if lot.event == COMMISSIONED]
    return found[0] if len(list_makers(about)) == 1 else None


def _find_expiry(about: Sequence[KnownLot]) -> str | None:
    """The earliest last day that anybody who claims the pack states."""
    return min((lot.expires_on for lot in about if lot.event == COMMISSIONED), default=None)


def list_makers(about: Sequence[KnownLot]) -> set[int]:
    """Return who says to have made a pack."""
    return {lot.issuer for lot in about if lot.event == COMMISSIONED}


def is_recalled(about: Sequence[KnownLot]) -> bool:
    """Whether a maker of the pack called it back; nobody else can speak for it."""
    makers = list_makers(about)
    return any(lot.event == RECALLED and lot.issuer in makers for lot in about)


def _build_questions(
    tokens: Sequence[PackToken], known: Mapping[bytes, Sequence[KnownLot]], makers: Sequence[int]
) -> list[MakerQuestion]:
    """A known pack's maker is asked whether it was recalled since; about an unknown one, every maker."""
    questions = []
    for maker in makers:
        asked = [
            token
            for token in tokens
            if token not in known or any(lot.issuer == maker for lot in known[token])
        ]
        if asked:
            lots = {lot.commitment for token in asked for lot in known.get(token, ()) if lot.issuer == maker}
            questions.append(MakerQuestion(maker, asked, sorted(lots)))
    return questions


def _known_lot(lot: ForeignRecord, now: int) -> tuple[KnownLot, list[bytes]]:
    body = LotBody.model_validate(lot.record.body)
    row = KnownLot(
        commitment=lot.bundle.commitment,
        issuer=lot.record.issuer,
        record_id=lot.record.id,
        event=body.event,
        code_system=body.product.code_system,
        product_code=body.product.code,
        product_name=body.product.name,
        specification=body.product.specification,
        lot=body.lot,
        expires_on=body.expires_on,
        unit=body.unit,
        units_per_pack=body.units_per_pack,
        is_whole=not body.packs,
        verified_at=now,
    )
    return row, [bytes.fromhex(token[2:]) for token in body.packs]


def _is_other_product(query: PackQuery, lot: KnownLot | None) -> bool:
    if lot is None or query.product_code is None:
        return False
    return (query.code_system, query.product_code) != (lot.code_system, lot.product_code)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
