"""One run of a verification: what is verified against what, and what has come of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ledger_proofs.bundles import Bundle
from ledger_proofs.chain_view import ChainView, StateView, Trust
from ledger_proofs.commitments import DisclosedFields
from ledger_proofs.errors import CannotCheck
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison, Outcome

FIELDS: Final = 1
ENTRY: Final = 2
INCLUSION: Final = 3
ANCHOR: Final = 4
AUTHOR: Final = 5
TIME: Final = 6
CLAIMS: Final = 7


@dataclass(slots=True)
class Verification:
    """One run: what is verified against what, and what has come of it so far."""

    bundle: Bundle
    trust: Trust | None
    chain: ChainView | None
    proven: StateView | None = None
    fields: DisclosedFields | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    compared: list[Comparison] = field(default_factory=list)
    passed_note: str = ""
    passed_words: tuple[str, str] | None = None
    as_of_block: int | None = None

    def compare(self, what: str, expected: bytes | int | str, observed: bytes | int | str) -> bool:
        """Note a comparison and say whether it holds."""
        self.compared.append(Comparison(what, shown(expected), shown(observed)))
        return expected == observed

    def require(self, step: int, *, passed: bool = True) -> None:
        """Raise `CannotCheck` unless an earlier step has passed (or with `passed=False`: hasn't failed)."""
        outcome = self.outcomes[step]
        if outcome is not Outcome.PASSED and (passed or outcome is Outcome.FAILED):
            raise CannotCheck(
                f"this rests on step {step}, which hasn't passed",
                code="premise.not_established",
                where=str(step),
            )

    def find_state(self) -> StateView | None:
        """Return what answers for the chain's state: a node, or offline what step 4 found proven."""
        return self.chain or self.proven

    def require_state(self) -> StateView:
        """Return what answers for the chain's state, or raise `CannotCheck` where nothing does."""
        state = self.find_state()
        if state is None:
            raise CannotCheck(
                "offline, and the bundle doesn't prove what the contracts held: a chain has to be asked; "
                "give the address of a node",
                code="chain.offline",
            )
        return state


def shown(value: bytes | int | str) -> str:
    """Return a compared value as a report shows it."""
    if type(value) is bytes:
        return to_hex(value)
    return str(value).lower() if type(value) is bool else str(value)
