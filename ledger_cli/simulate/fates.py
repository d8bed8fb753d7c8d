"""What becomes of a prescription on a simulated day, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from ledger_cli.simulate.dice import Dice


class Fate(StrEnum):
    """The course that a prescription takes; most take the plain one."""

    PLAIN = "plain"
    """Reviewed, fetched, dispensed whole at a pharmacy, settled by the insurer."""
    PARTIAL = "partial"
    """A part is fetched at one pharmacy, the rest at another, by a code of chosen claims."""
    OWN_COUNTER = "own_counter"
    """Dispensed by the hospital that issued it."""
    SELF_PAID = "self_paid"
    """The patient pays: nobody settles."""
    REDUCED = "reduced"
    """The insurer doesn't accept all of the charge."""
    UNPAID = "unpaid"
    """The insurer refuses the bill."""
    REVERSED = "reversed"
    """Settled, and taken back."""
    RETURNED = "returned"
    """Dispensed, and brought back to the counter before it was settled."""
    COPIED_CODE = "copied_code"
    """Two pharmacies dispense on one code at once: the chain takes one, the other signs a refusal."""
    RECALLED_PACK = "recalled_pack"
    """The pharmacist first scans a pack whose lot was called back, is stopped, and takes another."""
    DECLINED = "declined"
    """The pharmacy's pharmacist refuses for clinical reasons."""
    REJECTED = "rejected"
    """The hospital's pharmacist rejects it, the doctor voids it."""
    VOIDED = "voided"
    """The doctor voids it before anybody fetches it."""
    UNCOLLECTED = "uncollected"
    """Nobody fetches it."""


WEIGHTS: Final[Mapping[Fate, int]] = {
    Fate.PLAIN: 48,
    Fate.PARTIAL: 10,
    Fate.OWN_COUNTER: 8,
    Fate.SELF_PAID: 5,
    Fate.REDUCED: 6,
    Fate.UNPAID: 2,
    Fate.REVERSED: 2,
    Fate.RETURNED: 4,
    Fate.COPIED_CODE: 3,
    Fate.RECALLED_PACK: 2,
    Fate.DECLINED: 2,
    Fate.REJECTED: 2,
    Fate.VOIDED: 3,
    Fate.UNCOLLECTED: 3,
}
"""Of a hundred prescriptions, so many take each course. Invented, but of a plausible order."""


def deal_fates(claim_counts: Sequence[int], dice: Dice) -> list[Fate]:
    """A fate for each prescription, by its number of claims; every fate once where there are enough of them.

    Only a prescription of two claims or more can be fetched in parts.
    """
    places = dice.shuffled(range(len(claim_counts)), "places")
    fates = [dice.weigh(WEIGHTS, "fate", place) for place in range(len(claim_counts))]
    for fate in Fate:
        fitting = [place for place in places if fate is not Fate.PARTIAL or claim_counts[place] > 1]
        if fitting:
            fates[fitting[0]] = fate
            places.remove(fitting[0])
    return [
        Fate.PLAIN if fate is Fate.PARTIAL and claim_counts[place] < 2 else fate
        for place, fate in enumerate(fates)
    ]
