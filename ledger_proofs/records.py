"""Records: one strict JSON object `{schema, id, issuer, issued_at, body}` (protocol, section 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ledger_proofs.canonical import MAX_RECORD_BYTES, MAX_RECORD_DEPTH, canonical_bytes, parse_json
from ledger_proofs.errors import MalformedInput
from ledger_proofs.pointers import list_fields
from ledger_proofs.types import MAX_INSTITUTION, InstitutionNumber, JsonValue

RECORD_MEMBERS: Final = ("schema", "id", "issuer", "issued_at", "body")

_SCHEMA: Final = re.compile(r"[a-z][a-z0-9_]{0,31}(?:\.[a-z][a-z0-9_]{0,31}){1,3}/[1-9][0-9]{0,3}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UTC_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DECIMAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{0,5}[1-9])?")
LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class Record:
    """A parsed record. `issued_at` in Unix seconds; `canonical` its RFC 8785 bytes."""

    schema: str
    id: str
    issuer: InstitutionNumber
    issued_at: int
    body: Mapping[str, JsonValue]
    canonical: bytes

    def as_json(self) -> dict[str, JsonValue]:
        """Return the record as the JSON object that it was parsed from."""
        return {
            "schema": self.schema,
            "id": self.id,
            "issuer": self.issuer,
            "issued_at": format_utc_time(self.issued_at),
            "body": self.body,
        }


def parse_record(data: bytes) -> Record:
    """Parse a record's bytes, canonical or not. Raises `MalformedInput` naming the member that is wrong."""
    value = parse_json(data, max_bytes=MAX_RECORD_BYTES, max_depth=MAX_RECORD_DEPTH)
    return record_from_json(value)


def record_from_json(value: JsonValue) -> Record:
    """Check a JSON value that is to be a record. Raises `MalformedInput` naming the member that is wrong."""
    if type(value) is not dict:
        raise MalformedInput("a record must be a JSON object", code="record.not_an_object")
    for name in RECORD_MEMBERS:
        if name not in value:
            raise MalformedInput("this member is missing", f"/{name}", code="record.member_missing")
    if len(value) != len(RECORD_MEMBERS):
        raise MalformedInput(
            f"a record has no other members than {', '.join(RECORD_MEMBERS)}", code="record.member_unknown"
        )
    body = value["body"]
    if type(body) is not dict:
        raise MalformedInput("must be an object", "/body", code="record.body")
    issuer = value["issuer"]
    if type(issuer) is not int or not 1 <= issuer <= MAX_INSTITUTION:
        raise MalformedInput(
            f"must be an institution's number, 1 to {MAX_INSTITUTION}", "/issuer", code="record.issuer"
        )
    schema = _matched(value["schema"], _SCHEMA, "/schema", "a versioned name such as rx.prescription/1")
    record_id = _matched(value["id"], _UUID, "/id", "a UUID in lower case")
    issued_at = parse_utc_time(value["issued_at"], "/issued_at")
    canonical = canonical_bytes(value)
    if len(canonical) > MAX_RECORD_BYTES:
        raise MalformedInput(f"more than {MAX_RECORD_BYTES} canonical bytes", code="json.too_large")
    list_fields(value)
    return Record(schema, record_id, InstitutionNumber(issuer), issued_at, body, canonical)


def verify_record_pointers(pointers: Iterable[str]) -> None:
    """Check that a verified pointer list names a record's members, all and no others."""
    names = {pointer.split("/", 2)[1] for pointer in pointers}
    for name in RECORD_MEMBERS:
        if name not in names:
            raise MalformedInput("this member is missing", f"/{name}", code="record.member_missing")
    if len(names) != len(RECORD_MEMBERS):
        raise MalformedInput(
            f"a record has no other members than {', '.join(RECORD_MEMBERS)}", code="record.member_unknown"
        )


def parse_utc_time(text: object, path: str = "") -> int:
    """Parse `YYYY-MM-DDThh:mm:ssZ` (RFC 3339, UTC, whole seconds, from 1970 on) to Unix seconds."""
    if type(text) is str and _UTC_TIME.fullmatch(text):
        try:
            seconds = int(datetime.fromisoformat(text).timestamp())
        except ValueError:
            seconds = -1
        if seconds >= 0:
            return seconds
    raise MalformedInput(
        "must be a time in UTC with whole seconds, such as 2026-11-22T01:00:00Z", path, code="record.time"
    )


def format_utc_time(seconds: int) -> str:
    """Write Unix seconds (1970 to 9999) as `YYYY-MM-DDThh:mm:ssZ`."""
    if type(seconds) is not int or not 0 <= seconds <= LAST_SECOND:
        raise MalformedInput("must be Unix seconds of the years 1970 to 9999", code="record.time")
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_decimal(text: object, path: str = "") -> Decimal:
    """Parse a quantity or dose: at most 16 digits before and 6 after the point, in one spelling."""
    if type(text) is str and _DECIMAL.fullmatch(text):
        return Decimal(text)
    raise MalformedInput(
        'must be a decimal string such as "0.5" or "12": no sign, exponent, leading or trailing zero',
        path,
        code="record.decimal",
    )


def _matched(value: JsonValue, pattern: re.Pattern[str], path: str, wanted: str) -> str:
    if type(value) is str and pattern.fullmatch(value):
        return value
    raise MalformedInput(f"must be {wanted}", path, code=f"record{path.replace('/', '.')}")
