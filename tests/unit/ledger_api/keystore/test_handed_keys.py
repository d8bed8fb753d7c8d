"""Handing a record's key to a regulator: it opens for that demand, that record and that key, else never."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.keystore.errors import HandedKeyInvalid, KeyMissing, RecipientKeyInvalid
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.keystore.handed_keys import WRAPPED_KEY_BYTES, unwrap_record_key, wrap_record_key
from ledger_proofs.types import Commitment, RecordKey

LIGHT_KEYSTORE_COST = 2**4

KEY = RecordKey(bytes(range(32)))
DEMAND, SUBJECT = Commitment(b"\xdd" * 32), Commitment(b"\x55" * 32)
PRIVATE = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()


@given(key=st.binary(min_size=32, max_size=32))
def test_the_regulator_opens_what_was_wrapped_to_her(key: bytes) -> None:
    wrapped = wrap_record_key(RecordKey(key), PUBLIC, DEMAND, SUBJECT)
    assert len(wrapped) == WRAPPED_KEY_BYTES
    assert key not in wrapped
    assert unwrap_record_key(wrapped, PRIVATE, DEMAND, SUBJECT) == key


@given(place=st.integers(0, WRAPPED_KEY_BYTES - 1), bit=st.integers(0, 7))
def test_a_wrapped_key_changed_in_one_bit_does_not_open(place: int, bit: int) -> None:
    wrapped = bytearray(wrap_record_key(KEY, PUBLIC, DEMAND, SUBJECT))
    wrapped[place] ^= 1 << bit
    with pytest.raises(HandedKeyInvalid):
        unwrap_record_key(bytes(wrapped), PRIVATE, DEMAND, SUBJECT)


@pytest.mark.parametrize(("demand", "subject"), [(SUBJECT, SUBJECT), (DEMAND, DEMAND), (SUBJECT, DEMAND)])
def test_a_wrapped_key_answers_no_other_demand_and_opens_no_other_record(
    demand: Commitment, subject: Commitment
) -> None:
    wrapped = wrap_record_key(KEY, PUBLIC, DEMAND, SUBJECT)
    with pytest.raises(HandedKeyInvalid):
        unwrap_record_key(wrapped, PRIVATE, demand, subject)


def test_somebody_else_s_key_does_not_open_it() -> None:
    wrapped = wrap_record_key(KEY, PUBLIC, DEMAND, SUBJECT)
    with pytest.raises(HandedKeyInvalid):
        unwrap_record_key(wrapped, X25519PrivateKey.generate(), DEMAND, SUBJECT)


@pytest.mark.parametrize("length", [0, 31, 48, 79, 81, 4096])
def test_bytes_of_another_length_are_no_wrapped_key(length: int) -> None:
    with pytest.raises(HandedKeyInvalid):
        unwrap_record_key(bytes(length), PRIVATE, DEMAND, SUBJECT)


@pytest.mark.parametrize("public", [bytes(32), b"", bytes(31)])
def test_nothing_is_wrapped_to_what_is_no_public_key(public: bytes) -> None:
    with pytest.raises(RecipientKeyInvalid):
        wrap_record_key(KEY, public, DEMAND, SUBJECT)


def test_a_tenant_s_content_key_stays_the_same_over_restarts_and_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "keystore.json"
    keystore = FileKeystore.open(path, "a passphrase for tests", cost=LIGHT_KEYSTORE_COST)
    keystore.add_institution(900)
    keystore.add_institution(901)
    public = keystore.content_public_key(900)
    wrapped = wrap_record_key(KEY, public, DEMAND, SUBJECT)

    opened = FileKeystore.open(path, "a passphrase for tests", cost=LIGHT_KEYSTORE_COST)
    assert opened.content_public_key(900) == public != opened.content_public_key(901)
    assert opened.open_handed_key(900, wrapped, DEMAND, SUBJECT) == KEY
    with pytest.raises(HandedKeyInvalid):
        opened.open_handed_key(901, wrapped, DEMAND, SUBJECT)
    with pytest.raises(KeyMissing):
        opened.content_public_key(902)
