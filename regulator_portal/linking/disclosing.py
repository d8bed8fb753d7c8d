"""What is kept of a record's proven evidence: the members that rules need, and nothing of a person.

Each kind has a list of members, written as JSON Pointers in which `*` stands for an array's place. Whatever
else a gateway discloses is dropped here, unread. A record's pointer list is always whole (protocol 2), so a
listed member that exists and isn't disclosed is known to be hidden: what rests on it can't be checked.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from ledger_proofs.commitments import Disclosure
from ledger_proofs.errors import CannotCheck
from ledger_proofs.types import JsonValue

_FRAME: Final = ("/schema", "/id", "/issuer", "/issued_at")
_REF: Final = ("institution", "id", "commitment")
_WINDOW_REF: Final = (*_REF, "window", "not_before")
_USE: Final = (
    "kind", "spender", "payer", "claims", "claims/*/claim", "claims/*/restore_count",
    "packs", "packs/*/token", "packs/*/total_units", "packs/*/units_used",
)  # fmt: skip
_SHARES: Final = ("amount_minor", "fund_minor", "account_minor", "cash_minor", "reduced_minor")


def _under(place: str, members: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"/body/{place}/{member}" if place else f"/body/{member}" for member in members)


MEMBERS: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        1: _under("", ("claims", "windows")),
        2: (*_under("prescription", _REF), *_under("", ("decision", "reasons", "reasons/*"))),
        3: (
            *_under("", ("prescriptions", "packs", "is_offline")),
            *_under("prescriptions/*", (*_WINDOW_REF, "claims", "claims/*/ordinal", "claims/*/line")),
            *_under("review", _REF),
            *_under("packs/*", ("token", "lot", "expires_on", "unit", "total_units", "units_used")),
            *_under("packs/*", ("flags", "flags/*")),
            *_under("charges", ("currency", "total_minor", "lines")),
            *_under("charges/lines/*", ("prescription", "line", "unit_price_minor", "amount_minor")),
            *_under("use", _USE),
        ),
        4: (
            *_under("dispensing", _REF),
            *_under("", ("decision", "currency", "lines", "claims", "claims/*")),
            *_under("lines/*", ("line", "reason", *_SHARES)),
            *_under("totals", _SHARES),
            *_under("use", _USE),
        ),
        5: (*_under("prescription", _WINDOW_REF), *_under("", ("ordinals", "ordinals/*", "reason"))),
        6: (*_under("dispensing", _REF), "/body/reason"),
        7: (
            *_under("settlement", _REF),
            *_under("dispensing", _REF),
            *_under("", ("claims", "claims/*", "reason")),
        ),
        8: (
            *_under("prescription", _WINDOW_REF),
            *_under("dispensing", _REF),
            *_under("", ("reason", "chain_error")),
        ),
        9: (
            *_under("", ("event", "lot", "made_on", "expires_on", "unit", "units_per_pack", "reason")),
            *_under("", ("packs", "packs/*")),
            *_under("product", ("code_system", "code", "name", "specification")),
        ),
        11: (*_under("subject", _REF), *_under("", ("purpose", "answer_by", "recipient_key"))),
        12: (
            *_under("demand", _REF),
            *_under("subject", _REF),
            *_under("", ("decision", "reason", "wrapped_key_sha256")),
        ),
    }
)
MAX_TEXT: Final = 300
"""How long a kept text is at most: codes, hashes, a product's name."""


class NotShown(CannotCheck):
    """A member that a rule needs exists, and isn't disclosed."""

    def __init__(self, pointer: str) -> None:
        super().__init__(f"{pointer} isn't disclosed", code="evidence.not_shown", where=pointer)


@dataclass(frozen=True)
class Shown:
    """The kept members of one record: values by pointer, and the listed ones that are hidden."""

    values: Mapping[str, JsonValue]
    hidden: frozenset[str]

    def find(self, pointer: str) -> JsonValue:
        """Return a member's value, None where the record has none. Raises NotShown where it is hidden."""
        if pointer in self.values:
            return self.values[pointer]
        below = pointer + "/"
        if pointer in self.hidden or any(each.startswith(below) for each in self.hidden):
            raise NotShown(pointer)
        return None

    def text(self, pointer: str) -> str:
        """Return a text. Raises NotShown where it is hidden or none."""
        found = self.find(pointer)
        if not isinstance(found, str):
            raise NotShown(pointer)
        return found

    def number(self, pointer: str) -> int:
        """Return a whole number. Raises NotShown where it is hidden or none."""
        found = self.find(pointer)
        if not isinstance(found, int) or isinstance(found, bool):
            raise NotShown(pointer)
        return found

    def count(self, pointer: str) -> int:
        """Return how many elements an array has; 0 for an empty one and for none."""
        found = self.find(pointer)
        return found if isinstance(found, int) and not isinstance(found, bool) else 0

    def texts(self, pointer: str) -> list[str]:
        """Return an array of texts."""
        return [self.text(f"{pointer}/{place}") for place in range(self.count(pointer))]

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as it is kept."""
        return {"values": dict(self.values), "hidden": sorted(self.hidden)}


def read_shown(kept: Mapping[str, object]) -> Shown:
    """Read what was kept."""
    values, hidden = kept.get("values"), kept.get("hidden")
    return Shown(
        values if isinstance(values, dict) else {},
        frozenset(str(each) for each in hidden) if isinstance(hidden, list) else frozenset(),
    )


def select_members(kind: int, disclosure: Disclosure) -> Shown:
    """Select of a record's disclosed fields what is kept of its kind. The fields must have been proven."""
    pattern = _pattern_of(kind)
    pointers = disclosure.pointers
    values: dict[str, JsonValue] = {}
    for field in disclosure.fields:
        pointer = pointers[field.index - 1] if 0 < field.index <= len(pointers) else ""
        if pattern.fullmatch(pointer) and _is_small(field.value):
            values[pointer] = field.value
    hidden = {each for each in pointers if each not in values and pattern.fullmatch(each)}
    return Shown(values, frozenset(hidden))


def _is_small(value: JsonValue) -> bool:
    return not (isinstance(value, str) and len(value) > MAX_TEXT)


@cache
def _pattern_of(kind: int) -> re.Pattern[str]:
    members: Sequence[str] = (*_FRAME, *MEMBERS.get(kind, ()))
    return re.compile("|".join(re.escape(each).replace(r"\*", "(?:0|[1-9][0-9]{0,4})") for each in members))
