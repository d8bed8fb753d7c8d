"""What the rest of the loop starts from: reviewed prescriptions, and packs that a manufacturer has released.

Some prescriptions stay unreviewed, so that a pharmacist who looks around has something to do. Everything can
be repeated: what is reviewed or released already isn't again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from ledger_cli.acting.hospital import review
from ledger_cli.acting.maker import Lot, commission
from ledger_cli.acting.outcomes import await_final
from ledger_cli.acting.records import Accepted
from ledger_cli.embedded.home import Home, read_marker, write_whole
from ledger_cli.embedded.people import HE, TANG, WEI
from ledger_cli.embedded.scenario import FORMULARY, VISITS, WAITING, Drug
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.gateway_client import member
from ledger_proofs.types import JsonValue

LEFT_UNREVIEWED: Final = 1
"""At each hospital, so that its pharmacist finds work."""
PACKS_PER_LOT: Final = 8
SHELF_LIFE_DAYS: Final = 730
PACKS_FILE: Final = "example-packs.json"
LOT_NAME: Final = "EX2026"


def review_examples(home: Home) -> int:
    """Approve the prescriptions that await a review, but for the latest of each hospital; how many."""
    reviewed = 0
    for pharmacist in (HE, WEI):
        with person_at_work(home, pharmacist) as working:
            awaiting = [member(item, "id", str) for item in working.client.pages("/v1/reviews/awaiting")]
            done: list[Accepted] = [
                review(working, working.institution, prescription_id)
                for prescription_id in awaiting[LEFT_UNREVIEWED:]
            ]
            for accepted in done[-1:]:
                await_final(working, accepted)
            reviewed += len(done)
    return reviewed


def release_examples(home: Home, today: date) -> int:
    """Commission a lot of each of the formulary's drugs, and write its packs' codes down; how many lots."""
    lots = list(list_lots(home, today))
    with person_at_work(home, TANG) as working:
        # A set-up that was killed goes on after the last lot that it made.
        made = sum(1 for _ in working.client.pages("/v1/lots"))
        accepted = [commission(working, lot, codes) for lot, codes in lots[made:]]
        for last in accepted[-1:]:
            await_final(working, last)
    return write_pack_codes(home, lots)


def write_pack_codes(home: Home, lots: Sequence[tuple[Lot, list[str]]]) -> int:
    """Write down which codes are on the lots' packs, for whoever scans them; how many lots."""
    shown = [
        {"code": lot.product["code"], "name": lot.product["name"], "unit": lot.unit, "packs": codes}
        for lot, codes in lots
    ]
    write_whole(home.root / PACKS_FILE, json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
    return len(lots)


def list_lots(home: Home, today: date) -> Iterator[tuple[Lot, list[str]]]:
    """A lot for each drug of the scenario, with the codes on its packs: the same each time for a home."""
    # Codes of another home are other codes: nobody shall find them used.
    mark = int(read_marker(home).key, 16) % 10**6
    for number, drug in enumerate(_list_drugs()):
        product: dict[str, JsonValue] = {
            "code_system": FORMULARY,
            "code": drug.code,
            "name": drug.name,
            "specification": drug.specification,
        }
        is_bulk = drug.unit == "g"
        lot = Lot(
            product=product,
            lot=f"{LOT_NAME}-{drug.code}",
            made_on=(today - timedelta(days=60)).isoformat(),
            expires_on=(today + timedelta(days=SHELF_LIFE_DAYS)).isoformat(),
            unit=drug.unit,
            units_per_pack=500 if is_bulk else 1,
        )
        yield lot, [f"81{number:05d}{mark:06d}{serial:07d}" for serial in range(1, PACKS_PER_LOT + 1)]


def _list_drugs() -> list[Drug]:
    """Each drug of the scenario once, in order."""
    found = {drug.code: drug for visit in (*VISITS, *WAITING) for drug in visit.drugs}
    return list(found.values())
