"""Refusing: putting on record that nothing was handed over, for the counter's reason or the chain's."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.prescriptions.known import get_known_window
from ledger_api.records.body_checks import body_as_json, build_checked_body
from ledger_api.records.body_parts import Ref, Staff, WindowRef, build_ref
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.records.subjects import RecordSubjects
from ledger_api.refusals.body import RefusalBody
from ledger_api.refusals.errors import DispensingNotRefused, DispensingOfAnother
from ledger_api.refusals.schemas import RefusalRequest
from ledger_api.signing.errors import RecordNotFound
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.models import SpendState
from ledger_api.spends.repository import SpendRepository
from ledger_chain.refusal_wording import decode_refusal
from ledger_proofs.kinds import KINDS

REFUSAL: Final = KINDS[8]
REFUSALS: Final = Noun(REFUSAL, "refusals", "拒绝发药")
_DISPENSING: Final = KINDS[3]


@dataclass(frozen=True)
class Refusing:
    """The signing of refusals within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session
    key_wrapper: KeyWrapper

    def prepare(self, pharmacist: Author, request: RefusalRequest) -> Prepared:
        """Make the refusal that the pharmacist may sign.

        Raises PrescriptionNotFound, WindowNotFound, RecordNotFound (of the dispensing), DispensingNotRefused,
        DispensingOfAnother or RecordInvalid, or what the signing of any record does.
        """
        tenant, place = pharmacist.institution.number, request.prescription
        window = get_known_window(
            self.session, self.key_wrapper, tenant, place.institution, place.id, place.window
        )
        dispensing, error = None, None
        if request.dispensing_id is not None:
            dispensing, error = self._get_refused(tenant, request.dispensing_id, window)
        body = build_checked_body(
            RefusalBody,
            {
                "prescription": window,
                "dispensing": dispensing,
                "reason": request.reason,
                "chain_error": error,
                "note": request.note,
                "pharmacist": Staff(name=pharmacist.person.display_name, code=pharmacist.code),
            },
        )
        return self.signing.prepare(pharmacist, REFUSAL, body_as_json(body))

    def keep(self, issued: Issued) -> None:
        """Note which prescription a new refusal is about."""
        body = RefusalBody.model_validate(open_record(self.key_wrapper, issued.record).record.body)
        place = body.prescription
        RecordSubjects(self.session).note(issued.record, institution=place.institution, record_id=place.id)

    def _get_refused(self, tenant: int, dispensing_id: str, window: WindowRef) -> tuple[Ref, str]:
        record = RecordRepository(self.session).find(tenant, dispensing_id)
        if record is None or record.kind != _DISPENSING.number:
            raise RecordNotFound(_DISPENSING)
        intent = SpendRepository(self.session).find_of_record(record.id)
        if intent is None or intent.state is not SpendState.REFUSED:
            raise DispensingNotRefused
        used = open_record(self.key_wrapper, record).record.body["prescriptions"]
        wanted = (window.institution, window.id, window.window)
        if not isinstance(used, list) or wanted not in [_place_of(each) for each in used]:
            raise DispensingOfAnother
        return build_ref(tenant, record.id, record.commitment), decode_refusal(intent.refusal or b"").error


def _place_of(used: object) -> tuple[object, object, object] | None:
    if not isinstance(used, dict):
        return None
    return used.get("institution"), used.get("id"), used.get("window")
