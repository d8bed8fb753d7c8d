"""Dispensing: what a pharmacist signs, what the code's keys sign, and the one spend that follows.

Everything that the chain would refuse, and that can be known before, is refused before anything is signed.
Then the chain decides: drugs are handed over only when the outcome of the spend is `done`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.dispenses.body import Charges, DispensedPrescription, DispensingBody, StatedUse, parse_body
from ledger_api.dispenses.choosing import (
    build_charges,
    build_used_claims,
    choose_claims,
    list_lines,
    verify_windows,
)
from ledger_api.dispenses.chosen_packs import ChosenPack, choose_packs
from ledger_api.dispenses.errors import InstitutionNotActing, PayerUnknown
from ledger_api.dispenses.plan import DispensingPlan, PlannedClaim, plan_from_json
from ledger_api.dispenses.presenting import read_presentations
from ledger_api.dispenses.schemas import ClaimPresentation, DispensingRequest
from ledger_api.dispenses.sources import Source, open_source
from ledger_api.packs.endpoints import build_pack_answer
from ledger_api.parts import Parts
from ledger_api.prescriptions.body import Claim
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.evidence import ReceivedPlace
from ledger_api.records.body_checks import build_checked_body
from ledger_api.records.opening import open_record
from ledger_api.records.subjects import RecordSubjects
from ledger_api.reviews.service import staff_of
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.models import Act
from ledger_api.spends.service import SpendIntents
from ledger_chain.items import Grant
from ledger_proofs.eip712 import ClaimUse, PackUse, Use
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS, InstitutionRole
from ledger_proofs.records import format_utc_time
from ledger_proofs.types import Commitment, JsonValue, PackToken
from ledger_proofs.uses import parse_use, use_as_json

DISPENSING: Final = KINDS[3]
DISPENSINGS: Final = Noun(DISPENSING, "dispensings", "发药")
PRESENTATION_SECONDS: Final = 3_600
"""How long after preparing a presentation may be good: so long can an outage of the chain be sat out."""


@dataclass(frozen=True)
class Considered:
    """A dispensing that nothing known speaks against, ready to become a record."""

    sources: tuple[Source, ...]
    claims: tuple[tuple[Claim, ...], ...]
    packs: tuple[ChosenPack, ...]
    charges: Charges
    payer: int
    is_offline: bool

    def build_use(self, spender: int) -> Use:
        """Build what the chain is told."""
        claims = sorted(
            (
                ClaimUse(source.claims[claim.ordinal], source.words[claim.ordinal].restore_count)
                for source, chosen in zip(self.sources, self.claims, strict=True)
                for claim in chosen
            ),
            key=lambda use: use.claim,
        )
        packs = sorted(
            (
                PackUse(
                    PackToken(bytes.fromhex(each.dispensed.token[2:])),
                    each.dispensed.total_units,
                    each.dispensed.units_used,
                )
                for each in self.packs
            ),
            key=lambda use: use.token,
        )
        return Use(PRESCRIPTION.number, spender, self.payer, tuple(claims), tuple(packs))

    def build_plan(self, max_deadline: int) -> DispensingPlan:
        """Build what is kept for the spend."""
        planned = [
            PlannedClaim(
                place,
                claim.ordinal,
                source.claims[claim.ordinal],
                source.words[claim.ordinal].restore_count,
                source.holders[claim.ordinal] if source.holders else None,
            )
            for place, (source, chosen) in enumerate(zip(self.sources, self.claims, strict=True))
            for claim in chosen
        ]
        planned.sort(key=lambda each: each.claim)
        grants = tuple(Grant(source.proof, source.holders) for source in self.sources)
        return DispensingPlan(grants, tuple(planned), max_deadline)


def consider(parts: Parts, tenant: int, request: DispensingRequest) -> Considered:
    """Judge what a pharmacist wants to dispense, by evidence, chain, makers and policy.

    No database session is held meanwhile. Raises what is in `errors.py`, and what `open_source` and
    `choose_packs` do.
    """
    _verify_parties(parts, tenant, request.payer)
    sources = tuple(
        open_source(parts, tenant, ReceivedPlace(each.institution, each.id, each.window))
        for each in request.prescriptions
    )
    chosen = choose_claims(request, sources)
    verify_windows(sources, parts.clock(), is_offline=request.is_offline)
    lines = list_lines(sources, chosen)
    charges = build_charges(request.prices, lines, chosen)
    packs = choose_packs(parts, tenant, request, dict(lines))
    return Considered(
        sources,
        tuple(tuple(each) for each in chosen),
        tuple(packs),
        charges,
        request.payer,
        request.is_offline,
    )


@dataclass(frozen=True)
class Dispensing:
    """Dispensing within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session

    def prepare(self, pharmacist: Author, considered: Considered) -> Prepared:
        """Make the record that the pharmacist may sign. Raises RecordInvalid, or what any signing does."""
        now = self.signing.clock()
        use = considered.build_use(pharmacist.institution.number)
        body = build_checked_body(
            DispensingBody,
            {
                "prescriptions": _dispensed_prescriptions(considered),
                "review": considered.sources[0].review,
                "pharmacist": staff_of(pharmacist),
                "packs": tuple(each.dispensed for each in considered.packs),
                "charges": considered.charges,
                "is_offline": True if considered.is_offline else None,
                "use": StatedUse.model_validate(use_as_json(use)),
            },
        )
        context: dict[str, JsonValue] = {
            "plan": considered.build_plan(now + PRESENTATION_SECONDS).as_json(),
            "packs": [build_pack_answer(each.checked).model_dump(mode="json") for each in considered.packs],
        }
        return self.signing.prepare(pharmacist, DISPENSING, body.as_json(), context=context, issued_at=now)

    def enqueue(self, parts: Parts, issued: Issued, presentations: Sequence[ClaimPresentation]) -> None:
        """Enqueue a new dispensing's spend. Raises PresentationsIncomplete or HandoverRefused."""
        plan = plan_from_json(issued.context["plan"])
        body = open_record(parts.key_wrapper, issued.record).record.body
        use, into = parse_use(body["use"]), Commitment(issued.record.commitment)
        presented = read_presentations(
            plan, use, into, presentations, domain=self.signing.domain, now=self.signing.clock()
        )
        SpendIntents(self.session, self.signing.clock).enqueue(
            institution=issued.record.institution,
            act=Act.DISPENSE,
            record=issued.record,
            subject=into,
            item=plan.build_item(use, into, presented),
        )
        first = parse_body(body).prescriptions[0]
        RecordSubjects(self.session).note(issued.record, institution=first.institution, record_id=first.id)


def get_plan(context: Mapping[str, JsonValue]) -> DispensingPlan:
    """Return the plan out of what is kept beside a prepared dispensing."""
    return plan_from_json(context["plan"])


def _dispensed_prescriptions(considered: Considered) -> tuple[DispensedPrescription, ...]:
    return tuple(
        DispensedPrescription(
            institution=source.place.institution,
            id=source.place.id,
            commitment=to_hex(source.bundle.commitment),
            window=source.place.window,
            not_before=format_utc_time(source.bundle.entry.not_before),
            claims=build_used_claims(chosen),
        )
        for source, chosen in zip(considered.sources, considered.claims, strict=True)
    )


def _verify_parties(parts: Parts, tenant: int, payer: int) -> None:
    own = parts.peer_directory.get_standing(tenant)
    is_own_account = own.account == parts.anchoring_keys.anchoring_address(tenant)
    counters = (InstitutionRole.HOSPITAL, InstitutionRole.PHARMACY)
    if not own.is_active or not own.has_any(counters) or not is_own_account:
        raise InstitutionNotActing
    if payer == 0:
        return
    standing = parts.peer_directory.get_standing(payer)
    if not standing.is_active or not standing.has_any([InstitutionRole.INSURER]):
        raise PayerUnknown
