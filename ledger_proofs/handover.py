"""The hand-over code: what a patient holds, and shows to whom he lets dispense (protocol, section 10).

Whole, it carries the code seed, from which each claim's key is derived; in part, it carries the keys of some
claims, so that these alone can be handed on. Whoever has it can use the claims: it is a bearer's paper, and
its text must never reach a log, a server or an error message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from ledger_proofs.errors import MalformedInput
from ledger_proofs.holders import derive_holder_key
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import (
    MAX_INSTITUTION,
    MAX_UINT16,
    Address,
    InstitutionNumber,
    require_bytes,
    require_uint,
)

WHOLE_FORMAT: Final = "RXH1"
PART_FORMAT: Final = "RXP1"
MAX_ORDINAL: Final = 63
MAX_HANDOVER_CHARACTERS: Final = 4_608
"""More than the longest code has (64 keys), so that a bound can be set before parsing."""

_RECORD_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEAD: Final = r":([1-9][0-9]{0,6}):([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}):(0|[1-9][0-9]{0,4}):"
_WHOLE: Final = re.compile(WHOLE_FORMAT + _HEAD + r"([0-9A-F]{64})")
_KEY: Final = r"(?:0|[1-9][0-9]?)-[0-9A-F]{64}"
_PART: Final = re.compile(PART_FORMAT + _HEAD + rf"({_KEY}(?::{_KEY}){{0,63}})")


@dataclass(frozen=True, slots=True)
class HandoverCode:
    """The right to use claims of one window of one record: by `seed` all of them, by `keys` those listed.

    One of the two is given. `record_id` is a UUID in lower case, `keys` are 32-byte private keys by ordinal.
    """

    institution: InstitutionNumber
    record_id: str
    window: int
    keys: Mapping[int, bytes] | None = field(default=None, repr=False)
    seed: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if require_uint(self.institution, MAX_INSTITUTION, "institution") == 0:
            raise MalformedInput("must not be 0", "institution", code="handover.malformed")
        if _RECORD_ID.fullmatch(self.record_id) is None:
            raise MalformedInput("must be a UUID in lower case", "record_id", code="handover.malformed")
        require_uint(self.window, MAX_UINT16, "window")
        if (self.keys is None) == (self.seed is None):
            raise MalformedInput("has a seed or keys, one of the two", "keys", code="handover.malformed")
        if self.seed is not None:
            require_bytes(self.seed, 32, "seed")
            return
        if not self.keys:
            raise MalformedInput("hands on at least one claim", "keys", code="handover.malformed")
        for ordinal, key in self.keys.items():
            require_uint(ordinal, MAX_ORDINAL, "ordinal")
            address_of_key(key)
        object.__setattr__(self, "keys", MappingProxyType(dict(sorted(self.keys.items()))))

    @property
    def is_whole(self) -> bool:
        """Whether the code hands over every claim of the record."""
        return self.seed is not None

    def ordinals(self, claim_count: int) -> tuple[int, ...]:
        """Return which of a record's claims, numbered from 0, this code hands over."""
        if self.keys is None:
            return tuple(range(claim_count))
        return tuple(ordinal for ordinal in self.keys if ordinal < claim_count)

    def key_for(self, ordinal: int) -> bytes:
        """Return a claim's private key; raises `MalformedInput` if this code doesn't hand that claim over."""
        if self.seed is not None:
            return derive_holder_key(self.seed, require_uint(ordinal, MAX_ORDINAL, "ordinal"))
        key = (self.keys or {}).get(ordinal)
        if key is None:
            raise MalformedInput(
                "the code doesn't hand this claim over: ask for one that does",
                f"claim {ordinal}",
                code="handover.other_claim",
            )
        return key

    def address_for(self, ordinal: int) -> Address:
        """Return the address of a claim's key, as the record's `holders` must name it."""
        return address_of_key(self.key_for(ordinal))


def part_of(code: HandoverCode, ordinals: Iterable[int]) -> HandoverCode:
    """Return a code for these claims alone; raises `MalformedInput` for one that `code` hasn't got."""
    keys = {ordinal: code.key_for(ordinal) for ordinal in ordinals}
    return HandoverCode(code.institution, code.record_id, code.window, keys=keys)


def build_handover_text(code: HandoverCode) -> str:
    """Build the text of a code, the only spelling there is: capitals, in QR's alphanumeric mode."""
    head = f"{code.institution}:{code.record_id.upper()}:{code.window}"
    if code.seed is not None:
        return f"{WHOLE_FORMAT}:{head}:{code.seed.hex().upper()}"
    keys = (f"{ordinal}-{key.hex().upper()}" for ordinal, key in (code.keys or {}).items())
    return f"{PART_FORMAT}:{head}:{':'.join(keys)}"


def parse_handover_code(text: str) -> HandoverCode:
    """Parse a code's text; raises `MalformedInput` for any other spelling, without quoting it.

    Blanks around it are for the caller to strip: scanners often send a line's end.
    """
    is_bounded = len(text) <= MAX_HANDOVER_CHARACTERS
    found = (_WHOLE.fullmatch(text) or _PART.fullmatch(text)) if is_bounded else None
    if found is None:
        raise MalformedInput(
            f"isn't a hand-over code: it begins with {WHOLE_FORMAT}: or {PART_FORMAT}: and has four parts or "
            "more after that; scan it again",
            code="handover.malformed",
        )
    institution, record_id, window, secret = found.groups()
    seed, keys = None, None
    if "-" in secret:
        keys = _read_keys(secret)
    else:
        seed = bytes.fromhex(secret)
    try:
        return HandoverCode(InstitutionNumber(int(institution)), record_id.lower(), int(window), keys, seed)
    except MalformedInput as fault:
        raise MalformedInput(
            f"isn't a hand-over code: its {fault.path} can't be", code="handover.malformed"
        ) from None


def _read_keys(text: str) -> dict[int, bytes]:
    pairs = [each.split("-") for each in text.split(":")]
    ordinals = [int(ordinal) for ordinal, _ in pairs]
    if any(left >= right for left, right in pairwise(ordinals)):
        raise MalformedInput("isn't a hand-over code: its claims don't ascend", code="handover.malformed")
    return {int(ordinal): bytes.fromhex(key) for ordinal, key in pairs}
