"""The nouns whose records have pages here, by their plural; prescriptions have pages of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledger_api.accesses.endpoints import ACCESSES
from ledger_api.demands.endpoints import DEMANDS
from ledger_api.dispenses.service import DISPENSINGS
from ledger_api.lots.service import LOTS
from ledger_api.refusals.service import REFUSALS
from ledger_api.restores.service import RESTORES
from ledger_api.reversals.service import REVERSALS
from ledger_api.reviews.service import REVIEWS
from ledger_api.settlements.service import SETTLEMENTS
from ledger_api.signing.nouns import Noun
from ledger_api.voids.service import VOIDS


@dataclass(frozen=True)
class KnownNoun:
    """A noun, what its list is called, and its icon. `acts`: the chain says what becomes of its records."""

    noun: Noun
    title: tuple[str, str]
    icon: str
    acts: bool = False


NOUNS: Final[Mapping[str, KnownNoun]] = MappingProxyType(
    {
        each.noun.plural: each
        for each in (
            KnownNoun(REVIEWS, ("Reviews", "审方"), "clipboard-check"),
            KnownNoun(DISPENSINGS, ("Dispensings", "发药"), "pill", acts=True),
            KnownNoun(RESTORES, ("Restores", "恢复"), "arrow-back-up", acts=True),
            KnownNoun(REFUSALS, ("Refusals", "拒绝发药"), "hand-stop"),
            KnownNoun(VOIDS, ("Voids", "作废"), "ban", acts=True),
            KnownNoun(SETTLEMENTS, ("Settlements", "结算"), "coin", acts=True),
            KnownNoun(REVERSALS, ("Reversals", "冲正"), "rotate-clockwise", acts=True),
            KnownNoun(LOTS, ("Lots", "批次"), "packages"),
            KnownNoun(DEMANDS, ("Demands", "调阅要求"), "gavel"),
            KnownNoun(ACCESSES, ("Answers to demands", "调阅答复"), "eye"),
        )
    }
)
