"""The bill of a dispensing: its charges, and which claims each of them charges for.

That charges add up, and that each line dispensed is charged for once, the dispensing's own body says; here
each charge gets the keys of its line's claims.
"""

from ledger_api.dispenses.body import DispensingBody
from ledger_api.records.body_parts import Ref
from ledger_api.settlements.adjudication import Bill, BilledLine
from ledger_proofs.claims import claim_key
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import parse_utc_time
from ledger_proofs.types import ClaimKey

PRESCRIPTION = KINDS[1]


def build_bill(dispensing: Ref, body: DispensingBody) -> Bill:
    """Build the bill of a dispensing."""
    claims = list_dispensed_claims(body)
    return Bill(
        dispensing,
        tuple(
            BilledLine(
                charge.amount_minor,
                tuple(
                    key for place, line, key in claims if (place, line) == (charge.prescription, charge.line)
                ),
            )
            for charge in body.charges.lines
        ),
    )


def list_dispensed_claims(body: DispensingBody) -> list[tuple[int, int, ClaimKey]]:
    """List all claims dispensed: the prescription's place, the line's number, the claim's key."""
    return [
        (
            place,
            claim.line,
            claim_key(
                prescription.institution,
                PRESCRIPTION.number,
                bytes.fromhex(prescription.commitment[2:]),
                parse_utc_time(prescription.not_before),
                claim.ordinal,
            ),
        )
        for place, prescription in enumerate(body.prescriptions)
        for claim in prescription.claims
    ]
