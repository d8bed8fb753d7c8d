"""Proofs in Merkle Patricia tries: published roots, an independent builder, and everything broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.state_proofs import find_account, get_storage_word
from ledger_proofs.tries import EMPTY_TRIE, TrieProofInvalid, find_value
from ledger_proofs.types import Hash
from tests.support.reference_trie import ReferenceTrie, secure

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())
contents = st.dictionaries(st.binary(max_size=4), st.binary(min_size=1, max_size=40), max_size=12)


def read(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def final_content(steps: list[list[str | None]]) -> dict[bytes, bytes]:
    content = {read(str(key)): value for key, value in steps}
    return {key: read(value) for key, value in content.items() if value is not None}


@pytest.mark.parametrize("case", VECTORS["tries"]["cases"], ids=lambda case: case["name"])
def test_values_are_proven_from_published_roots(case: dict[str, Any]) -> None:
    content = final_content(case["in"])
    trie = secure(content) if case["secure"] else ReferenceTrie(content)
    root = Hash(read(case["root"]))
    for key in [*content, b"absent", b"", b"do", bytes(20)]:
        path = keccak(key) if case["secure"] else key
        assert find_value(root, path, trie.prove(path)) == content.get(key)


def test_accounts_are_proven_from_a_published_state_root() -> None:
    case = next(case for case in VECTORS["tries"]["cases"] if case["name"] == "accounts")
    content = final_content(case["in"])
    address = read("0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b")
    account = find_account(Hash(read(case["root"])), address, secure(content).prove(keccak(address)))
    assert account is not None
    assert (account.nonce, account.balance) == (1, 0x05F446A7)
    assert account.storage_root == EMPTY_TRIE
    assert account.code_hash == keccak(b"")


@given(contents, st.binary(max_size=4))
def test_any_trie_s_values_and_gaps_are_proven(content: dict[bytes, bytes], other: bytes) -> None:
    trie = ReferenceTrie(content)
    for key in [*content, other]:
        assert find_value(Hash(trie.root()), key, trie.prove(key)) == content.get(key)


@given(contents.filter(lambda content: len(content) > 1), st.data())
def test_a_proof_with_one_bit_flipped_proves_nothing(
    content: dict[bytes, bytes], data: st.DataObject
) -> None:
    trie = ReferenceTrie(content)
    key = data.draw(st.sampled_from(sorted(content)) | st.binary(max_size=4))
    proof = [bytearray(node) for node in trie.prove(key)]
    node = data.draw(st.sampled_from(range(len(proof))))
    bit = data.draw(st.integers(0, 8 * len(proof[node]) - 1))
    proof[node][bit // 8] ^= 1 << bit % 8
    with pytest.raises(TrieProofInvalid) as caught:
        find_value(Hash(trie.root()), key, [bytes(each) for each in proof])
    assert caught.value.code == "trie.node_hash"


@given(contents.filter(lambda content: len(content) > 1), st.data())
def test_a_longer_or_shorter_proof_proves_nothing(content: dict[bytes, bytes], data: st.DataObject) -> None:
    trie = ReferenceTrie(content)
    key = data.draw(st.sampled_from(sorted(content)))
    proof = trie.prove(key)
    with pytest.raises(TrieProofInvalid) as caught:
        find_value(Hash(trie.root()), key, proof[:-1])
    assert caught.value.code == "trie.node_missing"
    with pytest.raises(TrieProofInvalid) as caught:
        find_value(Hash(trie.root()), key, [*proof, proof[-1]])
    assert caught.value.code == "trie.unused_node"


@pytest.mark.parametrize(
    "node",
    [
        b"\x80",
        [],
        [b"\x20", b"v", b""],
        [b"", b"v"],
        [[b"\x20"], b"v"],
        [b"\x40", b"v"],
        [b"\x21", [b"v"]],
        [b"\x01\x01", b"v"],
        [b"\x00", bytes(32)],
        [b"\x10", b"short"],
        [[b""]] + [b""] * 16,
        [b"x"] + [b""] * 16,
    ],
)
def test_nodes_of_another_form_prove_nothing(node: Any) -> None:
    encoded = rlp.encode(node)
    for key in (b"", b"\x00", b"\x12"):
        try:
            found = find_value(keccak(encoded), key, [encoded])
        except TrieProofInvalid as error:
            assert error.code in {"trie.node_form", "trie.node_missing"}
        else:
            assert found is None


@pytest.mark.parametrize("path", [b"\x01\x12", b"\x21\x12", b"\x40\x12", b"\x80", b"\x00", b""])
def test_a_path_has_one_spelling(path: bytes) -> None:
    node = rlp.encode([path, bytes(32)])
    with pytest.raises(TrieProofInvalid) as caught:
        find_value(keccak(node), b"\x12", [node])
    assert caught.value.code == "trie.node_form"


def test_an_extension_that_leads_nowhere_proves_no_absence() -> None:
    nowhere: tuple[rlp.Item, ...] = (b"", [])
    for child in nowhere:
        node = rlp.encode([b"\x11", child])
        with pytest.raises(TrieProofInvalid) as caught:
            find_value(keccak(node), b"\x12", [node])
        assert caught.value.code == "trie.node_form"


def test_a_node_stands_within_its_parent_only_if_it_is_shorter_than_a_hash() -> None:
    def within(value: bytes) -> tuple[Hash, list[bytes]]:
        branch: list[rlp.Item] = [b""] * 17
        branch[1] = [b"\x32", value]
        node = rlp.encode(branch)
        return keccak(node), [node]

    assert find_value(within(b"v" * 28)[0], b"\x12", within(b"v" * 28)[1]) == b"v" * 28
    root, proof = within(b"v" * 29)
    with pytest.raises(TrieProofInvalid) as caught:
        find_value(root, b"\x12", proof)
    assert caught.value.code == "trie.node_form"


def test_what_a_leaf_holds_is_never_taken_for_a_node() -> None:
    """A value that reads as a branch, or a path that ends early, leads no further."""
    inner = rlp.encode([b"\x20", b"forged"])
    trie = ReferenceTrie({b"\x12": inner, b"\x12\x34": b"x", b"\x92": keccak(inner)})
    root = Hash(trie.root())
    assert find_value(root, b"\x12", trie.prove(b"\x12")) == inner
    for key in (b"\x12\x00", b"\x12\x34\x56", b"\x92\x00"):
        assert find_value(root, key, trie.prove(key)) is None
        with pytest.raises(TrieProofInvalid):
            find_value(root, key, [*trie.prove(key), inner])


def test_bytes_that_are_no_rlp_prove_nothing() -> None:
    for encoded in (b"", b"\xc2\x20", b"\xf8"):
        with pytest.raises(TrieProofInvalid) as caught:
            find_value(keccak(encoded), b"", [encoded])
        assert caught.value.code == "trie.node_form"


def test_an_empty_trie_holds_nothing_and_its_proof_neither() -> None:
    assert find_value(EMPTY_TRIE, b"key", []) is None
    assert find_value(EMPTY_TRIE, b"key", [b"\x80"]) is None
    for proof in ([b"\x80", b"\x80"], [b"\xc0"]):
        with pytest.raises(TrieProofInvalid) as caught:
            find_value(EMPTY_TRIE, b"key", proof)
        assert caught.value.code == "trie.unused_node"


@pytest.mark.parametrize(
    "value", [b"\x00", b"\x80", b"\x82\x00\x01", b"\xa1" + b"\x01" * 33, b"\xc0", b"\x81"]
)
def test_a_storage_value_of_another_form_is_refused(value: bytes) -> None:
    slot = bytes(32)
    trie = secure({slot: value})
    with pytest.raises(TrieProofInvalid) as caught:
        get_storage_word(Hash(trie.root()), slot, trie.prove(keccak(slot)))
    assert caught.value.code == "trie.value"


@given(st.integers(0, 2**256 - 1))
def test_a_stored_word_is_proven_and_zero_by_its_absence(number: int) -> None:
    slot, other = bytes(32), b"\x01" * 32
    stored = {slot: rlp.encode(number)} if number else {}
    trie = secure({**stored, other: b"\x01"})
    word = get_storage_word(Hash(trie.root()), slot, trie.prove(keccak(slot)))
    assert int.from_bytes(word, "big") == number


@pytest.mark.parametrize(
    "fields",
    [
        [b"", b"", bytes(32)],
        [b"", b"", bytes(31), bytes(32)],
        [b"", b"", bytes(32), bytes(33)],
        [b"\x00", b"", bytes(32), bytes(32)],
        [b"", b"\x00\x01", bytes(32), bytes(32)],
        [b"\x01" * 9, b"", bytes(32), bytes(32)],
        [b"", [], bytes(32), bytes(32)],
        b"account",
    ],
)
def test_an_account_of_another_form_is_refused(fields: Any) -> None:
    address = bytes(20)
    trie = secure({address: rlp.encode(fields)})
    with pytest.raises(TrieProofInvalid) as caught:
        find_account(Hash(trie.root()), address, trie.prove(keccak(address)))
    assert caught.value.code == "trie.value"


def test_an_account_that_is_not_there_is_none() -> None:
    trie = secure({bytes(20): b"x", b"\x01" * 20: b"y"})
    other = b"\x02" * 20
    assert find_account(Hash(trie.root()), other, trie.prove(keccak(other))) is None


@given(st.lists(st.binary(max_size=120), max_size=4), st.binary(max_size=32))
def test_arbitrary_nodes_never_crash_the_reader(nodes: list[bytes], key: bytes) -> None:
    root = keccak(nodes[0]) if nodes else Hash(bytes(32))
    try:
        found = find_value(root, key, nodes)
    except LedgerProofError:
        return
    assert found is None or isinstance(found, bytes)
