"""Queries about lots and the packs in them: a tenant's own, and known ones of others."""

from collections.abc import Collection, Sequence

from sqlalchemy import insert
from sqlmodel import Session, col, select

from ledger_api.lots.body import COMMISSIONED, RECALLED, LotBody
from ledger_api.lots.models import KnownLot, KnownPack, Lot, LotPack
from ledger_api.records.models import StoredRecord


class LotRepository:
    """A tenant's own lots, within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: StoredRecord, body: LotBody) -> None:
        """Note which packs a new lot record names."""
        self._session.add(
            Lot(
                record_id=record.id,
                institution=record.institution,
                event=body.event,
                code_system=body.product.code_system,
                product_code=body.product.code,
                lot=body.lot,
                is_whole=not body.packs,
            )
        )
        self._session.flush()
        rows = [
            {
                "institution": record.institution,
                "event": body.event,
                "token": bytes.fromhex(token[2:]),
                "record_id": record.id,
            }
            for token in body.packs
        ]
        if rows:
            self._session.connection().execute(insert(LotPack), rows)

    def find_named(self, institution: int, event: str, tokens: Collection[bytes]) -> set[bytes]:
        """Return which of these packs a tenant's records of an event name."""
        wanted = select(LotPack.token).where(
            LotPack.institution == institution, LotPack.event == event, col(LotPack.token).in_(tokens)
        )
        return set(self._session.exec(wanted).all())

    def find_packs_of(self, record_ids: Collection[str], tokens: Collection[bytes]) -> set[bytes]:
        """Return which of these packs some records name."""
        wanted = select(LotPack.token).where(
            col(LotPack.record_id).in_(record_ids), col(LotPack.token).in_(tokens)
        )
        return set(self._session.exec(wanted).all())

    def list_commissionings(
        self, institution: int, code_system: str, product_code: str, lot: str
    ) -> Sequence[StoredRecord]:
        """Return the records by which a tenant commissioned a lot; a large one has several."""
        return self._list(institution, COMMISSIONED, code_system, product_code, lot)

    def list_about(self, institution: int, tokens: Collection[bytes]) -> Sequence[StoredRecord]:
        """Return the records that say anything of these packs: by name, or as a recall of their whole lot."""
        found: dict[str, StoredRecord] = {}
        named = (
            select(StoredRecord, Lot)
            .join(Lot, col(Lot.record_id) == col(StoredRecord.id))
            .where(
                col(StoredRecord.id).in_(
                    select(LotPack.record_id).where(
                        LotPack.institution == institution, col(LotPack.token).in_(tokens)
                    )
                )
            )
        )
        for record, lot in self._session.exec(named).all():
            found[record.id] = record
            if lot.event == COMMISSIONED:
                recalls = self._list(institution, RECALLED, lot.code_system, lot.product_code, lot.lot, True)
                found |= {each.id: each for each in recalls}
        return list(found.values())

    def _list(
        self,
        institution: int,
        event: str,
        code_system: str,
        product_code: str,
        lot: str,
        is_whole: bool | None = None,
    ) -> Sequence[StoredRecord]:
        wanted = (
            select(StoredRecord)
            .join(Lot, col(Lot.record_id) == col(StoredRecord.id))
            .where(
                Lot.institution == institution,
                Lot.event == event,
                Lot.code_system == code_system,
                Lot.product_code == product_code,
                Lot.lot == lot,
            )
            .order_by(col(StoredRecord.sequence))
        )
        if is_whole is not None:
            wanted = wanted.where(Lot.is_whole == is_whole)
        return self._session.exec(wanted).all()


class KnownLotRepository:
    """Other institutions' lots that were verified here, within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, lot: KnownLot, tokens: Collection[bytes]) -> None:
        """Keep a verified lot and its packs; one that is kept already stays as it is."""
        if self._session.get(KnownLot, lot.commitment) is not None:
            return
        self._session.add(lot)
        self._session.flush()
        rows = [{"commitment": lot.commitment, "token": token} for token in tokens]
        if rows:
            self._session.connection().execute(insert(KnownPack), rows)

    def list_about(self, tokens: Collection[bytes]) -> dict[bytes, list[KnownLot]]:
        """Return, by pack, the known lots that say anything of it: by name, or as a recall of its lot."""
        wanted = (
            select(KnownPack.token, KnownLot)
            .join(KnownLot, col(KnownLot.commitment) == col(KnownPack.commitment))
            .where(col(KnownPack.token).in_(tokens))
            .order_by(col(KnownLot.verified_at))
        )
        found: dict[bytes, list[KnownLot]] = {}
        for token, lot in self._session.exec(wanted).all():
            found.setdefault(token, []).append(lot)
        recalls: dict[tuple[int, str, str, str], Sequence[KnownLot]] = {}
        for about in found.values():
            for lot in [each for each in about if each.event == COMMISSIONED]:
                name = (lot.issuer, lot.code_system, lot.product_code, lot.lot)
                if name not in recalls:
                    recalls[name] = self._list_whole_recalls(*name)
                about.extend(recalls[name])
        return found

    def _list_whole_recalls(
        self, issuer: int, code_system: str, product_code: str, lot: str
    ) -> Sequence[KnownLot]:
        wanted = select(KnownLot).where(
            KnownLot.issuer == issuer,
            KnownLot.code_system == code_system,
            KnownLot.product_code == product_code,
            KnownLot.lot == lot,
            KnownLot.event == RECALLED,
            col(KnownLot.is_whole),
        )
        return self._session.exec(wanted).all()
