"""Issuing prescriptions: from a draft to the record that a doctor may sign. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from ledger_api.identity.models import Person
from ledger_api.identity.principal import Role
from ledger_api.prescriptions.body import Prescriber
from ledger_api.prescriptions.draft_body import PrescriptionDraft, add_holders, build_body
from ledger_api.prescriptions.errors import PrescriberNotYou, PrescriptionNotFound
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Prepared, RecordSigning
from ledger_proofs.kinds import KINDS

PRESCRIPTION: Final = KINDS[1]
PRESCRIPTIONS: Final = Noun(
    PRESCRIPTION,
    "prescriptions",
    "处方",
    more_readers=(Role.PHARMACIST,),  # who reviews it before it leaves the hospital
    is_private=True,
    build_not_found=lambda _kind: PrescriptionNotFound(),
)


@dataclass(frozen=True)
class IssuingService:
    """Prepares prescriptions of one institution's doctors."""

    signing: RecordSigning
    zone: ZoneInfo

    def prepare(
        self, doctor: Author, draft: PrescriptionDraft, draft_id: str | None, holders: Sequence[str]
    ) -> Prepared:
        """Make the record that the doctor may sign.

        `holders` are the addresses of one-time keys that her client made: the first go to the claims in
        order. Raises PrescriberNotYou, PrescriptionInvalid or PrescribingRuleBroken, or what the signing of
        any record does.
        """
        if draft.prescriber is not None and draft.prescriber.code != doctor.code:
            raise PrescriberNotYou
        now = self.signing.clock()
        complete = add_holders(draft, holders) if holders else draft
        body = build_body(complete, prescriber_of(doctor.person), now, self.zone)
        return self.signing.prepare(doctor, PRESCRIPTION, body.as_json(), draft_id=draft_id, issued_at=now)


def prescriber_of(person: Person) -> Prescriber:
    """Return a doctor as she stands in what she prescribes. Her practitioner's code has to be registered."""
    return Prescriber.model_validate(
        {
            "name": person.display_name,
            "code": person.practitioner_code,
            **({} if person.department_code is None else {"department_code": person.department_code}),
            **({} if person.department_name is None else {"department_name": person.department_name}),
        }
    )
