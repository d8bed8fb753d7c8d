"""What an entry states of its record: claims, window and terms, from the record's fields (protocol 3).

A record of a kind that carries claims has them under `/body/claims`, its windows under `/body/windows` (one
entry each) and the one-time addresses of its holders under `/body/holders`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger_proofs.claims import holders_hash
from ledger_proofs.commitments import DisclosedFields
from ledger_proofs.errors import CannotCheck, EntryMismatch, MalformedInput
from ledger_proofs.kinds import Kind, find_kind_of_schema
from ledger_proofs.pointers import list_fields, rebuild_record, verify_pointer_list
from ledger_proofs.records import parse_utc_time
from ledger_proofs.types import ZERO_HASH, Address, Hash, JsonValue
from ledger_proofs.uses import USE_POINTER, parse_use, verify_use

_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class EntryTerms:
    """An entry without record and author. Window in Unix seconds, inclusive; all zero without claims."""

    kind: int
    claim_count: int
    not_before: int
    not_after: int
    terms: Hash


def build_entry_terms(record: Mapping[str, JsonValue], window_index: int = 0) -> EntryTerms:
    """Return what the entry for one of a record's windows must state.

    Raises `MalformedInput` if the record's schema, claims, windows or holders aren't of their form, or if it
    has no such window.
    """
    fields = list_fields(record)
    pointers = tuple(field.pointer for field in fields)
    disclosed = DisclosedFields(pointers, dict(fields), verify_pointer_list(pointers))
    kind = find_kind_of_schema(_text(disclosed, "/schema"))
    if kind is None:
        raise MalformedInput("no kind of record has this schema", "/schema", code="kind.unknown")
    windows = terms_from_fields(kind, disclosed)
    if not 0 <= window_index < len(windows):
        raise MalformedInput(
            f"the record has {len(windows)} windows, numbered from 0", "/body/windows", code="entry.window"
        )
    return windows[window_index]


def terms_from_fields(kind: Kind, fields: DisclosedFields) -> tuple[EntryTerms, ...]:
    """Return what the entries of a record must state, one per window, from its disclosed fields.

    Windows that aren't disclosed are left out; a kind without claims has one window. Raises `MalformedInput`
    for fields of a wrong form, `CannotCheck` naming the field where one that is needed isn't disclosed.
    """
    terms_of_use = use_terms(kind, fields)
    if not kind.carries_claims:
        return (EntryTerms(kind.number, 0, 0, 0, terms_of_use),)
    claim_count = _claim_count(kind, fields)
    terms = _holders_terms(fields, claim_count)
    windows = [_find_window(fields, number) for number in range(_array_length(fields, "/body/windows"))]
    return tuple(EntryTerms(kind.number, claim_count, *window, terms) for window in windows if window)


def verify_terms(kind: Kind, stated: EntryTerms, fields: DisclosedFields) -> None:
    """Check that an entry states what its record's fields say.

    Raises `EntryMismatch` naming the entry's member, `CannotCheck` if a field that is needed isn't disclosed,
    `MalformedInput` if the fields themselves are of a wrong form.
    """
    if not kind.carries_claims:
        _verify_no_claims(kind, stated, fields)
        return
    use_terms(kind, fields)
    if stated.claim_count != _claim_count(kind, fields):
        raise EntryMismatch("the entry's number of claims isn't the record's", "claim_count")
    windows = [_find_window(fields, number) for number in range(_array_length(fields, "/body/windows"))]
    if (stated.not_before, stated.not_after) not in windows:
        if None in windows:
            raise CannotCheck(
                "the entry's window may be one that isn't disclosed",
                code="entry.withheld",
                where=f"/body/windows/{windows.index(None)}",
            )
        raise EntryMismatch("the entry's window is none of the record's", "not_before")
    if stated.terms != _holders_terms(fields, stated.claim_count):
        raise EntryMismatch("the entry's terms aren't the hash of the record's holders", "terms")


def use_terms(kind: Kind, fields: DisclosedFields) -> Hash:
    """Return the hash of the use that a record states, zero if it states none.

    Raises `MalformedInput` for a use of a wrong form, or where records of that kind have none or must have
    one, and `CannotCheck` naming the field where one of the use isn't disclosed.
    """
    inside = USE_POINTER + "/"
    pointers = [each for each in fields.pointers if each == USE_POINTER or each.startswith(inside)]
    if not pointers:
        if kind.must_use:
            raise MalformedInput("the record hasn't got this field", USE_POINTER, code="field.missing")
        return ZERO_HASH
    if not kind.uses_claims:
        raise MalformedInput(f"a {kind.name} uses no claims", USE_POINTER, code="use.not_here")
    members = [(each.removeprefix("/body"), _find_or_length(fields, each)) for each in pointers]
    use = parse_use(rebuild_record(members)["use"])
    issuer = fields.get("/issuer")
    verify_use(use, kind, issuer if type(issuer) is int else None)
    return use.struct_hash()


def _verify_no_claims(kind: Kind, stated: EntryTerms, fields: DisclosedFields) -> None:
    for name in ("claim_count", "not_before", "not_after"):
        if getattr(stated, name) != 0:
            raise EntryMismatch(f"an entry of a {kind.name} has a {name} of zero", name)
    if stated.terms != use_terms(kind, fields):
        what = "the hash of the record's use" if kind.uses_claims else "zero"
        raise EntryMismatch(f"the terms of this entry of a {kind.name} aren't {what}", "terms")


def _claim_count(kind: Kind, fields: DisclosedFields) -> int:
    claim_count = _array_length(fields, "/body/claims")
    if not 1 <= claim_count <= kind.max_claim_count:
        raise MalformedInput(
            f"a {kind.name} has 1 to {kind.max_claim_count} claims", "/body/claims", code="entry.claim_bound"
        )
    for number in range(claim_count):
        pointer = f"/body/claims/{number}/ordinal"
        if fields.is_withheld(pointer):
            continue
        ordinal = fields.get(pointer)
        if type(ordinal) is not int or ordinal != number:
            raise MalformedInput("claims are numbered 0, 1, ... in order", pointer, code="entry.ordinal")
    return claim_count


def _holders_terms(fields: DisclosedFields, claim_count: int) -> Hash:
    holder_count = _array_length(fields, "/body/holders")
    if holder_count not in (0, claim_count):
        raise MalformedInput(
            "has one address for each claim, or none at all", "/body/holders", code="entry.holders"
        )
    return holders_hash([_address(fields, f"/body/holders/{number}") for number in range(holder_count)])


def _find_window(fields: DisclosedFields, number: int) -> tuple[int, int] | None:
    start, end = f"/body/windows/{number}/not_before", f"/body/windows/{number}/not_after"
    if fields.is_withheld(start) or fields.is_withheld(end):
        return None
    not_before = parse_utc_time(_text(fields, start), start)
    not_after = parse_utc_time(_text(fields, end), end)
    if not_after < not_before:
        raise MalformedInput("a window must not end before it begins", end, code="entry.window")
    return not_before, not_after


def _find(fields: DisclosedFields, pointer: str) -> JsonValue:
    if fields.is_withheld(pointer):
        raise CannotCheck("this field isn't disclosed", code="entry.withheld", where=pointer)
    if pointer not in fields:
        raise MalformedInput("the record hasn't got this field", pointer, code="field.missing")
    return fields[pointer]


def _find_or_length(fields: DisclosedFields, pointer: str) -> JsonValue:
    length = fields.array_lengths.get(pointer)
    return _find(fields, pointer) if length is None else length


def _text(fields: DisclosedFields, pointer: str) -> str:
    value = _find(fields, pointer)
    if type(value) is not str:
        raise MalformedInput("must be a string", pointer, code="field.type")
    return value


def _array_length(fields: DisclosedFields, pointer: str) -> int:
    # The committed pointer list says how many elements an array has, whether or not its field is disclosed.
    length = fields.array_lengths.get(pointer)
    if length is not None:
        return length
    value = _find(fields, pointer)
    if isinstance(value, list | tuple) and not value:
        return 0
    raise MalformedInput("must be an array", pointer, code="field.type")


def _address(fields: DisclosedFields, pointer: str) -> Address:
    text = _text(fields, pointer)
    if not _ADDRESS.fullmatch(text):
        raise MalformedInput(
            "must be an address: 0x and 40 lower-case hex digits", pointer, code="field.type"
        )
    return Address(bytes.fromhex(text[2:]))
