"""Chance that can be had again: every throw follows from the day's seed and from what is thrown for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Side = TypeVar("Side")


class Dice:
    """Throws by name: the same seed and name give the same, whatever was thrown before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, *name: object) -> int:
        """A number from 0 to 2^64 - 1."""
        text = "/".join(str(part) for part in (self._seed, *name))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def between(self, low: int, high: int, *name: object) -> int:
        """A number from `low` to `high`, both included."""
        return low + self.number(*name) % (high - low + 1)

    def chance(self, share: float, *name: object) -> bool:
        """True in this share of throws."""
        return self.number(*name) < share * 2**64

    def pick(self, sides: Sequence[Side], *name: object) -> Side:
        """One of several, all as likely."""
        return sides[self.number(*name) % len(sides)]

    def weigh(self, weights: Mapping[Side, int], *name: object) -> Side:
        """One of several, each as likely as it weighs."""
        left = self.number(*name) % sum(weights.values())
        for side, weight in weights.items():
            if left < weight:
                return side
            left -= weight
        raise ValueError("there is nothing to choose from")

    def shuffled(self, items: Sequence[Side], *name: object) -> list[Side]:
        """The items in another order."""
        places = sorted(range(len(items)), key=lambda place: self.number(*name, place))
        return [items[place] for place in places]
