"""Whole stories in a portal's database: a prescription on its way from its lot to its settlement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger_chain.register_events import (
    Dispensed,
    Restored,
    Settled,
    Voided,
)
from ledger_proofs.eip712 import ClaimUse, PackUse, Use
from ledger_proofs.types import ClaimKey, Commitment, JsonValue, PackToken
from tests.support.portal_scene import (
    DAY,
    HOSPITAL,
    INSURER,
    MAKER,
    MINUTE,
    PHARMACY,
    Logged,
    PortalScene,
    digest,
    hex_of,
)


@dataclass(frozen=True)
class Story:
    """One prescription on its whole way."""

    lot: Logged
    prescription: Logged
    hospital_review: Logged
    review: Logged
    dispensing: Logged
    settlement: Logged
    token: PackToken
    use: Use
    used_at: int


STAFF: dict[str, JsonValue] = {"name": "何敏", "code": "P-1"}


def build_lot(scene: PortalScene, tokens: Sequence[bytes], **changes: Any) -> Logged:
    """A lot of one maker, on the market."""
    body: dict[str, JsonValue] = {
        "event": "commissioned",
        "product": {"code_system": "nmpa", "code": "H1", "name": "阿莫西林胶囊", "specification": "0.25g"},
        "lot": "L-2026-07",
        "made_on": "2026-07-01",
        "expires_on": "2028-06-30",
        "unit": "粒",
        "units_per_pack": 24,
        "packs": [hex_of(token) for token in sorted(tokens)],
        "releaser": STAFF,
        **changes,
    }
    return scene.log(MAKER, 9, body, at=scene.now - 30 * DAY)


def build_prescription(scene: PortalScene, at: int) -> Logged:
    """A prescription of two claims."""
    body: dict[str, JsonValue] = {"claims": [{"ordinal": 0}, {"ordinal": 1}], "patient": {"name": "张三"}}
    return scene.log(HOSPITAL, 1, body, claim_count=2, at=at)


def build_review(
    scene: PortalScene, institution: int, prescription: Logged, at: int, decision: str = "approved"
) -> Logged:
    """A pharmacist's review."""
    body: dict[str, JsonValue] = {
        "prescription": prescription.ref(),
        "decision": decision,
        "pharmacist": STAFF,
    }
    return scene.log(institution, 2, body, at=at)


def build_use(prescription: Logged, token: bytes, units: int = 24, total: int = 24) -> Use:
    """The use of both claims with one pack, to be settled by the insurer."""
    claims = sorted([prescription.claim(0), prescription.claim(1)])
    return Use(
        1,
        PHARMACY,
        INSURER,
        tuple(ClaimUse(claim, 0) for claim in claims),
        (PackUse(PackToken(token), total, units),),
    )


def build_dispensing(
    scene: PortalScene, prescription: Logged, review: Logged, use: Use, at: int, **changes: Any
) -> Logged:
    """A dispensing of two lines."""
    given: dict[str, Any] = {
        "terms": use.struct_hash(),
        **{n: changes.pop(n) for n in ("is_shown",) if n in changes},
    }
    body: dict[str, JsonValue] = {
        "prescriptions": [
            {
                **prescription.ref(),
                "window": 0,
                "not_before": "2026-11-22T01:00:00Z",
                "claims": [
                    {"ordinal": 0, "line": 1, "quantity": {"value": "1", "unit": "盒"}},
                    {"ordinal": 1, "line": 2, "quantity": {"value": "1", "unit": "盒"}},
                ],
            }
        ],
        "review": review.ref(),
        "pharmacist": STAFF,
        "packs": [],
        "charges": {
            "currency": "CNY",
            "lines": [
                {"prescription": 0, "line": 1, "name": "药", "unit_price_minor": 1280, "amount_minor": 1280},
                {"prescription": 0, "line": 2, "name": "药", "unit_price_minor": 2000, "amount_minor": 2000},
            ],
            "total_minor": 3280,
        },
        **changes,
    }
    return scene.log(PHARMACY, 3, body, at=at, **given)


