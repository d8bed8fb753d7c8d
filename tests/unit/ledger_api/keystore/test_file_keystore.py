import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st
from sha3 import keccak_256

from ledger_api.keystore.errors import KeyMissing, WrappedKeyInvalid
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_web.errors import StartRefused
from tests.gateway_support import LIGHT_KEYSTORE_COST, address_of, signing_key

PASSPHRASE = "a passphrase for tests"
RECORD_KEY = bytes(range(32))


def _open(path: Path, passphrase: str = PASSPHRASE) -> FileKeystore:
    return FileKeystore.open(path, passphrase, cost=LIGHT_KEYSTORE_COST)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keystore.json"


@pytest.fixture
def keystore(path: Path) -> FileKeystore:
    keystore = _open(path)
    keystore.add_institution(1)
    keystore.add_institution(2)
    return keystore


def test_what_was_wrapped_is_unwrapped_also_after_opening_again(keystore: FileKeystore, path: Path) -> None:
    wrapped = keystore.wrap(1, RECORD_KEY, b"record 1")
    assert RECORD_KEY not in wrapped
    assert keystore.unwrap(1, wrapped, b"record 1") == RECORD_KEY
    assert _open(path).unwrap(1, wrapped, b"record 1") == RECORD_KEY


def test_a_wrapped_key_is_bound_to_its_institution_and_context(keystore: FileKeystore) -> None:
    wrapped = keystore.wrap(1, RECORD_KEY, b"record 1")
    with pytest.raises(WrappedKeyInvalid):
        keystore.unwrap(2, wrapped, b"record 1")
    with pytest.raises(WrappedKeyInvalid):
        keystore.unwrap(1, wrapped, b"record 2")


@given(position=st.integers(0, 60), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_one_changed_bit_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    keystore = _open(tmp_path_factory.mktemp("keys") / "keystore.json")
    keystore.add_institution(1)
    wrapped = bytearray(keystore.wrap(1, RECORD_KEY, b""))
    wrapped[position % len(wrapped)] ^= 1 << bit
    with pytest.raises(WrappedKeyInvalid):
        keystore.unwrap(1, bytes(wrapped), b"")


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x01" + bytes(12), b"\x02" + bytes(60)])
def test_a_truncated_or_unknown_form_is_refused(keystore: FileKeystore, wrapped: bytes) -> None:
    with pytest.raises(WrappedKeyInvalid):
        keystore.unwrap(1, wrapped, b"")


def test_the_file_is_its_owners_alone_and_holds_no_key_in_the_clear(path: Path) -> None:
    keystore = _open(path)
    key = signing_key("anchor")
    keystore.add_institution(1, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.hex() not in path.read_text()
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_others_can_read_is_refused(keystore: FileKeystore, path: Path) -> None:
    path.chmod(0o640)
    with pytest.raises(StartRefused, match="chmod 600"):
        _open(path)


def test_another_passphrase_does_not_open_it(keystore: FileKeystore, path: Path) -> None:
    with pytest.raises(StartRefused, match="RXLEDGER_KEYSTORE_PASSPHRASE"):
        _open(path, "another passphrase")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"format": "other"}',
        b"\xff\xfe",
        b'{"kdf": 1, "cipher": {}}',
        b"1" * 5_000_000,
    ],
)
def test_a_damaged_file_is_refused_with_advice(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StartRefused, match="backup"):
        _open(path)


@pytest.mark.parametrize("cost", [2**30, 3, 0, -8, "8", None, 1.5])
def test_a_file_cannot_demand_a_ruinous_cost(keystore: FileKeystore, path: Path, cost: object) -> None:
    document = json.loads(path.read_text())
    document["kdf"]["n"] = cost
    path.write_text(json.dumps(document))
    with pytest.raises(StartRefused, match="backup"):
        _open(path)


def test_an_institution_keeps_its_keys(keystore: FileKeystore, path: Path) -> None:
    address = keystore.anchoring_address(1)
    assert keystore.add_institution(1) == address
    assert _open(path).anchoring_address(1) == address
    with pytest.raises(StartRefused, match="another anchoring key"):
        keystore.add_institution(1, signing_key("another"))


def test_an_unknown_institution_has_no_key(keystore: FileKeystore) -> None:
    with pytest.raises(KeyMissing):
        keystore.wrap(9, RECORD_KEY, b"")
    with pytest.raises(KeyMissing):
        keystore.anchoring_address(9)


def test_a_transaction_is_signed_by_the_anchoring_account(path: Path) -> None:
    keystore = _open(path)
    key = signing_key("anchor")
    assert "0x" + keystore.add_institution(1, key).hex() == address_of(key)
    signed = keystore.sign_transaction(
        1,
        {
            "nonce": 0,
            "to": "0x" + "11" * 20,
            "gas": 100_000,
            "gasPrice": 0,
            "value": 0,
            "data": b"",
            "chainId": 20261,
        },
    )
    assert signed.hash == keccak_256(signed.raw).digest()
    assert Account.recover_transaction(signed.raw).lower() == address_of(key)


def test_keys_are_not_in_the_printed_form(keystore: FileKeystore) -> None:
    assert "secret" in repr(keystore._get(1))
    assert keystore._get(1).wrapping_key.hex() not in repr(keystore._get(1))


def test_many_institutions_get_their_keys_in_one_write(path: Path) -> None:
    keystore = _open(path)
    accounts = keystore.add_institutions({1: None, 2: signing_key("given")})
    held = path.read_bytes()
    assert keystore.add_institutions({2: None, 1: None}) == accounts
    with pytest.raises(StartRefused, match="another anchoring key for institution 2"):
        keystore.add_institutions({3: None, 2: signing_key("another")})
    assert path.read_bytes() == held
    assert _open(path).institutions() == {1, 2}
