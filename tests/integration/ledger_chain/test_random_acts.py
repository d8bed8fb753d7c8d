"""Random acts, good and bad, on the model and on the contracts: every outcome and every word is the same.

`RXLEDGER_ACTS_ROUNDS` makes it longer. `RXLEDGER_ACTS_SEED` gives the same acts again; the seed is in the
failure's output.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest

from ledger_chain.connection import ask
from tests.model.chain import ChainLedger
from tests.model.ledger import ModelLedger
from tests.model.player import Player, Step

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ROUNDS = int(os.environ.get("RXLEDGER_ACTS_ROUNDS", "3"))
ACTS = 30
GAPS = (1, 60, 600, 3_000, 3_600, 3_600, 40_000, 100_000)


class RandomTable:
    """A table whose expectations are left open: what comes of it is compared, not foretold."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._now = 100
        self._entries: list[tuple[str, int]] = []
        self._records: list[str] = []
        self._restored: dict[str, int] = {}
        self.uses: dict[str, dict[str, Any]] = {}
        self.acts: list[dict[str, Any]] = []

    def build(self) -> dict[str, Any]:
        """A whole table."""
        self._issue()
        for _ in range(ACTS):
            self._now += self._random.choice(GAPS)
            often = (self._issue, self._use, self._settle)
            self._random.choice((*often, *often, *often, self._use, self._restore, self._other))()
        return {"name": "random", "uses": self.uses, "acts": self.acts}

    def _act(self, do: str, **members: Any) -> None:
        self.acts.append({"at": self._now, "do": do, **members})

    def _issue(self) -> None:
        name, count = f"rx {len(self._entries)}", self._random.randint(1, 3)
        begin = self._now + self._random.choice((-1_000, 0, 0, 0, 5_000))
        entry = {
            "name": name,
            "kind": "prescription",
            "author": self._random.choice(("doctor",) * 20 + ("mallory", "pharmacist")),
            "signed_at": max(0, self._now - self._random.choice((0, 0, 0, 0, 10, 10, 80_000, 90_000))),
            "claims": count,
            "window": [begin, begin + self._random.choice((100, 100_000, 2_000_000, 2_000_000, 2_000_000))],
            "holder": "alice",
        }
        self._entries.append((name, count))
        self._act("anchor", by="hospital", entries=[entry])

    def _use(self) -> None:
        name = f"use {len(self.uses)}"
        latest = self._entries[-4:]
        entries = self._random.sample(latest, self._random.randint(1, min(2, len(latest))))
        claims = sorted({f"{entry}/{self._random.randrange(count)}" for entry, count in entries})
        spender = self._random.choice(("pharmacy", "pharmacy", "drugstore"))
        self.uses[name] = {
            "spender": spender,
            "payer": self._random.choice(("insurer",) * 9 + (None,)),
            "into": f"record of {name}",
            "claims": claims,
            "restore_counts": {claim: self._restored.get(claim, 0) for claim in claims},
            "packs": [[f"pack {self._random.randrange(3)}", 6, self._random.randint(1, 3)]],
        }
        item: dict[str, Any] = {"use": name}
        wrong = self._random.choice((*[{}] * 20, {"by": "mallory"}, {"to": "hospital"}, {"into": "other"}))
        if wrong:
            item["presented"] = wrong
        self._act("dispense", by=spender, items=[item])
        if spender == "pharmacy":
            self._now += self._random.choice((*[5] * 8, 100_000))
            record = f"record of {name}"
            signed_at = self._now - 2
            dispensing = {"name": record, "kind": "dispensing", "author": "pharmacist", "use": name}
            self._act("anchor", by="pharmacy", entries=[{**dispensing, "signed_at": signed_at}])
            self._records.append(name)

    def _settle(self) -> None:
        if self._records:
            use = self._random.choice(self._records[-3:])
            moves = self._random.sample(self.uses[use]["claims"], self._random.randint(0, 1)) or None
            item: dict[str, Any] = {"use": use, "record": f"record of {use}", "statement": "settlement"}
            if moves:
                item["moves"] = moves
            self._act("settle", by=self._random.choice(("insurer",) * 9 + ("fund",)), items=[item])

    def _restore(self) -> None:
        if self.uses:
            use = self._random.choice(list(self.uses)[-3:])
            self._act("restore", by=self.uses[use]["spender"], items=[{"use": use, "statement": "restore"}])
            # A guess: where the restore is refused, later uses state a wrong count, and are refused alike.
            for claim in self.uses[use]["claims"]:
                self._restored[claim] = self.uses[use]["restore_counts"][claim] + 1

    def _other(self) -> None:
        entry, count = self._random.choice(self._entries)
        if self._random.random() < 0.5:
            item = {"entry": entry, "ordinals": [self._random.randrange(count)], "statement": "void"}
            self._act("void", by="hospital", items=[item])
        elif self._records:
            use = self._random.choice(self._records)
            self._act("reverse", by="insurer", items=[{"use": use, "statement": "reversal"}])


def play(player: Player) -> list[Step]:
    player.enrol_everybody()
    return player.play()


def test_the_model_and_the_contracts_agree_on_random_acts(
    ledger: ChainLedger, start: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = os.environ.get("RXLEDGER_ACTS_SEED") or os.urandom(8).hex()
    print(f"RXLEDGER_ACTS_SEED={seed}")
    random = Random(seed)
    done = refused = 0
    reasons: set[str] = set()
    for _ in range(ROUNDS):
        table = RandomTable(random).build()
        snapshot = ask(ledger.w3, "anvil", "evm_snapshot", [])
        model = play(Player(table, ModelLedger(ledger.domain, start), start))
        chain = play(Player(table, ledger, start))
        ask(ledger.w3, "anvil", "evm_revert", [snapshot])
        assert chain == model
        acts = zip(table["acts"], chain, strict=True)
        outcomes = [outcome for act, step in acts if "items" in act for outcome in step.outcomes]
        reasons |= {outcome.refusal for outcome in outcomes if outcome.refusal}
        refused += sum(outcome.refusal is not None for outcome in outcomes)
        done += sum(outcome.refusal is None for outcome in outcomes)
    with capsys.disabled():
        print(f"\nrandom acts: {done} done, {refused} refused for {len(reasons)} reasons, all agreed")
    assert done > ROUNDS, "too few acts were good to show anything"
    assert refused > ROUNDS, "too few acts were bad to show anything"
