"""A use as a record states it under `/body/use`, and the rules that it must keep (protocol, 4.2 and 11.1).

What is signed is the use's hash, as the terms of the record's entry. So a use has one spelling in a record,
and one that no contract would take is refused here already.
"""

from __future__ import annotations

from typing import Final

from ledger_proofs.claims import MAX_RESTORE_COUNT
from ledger_proofs.eip712 import ClaimUse, PackUse, Use
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import read_array, read_bytes, read_members, read_uint, to_hex
from ledger_proofs.kinds import Kind, find_kind
from ledger_proofs.types import MAX_INSTITUTION, MAX_UINT16, MAX_UINT32, ClaimKey, JsonValue, PackToken

USE_POINTER: Final = "/body/use"
MAX_CLAIMS_PER_USE: Final = 64
MAX_PACKS_PER_USE: Final = 64

_USE_MEMBERS: Final = frozenset({"kind", "spender", "payer", "claims", "packs"})
_CLAIM_MEMBERS: Final = frozenset({"claim", "restore_count"})
_PACK_MEMBERS: Final = frozenset({"token", "total_units", "units_used"})


def parse_use(value: JsonValue, where: str = USE_POINTER) -> Use:
    """Parse a use; raises `MalformedInput` naming the member that is wrong.

    Claims (1 to 64) ascend by key and packs (at most 64) by token; units are from 1, none over the total.
    """
    members = read_members(value, where, _USE_MEMBERS)
    kind = read_uint(members["kind"], MAX_UINT16, f"{where}/kind")
    spender = read_uint(members["spender"], MAX_INSTITUTION, f"{where}/spender")
    payer = read_uint(members["payer"], MAX_INSTITUTION, f"{where}/payer")
    listed = read_array(members["claims"], f"{where}/claims", MAX_CLAIMS_PER_USE)
    if not listed:
        raise MalformedInput("a use has at least one claim", f"{where}/claims", code="use.no_claims")
    claims = tuple(_claim(each, f"{where}/claims/{number}") for number, each in enumerate(listed))
    _verify_ascending([each.claim for each in claims], f"{where}/claims")
    listed = read_array(members["packs"], f"{where}/packs", MAX_PACKS_PER_USE)
    packs = tuple(_pack(each, f"{where}/packs/{number}") for number, each in enumerate(listed))
    _verify_ascending([each.token for each in packs], f"{where}/packs")
    return Use(kind, spender, payer, claims, packs)


def use_as_json(use: Use) -> dict[str, JsonValue]:
    """Return a use as it stands in a record."""
    return {
        "kind": use.kind,
        "spender": use.spender,
        "payer": use.payer,
        "claims": [{"claim": to_hex(each.claim), "restore_count": each.restore_count} for each in use.claims],
        "packs": [
            {"token": to_hex(each.token), "total_units": each.total_units, "units_used": each.units_used}
            for each in use.packs
        ],
    }


def verify_use(use: Use, into: Kind, issuer: int | None = None, where: str = USE_POINTER) -> None:
    """Check that records of kind `into` can state this use, and that their issuer is its spender.

    `issuer` None: not known. Raises `MalformedInput` naming the member that is wrong.
    """
    used = find_kind(use.kind)
    if used is None or used.used_into != into.number:
        raise MalformedInput(
            f"claims of that kind aren't used into a {into.name}", f"{where}/kind", code="use.kind"
        )
    if issuer is not None and use.spender != issuer:
        raise MalformedInput("the spender is the record's issuer", f"{where}/spender", code="use.spender")
    if use.payer and not used.is_settled_by_payer:
        raise MalformedInput(f"a {used.name} has no payer: write 0", f"{where}/payer", code="use.payer")
    if use.packs and not used.has_packs:
        raise MalformedInput(f"a {used.name} has no packs", f"{where}/packs", code="use.packs")


def _claim(value: JsonValue, where: str) -> ClaimUse:
    members = read_members(value, where, _CLAIM_MEMBERS)
    claim = ClaimKey(read_bytes(members["claim"], 32, f"{where}/claim"))
    return ClaimUse(claim, read_uint(members["restore_count"], MAX_RESTORE_COUNT, f"{where}/restore_count"))


def _pack(value: JsonValue, where: str) -> PackUse:
    members = read_members(value, where, _PACK_MEMBERS)
    token = PackToken(read_bytes(members["token"], 32, f"{where}/token"))
    total = read_uint(members["total_units"], MAX_UINT32, f"{where}/total_units")
    used = read_uint(members["units_used"], MAX_UINT32, f"{where}/units_used")
    if not 1 <= used <= total:
        raise MalformedInput(
            "units used are at least 1, and no more than the pack's total",
            f"{where}/units_used",
            code="use.units",
        )
    return PackUse(token, total, used)


def _verify_ascending(keys: list[bytes], where: str) -> None:
    for number in range(1, len(keys)):
        if keys[number - 1] >= keys[number]:
            raise MalformedInput("must ascend strictly, none twice", f"{where}/{number}", code="use.order")
