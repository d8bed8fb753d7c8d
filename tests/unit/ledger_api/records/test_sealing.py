"""Records at rest: opened only as they were sealed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.records.sealing import OpenedRecord, RecordVault, SealBroken, SealedRecord
from ledger_proofs.commitments import build_commitment
from ledger_proofs.records import record_from_json
from ledger_proofs.types import Commitment, RecordKey
from ledger_web.errors import ServiceError
from tests.factories import prescription_record, seeded_bytes


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> RecordVault:
    path: Path = tmp_path_factory.mktemp("keys") / "keystore.json"
    keystore = FileKeystore.open(path, "a passphrase of a test", cost=2**4)
    keystore.add_institution(1)
    keystore.add_institution(2)
    return RecordVault(keystore)


def _opened(**changes: object) -> tuple[OpenedRecord, Commitment]:
    content: Mapping[str, object] = {**prescription_record(), **changes}
    record = record_from_json(content)  # type: ignore[arg-type]
    key = RecordKey(seeded_bytes("a record's key"))
    return OpenedRecord(record, key), build_commitment(record.as_json(), key).commitment


def test_what_was_sealed_is_opened_again(vault: RecordVault) -> None:
    opened, commitment = _opened()
    sealed = vault.seal(opened, commitment)
    again = vault.open(sealed)
    assert again.record.canonical == opened.record.canonical
    assert again.record_key == opened.record_key


def test_nothing_of_content_or_key_is_readable_in_what_is_stored(vault: RecordVault) -> None:
    opened, commitment = _opened()
    sealed = vault.seal(opened, commitment)
    stored = sealed.content + sealed.wrapped_key
    assert "王小明".encode() not in stored
    assert stored.find(opened.record_key) == -1


def test_the_same_record_is_never_sealed_to_the_same_bytes(vault: RecordVault) -> None:
    opened, commitment = _opened()
    assert vault.seal(opened, commitment).content != vault.seal(opened, commitment).content


def test_a_key_wrapped_for_another_record_or_institution_opens_nothing(vault: RecordVault) -> None:
    opened, commitment = _opened()
    sealed = vault.seal(opened, commitment)
    other, other_commitment = _opened(id="00000000-0000-4000-8000-000000000000")
    moved = dataclasses.replace(vault.seal(other, other_commitment), wrapped_key=sealed.wrapped_key)
    for wrong in (moved, dataclasses.replace(sealed, institution=2)):
        with pytest.raises(ServiceError):
            vault.open(wrong)


def test_content_moved_under_another_commitment_does_not_open(vault: RecordVault) -> None:
    opened, commitment = _opened()
    sealed = vault.seal(opened, commitment)
    with pytest.raises(SealBroken):
        vault.open(dataclasses.replace(sealed, commitment=Commitment(bytes(32))))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), in_key=st.booleans())
def test_one_changed_bit_is_noticed(vault: RecordVault, place: int, bit: int, in_key: bool) -> None:
    opened, commitment = _opened()
    sealed = vault.seal(opened, commitment)
    altered = bytearray(sealed.wrapped_key if in_key else sealed.content)
    altered[place % len(altered)] ^= 1 << bit
    if in_key:
        spoilt = dataclasses.replace(sealed, wrapped_key=bytes(altered))
    else:
        spoilt = dataclasses.replace(sealed, content=bytes(altered))
    with pytest.raises(ServiceError):
        vault.open(spoilt)


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_content_cut_short_is_noticed(vault: RecordVault, length: int) -> None:
    opened, commitment = _opened()
    sealed: SealedRecord = vault.seal(opened, commitment)
    with pytest.raises(SealBroken):
        vault.open(dataclasses.replace(sealed, content=sealed.content[:length]))
