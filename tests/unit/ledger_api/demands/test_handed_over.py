"""What an institution hands over is taken only if it is the record that was demanded."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_api.demands.errors import HandedContentWrong
from ledger_api.demands.models import SentDemand
from ledger_api.demands.service import HandedOver, open_handed_over
from ledger_api.keystore.errors import HandedKeyInvalid
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.keystore.handed_keys import wrap_record_key
from ledger_api.records.sealing import OpenedRecord, RecordVault
from ledger_proofs.commitments import build_commitment
from ledger_proofs.records import record_from_json
from ledger_proofs.types import Commitment, RecordKey

REGULATOR, HOSPITAL = 900, 1
KEY = RecordKey(bytes(range(32)))
DEMAND = Commitment(b"\xdd" * 32)
LIGHT_COST = 2**4


def record_of(name: str, key: RecordKey = KEY) -> tuple[OpenedRecord, Commitment]:
    """A record that says a name, with its commitment."""
    record = record_from_json(
        {
            "schema": "rx.prescription/1",
            "id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "issuer": HOSPITAL,
            "issued_at": "2026-11-22T01:00:00Z",
            "body": {"name": name},
        }
    )
    opened = OpenedRecord(record, key)
    return opened, build_commitment(record.as_json(), key).commitment


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> FileKeystore:
    path: Path = tmp_path_factory.mktemp("keys") / "keystore.json"
    opened = FileKeystore.open(path, "a passphrase for tests", cost=LIGHT_COST)
    opened.add_institution(REGULATOR)
    opened.add_institution(HOSPITAL)
    return opened


def hand_over(
    keystore: FileKeystore,
    content: tuple[OpenedRecord, Commitment],
    *,
    subject: Commitment,
    key: RecordKey = KEY,
    sealed_for: Commitment | None = None,
) -> tuple[HandedOver, str]:
    """What an institution sends, and the hash that its clerk signed."""
    sealed = RecordVault(keystore).seal(content[0], sealed_for or content[1])
    wrapped = wrap_record_key(key, keystore.content_public_key(REGULATOR), DEMAND, subject)
    return HandedOver(wrapped, sealed.content), "0x" + hashlib.sha256(wrapped).hexdigest()


def demand_for(subject: Commitment) -> SentDemand:
    return SentDemand(
        id="5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10",
        institution=REGULATOR,
        recipient=HOSPITAL,
        subject_commitment=subject,
        purpose="audit",
        answer_by=1_800_000_000,
    )


def test_the_record_demanded_opens_with_the_key_handed_over(keystore: FileKeystore) -> None:
    content = record_of("demanded")
    handed, stated = hand_over(keystore, content, subject=content[1])
    record, key = open_handed_over(handed, demand_for(content[1]), DEMAND, stated, keystore)
    assert (record.body, key) == ({"name": "demanded"}, KEY)


def test_another_record_under_the_demanded_one_s_name_is_refused(keystore: FileKeystore) -> None:
    demanded, other = record_of("demanded"), record_of("another")
    handed, stated = hand_over(keystore, other, subject=demanded[1], sealed_for=demanded[1])
    with pytest.raises(HandedContentWrong):
        open_handed_over(handed, demand_for(demanded[1]), DEMAND, stated, keystore)


def test_the_content_of_another_record_is_refused(keystore: FileKeystore) -> None:
    demanded, other = record_of("demanded"), record_of("another")
    handed, stated = hand_over(keystore, other, subject=demanded[1])
    with pytest.raises(HandedContentWrong):
        open_handed_over(handed, demand_for(demanded[1]), DEMAND, stated, keystore)


def test_a_key_that_does_not_open_the_content_is_refused(keystore: FileKeystore) -> None:
    content = record_of("demanded")
    handed, stated = hand_over(keystore, content, subject=content[1], key=RecordKey(b"\x09" * 32))
    with pytest.raises(HandedContentWrong):
        open_handed_over(handed, demand_for(content[1]), DEMAND, stated, keystore)


def test_another_key_than_the_clerk_signed_for_is_refused(keystore: FileKeystore) -> None:
    content = record_of("demanded")
    handed, _stated = hand_over(keystore, content, subject=content[1])
    _other, other_stated = hand_over(keystore, content, subject=content[1])
    with pytest.raises(HandedContentWrong):
        open_handed_over(handed, demand_for(content[1]), DEMAND, other_stated, keystore)


def test_a_key_wrapped_for_another_demand_is_refused(keystore: FileKeystore) -> None:
    content = record_of("demanded")
    handed, stated = hand_over(keystore, content, subject=content[1])
    with pytest.raises(HandedKeyInvalid):
        open_handed_over(handed, demand_for(content[1]), Commitment(b"\xee" * 32), stated, keystore)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_content_changed_in_one_bit_is_refused(keystore: FileKeystore, data: st.DataObject) -> None:
    content = record_of("demanded")
    handed, stated = hand_over(keystore, content, subject=content[1])
    changed = bytearray(handed.content)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(HandedContentWrong):
        open_handed_over(
            HandedOver(handed.wrapped_key, bytes(changed)), demand_for(content[1]), DEMAND, stated, keystore
        )


@pytest.mark.parametrize("length", [0, 11, 12, 27, 28])
def test_content_too_short_to_be_sealed_is_refused(keystore: FileKeystore, length: int) -> None:
    content = record_of("demanded")
    handed, stated = hand_over(keystore, content, subject=content[1])
    short = HandedOver(handed.wrapped_key, handed.content[:length])
    with pytest.raises(HandedContentWrong):
        open_handed_over(short, demand_for(content[1]), DEMAND, stated, keystore)
