"""The holder's side: keys from a seed that only she has, and readings that hand nothing over."""

from __future__ import annotations

from ledger_cli.acting.holder import HOLDER_SPENDER, CodeSeed, sign_readings
from ledger_proofs.eip712 import Domain
from ledger_proofs.handover import part_of
from ledger_proofs.presentations import build_reading, reading_claim, verify_reading
from ledger_proofs.types import Address

DOMAIN = Domain(20261, Address(b"\x03" * 20))
RECORD_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
NOW = 1_795_309_200


def test_two_seeds_are_never_the_same() -> None:
    assert CodeSeed.new().seed != CodeSeed.new().seed


def test_a_whole_code_reads_by_its_first_key() -> None:
    code = CodeSeed.new().code(1, RECORD_ID)
    [reading] = sign_readings(code, 201, DOMAIN, now=NOW)
    verify_one(reading, code.address_for(0), 0, 201)


def test_a_part_reads_by_each_of_its_keys_and_no_other() -> None:
    whole = CodeSeed.new().code(1, RECORD_ID)
    readings = sign_readings(part_of(whole, [1, 3]), HOLDER_SPENDER, DOMAIN, now=NOW)
    assert len(readings) == 2
    for reading, ordinal in zip(readings, (1, 3), strict=True):
        verify_one(reading, whole.address_for(ordinal), ordinal, HOLDER_SPENDER)


def verify_one(reading: object, holder: Address, ordinal: int, spender: int) -> None:
    """A reading as a request carries it, checked as a hospital checks it."""
    assert isinstance(reading, dict) and reading["ordinal"] == ordinal and reading["restore_count"] == 0
    name = reading_claim(1, RECORD_ID, 0, ordinal)
    presentation = build_reading(name, 0, spender, reading["deadline"])
    verify_reading(presentation, DOMAIN, bytes.fromhex(reading["signature"][2:]), holder, NOW)