def tell_use(scene: PortalScene, dispensing: Logged, use: Use, at: int) -> None:
    """Let the chain take the use."""
    event = Dispensed(
        scene.place(),
        dispensing.commitment,
        use.spender,
        use.payer,
        use.kind,
        at,
        False,
        use.struct_hash(),
        use.claims,
        use.packs,
    )
    scene.tell(event, at)


def build_settlement(scene: PortalScene, dispensing: Logged, use: Use, at: int, **changes: Any) -> Logged:
    """A settlement of both lines, fully accepted."""
    lines: list[JsonValue] = [
        {
            "line": 0,
            "amount_minor": 1280,
            "fund_minor": 1000,
            "account_minor": 200,
            "cash_minor": 80,
            "reduced_minor": 0,
        },
        {
            "line": 1,
            "amount_minor": 2000,
            "fund_minor": 1600,
            "account_minor": 400,
            "cash_minor": 0,
            "reduced_minor": 0,
        },
    ]
    body: dict[str, JsonValue] = {
        "dispensing": dispensing.ref(),
        "decision": "accepted",
        "currency": "CNY",
        "lines": lines,
        "totals": {
            "amount_minor": 3280,
            "fund_minor": 2600,
            "account_minor": 600,
            "cash_minor": 80,
            "reduced_minor": 0,
        },
        "claims": [hex_of(each.claim) for each in use.claims],
        "adjudicator": STAFF,
        **changes,
    }
    return scene.log(INSURER, 4, body, at=at)


def tell_settlement(
    scene: PortalScene, dispensing: Logged, statement: Commitment, claims: Sequence[ClaimKey], at: int
) -> None:
    """Let the chain settle claims."""
    reason = b"accepted".ljust(32, b"\x00")
    event = Settled(scene.place(), dispensing.commitment, PHARMACY, INSURER, statement, reason, tuple(claims))
    scene.tell(event, at)


def tell_restore(scene: PortalScene, dispensing: Logged, statement: Commitment, use: Use, at: int) -> None:
    """Let the chain restore a use."""
    reason = b"returned".ljust(32, b"\x00")
    claims = tuple(each.claim for each in use.claims)
    event = Restored(
        scene.place(), dispensing.commitment, PHARMACY, statement, reason, False, claims, use.packs
    )
    scene.tell(event, at)


def tell_void(scene: PortalScene, prescription: Logged, statement: Commitment, at: int) -> None:
    """Let the chain void the first claim of a prescription."""
    reason = b"withdrawn".ljust(32, b"\x00")
    event = Voided(
        scene.place(),
        prescription.commitment,
        HOSPITAL,
        statement,
        1,
        prescription.not_before,
        at,
        reason,
        (0,),
        (prescription.claim(0),),
    )
    scene.tell(event, at)


def tell_story(scene: PortalScene, name: str = "story", ended_ago: int = 20 * MINUTE) -> Story:
    """One prescription issued, reviewed twice, dispensed with a pack of a known lot, and settled."""
    at = scene.now - ended_ago
    token = PackToken(digest(f"pack of {name}"))
    lot = build_lot(scene, [token, digest(f"another pack of {name}")], lot=f"L-{name[:20]}")
    prescription = build_prescription(scene, at - 50 * MINUTE)
    hospital_review = build_review(scene, HOSPITAL, prescription, at - 40 * MINUTE)
    review = build_review(scene, PHARMACY, prescription, at - 30 * MINUTE)
    use = build_use(prescription, token)
    dispensing = build_dispensing(scene, prescription, review, use, at - 20 * MINUTE)
    used_at = at - 19 * MINUTE
    tell_use(scene, dispensing, use, used_at)
    settlement = build_settlement(scene, dispensing, use, at)
    claims = [each.claim for each in use.claims]
    tell_settlement(scene, dispensing, settlement.commitment, claims, at)
    return Story(lot, prescription, hospital_review, review, dispensing, settlement, token, use, used_at)
