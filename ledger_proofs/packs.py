"""Drug trace codes in one canonical form, whatever form was scanned, and their tokens (protocol, section 12).

Forms: the 20 digits of China's drug trace codes (NMPAB/T 1002-2019), GS1 element strings and Digital Link
URIs (GS1 General Specifications; GS1 Digital Link: URI Syntax), and others, taken as they are. One pack must
have one token for ever, so a scan that could be read in two ways is refused, never guessed.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ledger_proofs.errors import MalformedInput
from ledger_proofs.gs1 import (
    FNC1,
    Elements,
    parse_bracketed_elements,
    parse_digital_link,
    parse_expiry,
    parse_scanned_elements,
    starts_with_gtin,
)
from ledger_proofs.types import PackToken, require_bytes

PACK_KEY_BYTES: Final = 32
MAX_PACK_CODE_CHARACTERS: Final = 512
_TOKEN_LABEL: Final = b"RxLedger pack v1\x00"

_SYMBOLOGY: Final = re.compile(r"\](?:d2|C1|Q3|e0|J1)")
"""ISO/IEC 15424 identifiers that say: GS1 element strings follow."""
_OTHER_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_CN20: Final = re.compile(r"[0-9]{20}")
_OTHER: Final = re.compile(r"[!-~]{20,100}")


class PackForm(StrEnum):
    """Which family of codes one belongs to."""

    CN20 = "cn20"
    GS1 = "gs1"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PackCode:
    """A parsed code. `product`: the first 7 of 20 digits, or the GTIN-14; lot and expiry as the code says."""

    form: PackForm
    canonical: str
    product: str | None
    lot: str | None
    expires_on: date | None
    serial: str


def parse_pack_code(text: str) -> PackCode:
    """Parse what was scanned or typed; blanks around it don't count.

    Raises `MalformedInput` with a code `pack.*`: what isn't a trace code, or could be read in two ways.
    """
    stripped = text.strip(" \t\r\n")
    if not stripped or len(stripped) > MAX_PACK_CODE_CHARACTERS:
        raise MalformedInput(
            f"a trace code has 20 to {MAX_PACK_CODE_CHARACTERS} characters: scan it again", code="pack.length"
        )
    marked = _SYMBOLOGY.match(stripped)
    if marked is not None or FNC1 in stripped:
        return _gs1(parse_scanned_elements(stripped[marked.end() if marked else 0 :]))
    # An identifier of another symbology says how it was printed, not what it says.
    bare = stripped[3:] if _OTHER_SYMBOLOGY.match(stripped) else stripped
    if re.match(r"(?i)https?://", bare):
        return _gs1(parse_digital_link(bare))
    if bare.startswith("(01)"):
        return _gs1(parse_bracketed_elements(bare))
    has_gtin = starts_with_gtin(bare)
    if _CN20.fullmatch(bare):
        if has_gtin and bare[16:18] == "21":
            raise MalformedInput(
                "can be read as a Chinese trace code or as a GS1 code: have the scanner send its symbology "
                "identifier, or type a GS1 code with its brackets",
                code="pack.ambiguous",
            )
        return PackCode(PackForm.CN20, f"cn20:{bare}", bare[:7], None, None, bare[7:])
    if has_gtin:
        return _gs1(parse_scanned_elements(bare))
    if _OTHER.fullmatch(bare):
        return PackCode(PackForm.OTHER, f"other:{bare}", None, None, None, bare)
    raise MalformedInput(
        "isn't a trace code: 20 digits, a GS1 code with (01) and (21), or 20 to 100 printable characters",
        code="pack.malformed",
    )


def key_epoch(code: PackCode) -> int:
    """Return which pack key a code's token is made with: a function of the code alone, 1 in version 1."""
    del code
    return 1


def pack_token(key: bytes, code: PackCode) -> PackToken:
    """Return a pack's token: HMAC-SHA256(key, "RxLedger pack v1" || 0x00 || canonical).

    `key`: the 32 bytes of the code's epoch.
    """
    require_bytes(key, PACK_KEY_BYTES, "pack key")
    return PackToken(hmac.digest(key, _TOKEN_LABEL + code.canonical.encode(), "sha256"))


def _gs1(elements: Elements) -> PackCode:
    gtin, serial = elements.get("01"), elements.get("21")
    if gtin is None:
        raise MalformedInput("a GS1 code of a pack names its product: (01)", code="pack.no_product")
    if serial is None:
        raise MalformedInput(
            "a GS1 code of a pack names its serial: (21); if it's printed there, the scanner dropped the "
            "separators: have it send FNC1",
            code="pack.no_serial",
        )
    expiry = elements.get("17")
    expires_on = parse_expiry(expiry) if expiry is not None else None
    return PackCode(PackForm.GS1, f"gs1:{gtin}:{serial}", gtin, elements.get("10"), expires_on, serial)
