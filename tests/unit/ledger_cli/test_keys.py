"""`rxledger keys`: keyfiles are made, shown and re-encrypted without a PIN on the command line."""

from __future__ import annotations

import json
import stat
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ledger_cli.app import app
from ledger_cli.errors import Refused
from ledger_cli.keyfiles import build_keyfile, open_keyfile, parse_keyfile

PIN = "correct-horse-7"
KEY = bytes.fromhex("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
# The test vector of the Web3 Secret Storage definition (Ethereum wiki): its key and address.
VECTOR_ADDRESS = "008aeeda4d805471df9b2a5b0f38a0c3bcba786b"

runner = CliRunner()


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(PIN + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def light_keyfile() -> bytes:
    return _light_keyfile()


def test_a_new_keyfile_is_private_and_opens_with_its_pin_only(tmp_path: Path, pin_file: Path) -> None:
    path = tmp_path / "doctor.json"
    made = runner.invoke(app, ["keys", "new", str(path), "--light", "--pin-file", str(pin_file), "--json"])
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keyfile = parse_keyfile(path.read_bytes())
    assert json.loads(made.stdout)["address"].lower() == "0x" + keyfile.address.hex()
    open_keyfile(keyfile, PIN)
    with pytest.raises(Refused) as refused:
        open_keyfile(keyfile, PIN + "x")
    assert refused.value.code == "keyfile.wrong_pin"
    assert PIN not in path.read_text()


def test_the_default_strength_is_the_standard_one(tmp_path: Path, pin_file: Path) -> None:
    path = tmp_path / "doctor.json"
    assert runner.invoke(app, ["keys", "new", str(path), "--pin-file", str(pin_file)]).exit_code == 0
    assert parse_keyfile(path.read_bytes()).work == 262_144


def test_the_published_vector_opens() -> None:
    vector = {
        "address": VECTOR_ADDRESS,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    }
    assert open_keyfile(parse_keyfile(json.dumps(vector).encode()), "testpassword") == KEY


def test_nothing_is_ever_overwritten(tmp_path: Path, pin_file: Path) -> None:
    path = tmp_path / "doctor.json"
    path.write_text("precious")
    refused = runner.invoke(app, ["keys", "new", str(path), "--light", "--pin-file", str(pin_file)])
    assert refused.exit_code == 1
    assert "never overwritten" in refused.output
    assert path.read_text() == "precious"


def test_without_a_terminal_a_pin_is_not_waited_for(tmp_path: Path) -> None:
    refused = runner.invoke(
        app, ["keys", "new", str(tmp_path / "k.json"), "--json"], env={"RXLEDGER_PIN": ""}
    )
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "secret.no_terminal"


@pytest.mark.parametrize("pin", ["12345", "aaaaaaaa", "ababab"])
def test_a_weak_pin_is_refused(tmp_path: Path, pin: str) -> None:
    path = tmp_path / "k.json"
    refused = runner.invoke(
        app, ["keys", "new", str(path), "--light", "--lang", "zh"], env={"RXLEDGER_PIN": pin}
    )
    assert refused.exit_code == 1
    assert "至少" in refused.output
    assert not path.exists()


def test_the_pin_can_come_from_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    made = runner.invoke(app, ["keys", "new", str(path), "--light", "--pin-file", "-"], input=PIN + "\n")
    assert made.exit_code == 0, made.output
    open_keyfile(parse_keyfile(path.read_bytes()), PIN)


def test_after_a_change_the_same_key_opens_with_the_new_pin_only(
    tmp_path: Path, pin_file: Path, light_keyfile: bytes
) -> None:
    path, new_pin = tmp_path / "k.json", tmp_path / "new"
    path.write_bytes(light_keyfile)
    new_pin.write_text("another-pin-9\n")
    arguments = ["keys", "change-pin", str(path), "--light", "--pin-file", str(pin_file)]
    changed = runner.invoke(app, [*arguments, "--new-pin-file", str(new_pin)])
    assert changed.exit_code == 0, changed.output
    assert open_keyfile(parse_keyfile(path.read_bytes()), "another-pin-9") == KEY
    with pytest.raises(Refused):
        open_keyfile(parse_keyfile(path.read_bytes()), PIN)
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []


def test_a_wrong_pin_changes_nothing(tmp_path: Path, light_keyfile: bytes) -> None:
    path = tmp_path / "k.json"
    path.write_bytes(light_keyfile)
    refused = runner.invoke(
        app, ["keys", "change-pin", str(path), "--light"], env={"RXLEDGER_PIN": "wrong-pin-1"}
    )
    assert refused.exit_code == 1
    assert path.read_bytes() == light_keyfile


def test_show_needs_no_pin_and_says_the_address(tmp_path: Path, light_keyfile: bytes) -> None:
    path = tmp_path / "k.json"
    path.write_bytes(light_keyfile)
    shown = runner.invoke(app, ["keys", "show", str(path), "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["address"].lower() == "0x" + VECTOR_ADDRESS


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("n", 2**30),
        ("n", 3),
        ("p", 10_000),
        ("r", 10**6),
        ("dklen", 64),
        ("salt", "zz"),
    ],
)
def test_a_hostile_key_derivation_is_refused_before_it_runs(
    light_keyfile: bytes, member: str, value: object
) -> None:
    document = json.loads(light_keyfile)
    document["crypto"]["kdfparams"][member] = value
    with pytest.raises(Refused):
        parse_keyfile(json.dumps(document).encode())


def test_a_keyfile_with_another_address_than_its_keys_is_refused(light_keyfile: bytes) -> None:
    document = json.loads(light_keyfile)
    document["address"] = "00" * 20
    with pytest.raises(Refused) as refused:
        open_keyfile(parse_keyfile(json.dumps(document).encode()), PIN)
    assert refused.value.code == "keyfile.address_mismatch"


@cache
def _light_keyfile() -> bytes:
    return build_keyfile(KEY, PIN, light=True)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_are_refused_and_nothing_else(content: bytes) -> None:
    with pytest.raises(Refused):
        parse_keyfile(content)


@settings(max_examples=200, deadline=None)
@given(
    where=st.sampled_from(
        ["version", "address", "crypto", "kdf", "kdfparams", "cipher", "cipherparams", "mac", "ciphertext"]
    ),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_a_keyfile_with_any_member_replaced_is_refused_or_still_bounded(where: str, value: object) -> None:
    document = json.loads(_light_keyfile())
    (document if where in document else document["crypto"])[where] = value
    try:
        keyfile = parse_keyfile(json.dumps(document).encode())
    except Refused:
        return
    assert keyfile.work <= (2**20 if keyfile.kdf == "scrypt" else 10_000_000)
