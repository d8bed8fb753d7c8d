"""What a regulator is shown of each kind of record without asking for its content (ADR 0017).

That is what rules and drill-down need and what says nothing of a person: which records refer to which, the
use, decisions, reason codes, amounts, pack tokens and whole lots. Never names, words of people, a patient,
drugs of a prescription, or a pack's code. `*` stands for one part of a pointer, `**` for all that follows.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

_REF_MEMBERS: Final = ("institution", "id", "commitment", "window", "not_before")


def _ref(place: str) -> tuple[str, ...]:
    return tuple(f"{place}/{member}" for member in _REF_MEMBERS)


_MINIMAL: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        1: (),
        2: (*_ref("/prescription"), "/decision", "/reasons", "/reasons/*"),
        3: (
            "/prescriptions",
            *_ref("/prescriptions/*"),
            "/prescriptions/*/claims",
            "/prescriptions/*/claims/*/ordinal",
            "/prescriptions/*/claims/*/line",
            *_ref("/review"),
            "/packs",
            "/packs/*/token",
            "/packs/*/lot",
            "/packs/*/expires_on",
            "/packs/*/unit",
            "/packs/*/total_units",
            "/packs/*/units_used",
            "/packs/*/line/**",
            "/packs/*/flags",
            "/packs/*/flags/*",
            "/charges/currency",
            "/charges/total_minor",
            "/charges/lines",
            "/charges/lines/*/prescription",
            "/charges/lines/*/line",
            "/charges/lines/*/unit_price_minor",
            "/charges/lines/*/amount_minor",
            "/is_offline",
        ),
        4: (
            *_ref("/dispensing"),
            "/decision",
            "/currency",
            "/lines",
            "/lines/**",
            "/totals/**",
            "/claims",
            "/claims/*",
        ),
        5: (*_ref("/prescription"), "/ordinals", "/ordinals/*", "/reason"),
        6: (*_ref("/dispensing"), "/reason"),
        7: (*_ref("/settlement"), *_ref("/dispensing"), "/claims", "/claims/*", "/reason"),
        8: (*_ref("/prescription"), *_ref("/dispensing"), "/reason", "/chain_error"),
        9: (
            "/event",
            "/product/**",
            "/lot",
            "/made_on",
            "/expires_on",
            "/unit",
            "/units_per_pack",
            "/packs",
            "/packs/*",
            "/reason",
        ),
        11: (*_ref("/subject"), "/purpose", "/answer_by", "/recipient_key"),
        12: (*_ref("/demand"), *_ref("/subject"), "/decision", "/wrapped_key_sha256"),
    }
)


def choose_minimal(kind: int, pointers: Iterable[str]) -> list[str]:
    """Choose the pointers of a record's fields that a regulator is shown; besides the entry's own."""
    pattern = _PATTERNS.get(kind)
    return [
        pointer
        for pointer in pointers
        if pointer == "/id" or (pattern is not None and pattern.fullmatch(pointer))
    ]


def _compile(paths: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = [
        re.escape("/body" + path).replace(r"\*\*", ".+").replace(r"\*", "[0-9]+") for path in paths
    ]
    return re.compile("|".join(alternatives) or "(?!)")


_PATTERNS: Final = {kind: _compile(paths) for kind, paths in _MINIMAL.items()}
