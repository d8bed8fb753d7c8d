"""EIP-712: the published example, and agreement with an independent implementation (eth-account)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs.claims import use_hash
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import (
    AUTHORSHIP_TYPE,
    PRESENTATION_TYPE,
    USE_TYPE,
    Authorship,
    ClaimUse,
    Domain,
    PackUse,
    Presentation,
    Use,
    domain_separator,
    signing_digest,
)
from ledger_proofs.errors import MalformedInput
from ledger_proofs.signatures import recover_signer, sign_digest
from ledger_proofs.types import Address, ClaimKey, Commitment, Hash, PackToken
from tests.factories import seeded_bytes

MAIL = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["eip712_mail"]
PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
KEY = seeded_bytes("signer")

words = st.binary(min_size=32, max_size=32)
uint16s, uint32s = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)
uint64s = st.integers(0, 2**64 - 1)
domains = st.builds(Domain, st.integers(0, 2**64), st.binary(min_size=20, max_size=20).map(Address))
authorships = st.builds(
    Authorship, uint32s, uint16s, words.map(Commitment), uint32s, uint64s, uint64s, words.map(Hash), uint64s
)
presentations = st.builds(
    Presentation, words.map(ClaimKey), uint32s, uint32s, words.map(Hash), words.map(Commitment), uint64s
)
claim_uses = st.lists(
    st.builds(ClaimUse, words.map(ClaimKey), uint32s), max_size=4, unique_by=lambda use: use.claim
).map(lambda uses: tuple(sorted(uses, key=lambda use: use.claim)))
pack_uses = st.lists(
    st.builds(PackUse, words.map(PackToken), uint32s, st.integers(1, 2**32 - 1)),
    max_size=4,
    unique_by=lambda use: use.token,
).map(lambda uses: tuple(sorted(uses, key=lambda use: use.token)))
uses = st.builds(Use, uint16s, uint32s, uint32s, claim_uses, pack_uses)


def test_the_published_mail_example_hashes_and_recovers() -> None:
    def person(who: dict[str, str]) -> bytes:
        wallet = bytes.fromhex(who["wallet"])
        return keccak(
            keccak(MAIL["person_type"].encode()) + keccak(who["name"].encode()) + bytes(12) + wallet
        )

    domain = MAIL["domain"]
    contract = bytes.fromhex(domain["contract"])
    separator = domain_separator(domain["name"], domain["version"], domain["chain_id"], contract)
    assert separator.hex() == MAIL["separator"]
    mail_type = keccak((MAIL["mail_type"] + MAIL["person_type"]).encode())
    parts = mail_type + person(MAIL["from"]) + person(MAIL["to"]) + keccak(MAIL["contents"].encode())
    assert keccak(parts).hex() == MAIL["struct_hash"]
    digest = signing_digest(separator, keccak(parts))
    assert digest.hex() == MAIL["digest"]
    signature = sign_digest(digest, keccak(MAIL["private_key_of"].encode()))
    assert signature.hex() == MAIL["signature"]
    assert recover_signer(digest, signature).hex() == MAIL["from"]["wallet"]


def test_the_type_strings_stand_in_the_protocol() -> None:
    for type_string in (AUTHORSHIP_TYPE, PRESENTATION_TYPE):
        assert type_string in PROTOCOL
    for part in USE_TYPE.replace(")", ")\n").splitlines():
        assert part in PROTOCOL


@settings(max_examples=60)
@given(message=authorships | presentations | uses, domain=domains)
def test_digests_and_signatures_are_those_of_eth_account(
    message: Authorship | Presentation | Use, domain: Domain
) -> None:
    signable = encode_typed_data(full_message=dict(message.typed_data(domain)))
    signed = Account.sign_message(signable, KEY)
    assert signed.message_hash == message.digest(domain)
    assert signed.signature == sign_digest(message.digest(domain), KEY)


@given(message=authorships, domain=domains)
def test_typed_data_is_json(message: Authorship, domain: Domain) -> None:
    typed = message.typed_data(domain)
    assert json.loads(json.dumps(typed)) == typed


@given(one=authorships, other=authorships)
def test_different_messages_have_different_hashes(one: Authorship, other: Authorship) -> None:
    assert (one == other) == (one.struct_hash() == other.struct_hash())


def test_a_signature_counts_in_one_domain_only() -> None:
    message = Presentation(ClaimKey(bytes(32)), 0, 2, Hash(bytes(32)), Commitment(bytes(32)), 1_795_309_200)
    here, elsewhere = Domain(20261, Address(bytes(20))), Domain(20262, Address(bytes(20)))
    signature = sign_digest(message.digest(here), KEY)
    assert recover_signer(message.digest(here), signature) != recover_signer(
        message.digest(elsewhere), signature
    )


def test_the_use_hash_is_the_struct_hash() -> None:
    use = Use(1, 2, 3, (ClaimUse(ClaimKey(seeded_bytes("claim")), 1),), ())
    assert use_hash(use) == use.struct_hash()


@pytest.mark.parametrize(
    "build",
    [
        lambda: Use(1, 2, 0, (ClaimUse(ClaimKey(b"b" * 32), 0), ClaimUse(ClaimKey(b"a" * 32), 0)), ()),
        lambda: Use(1, 2, 0, (ClaimUse(ClaimKey(b"a" * 32), 0), ClaimUse(ClaimKey(b"a" * 32), 1)), ()),
        lambda: Use(1, 2, 0, (), (PackUse(PackToken(b"b" * 32), 1, 1), PackUse(PackToken(b"b" * 32), 1, 1))),
        lambda: PackUse(PackToken(bytes(32)), 1, 0),
        lambda: PackUse(PackToken(bytes(31)), 1, 1),
        lambda: ClaimUse(ClaimKey(bytes(33)), 0),
        lambda: Use(2**16, 2, 0, (), ()),
        lambda: Domain(-1, Address(bytes(20))),
        lambda: Domain(1, Address(bytes(19))),
    ],
)
def test_messages_that_cannot_be_are_refused(build: Any) -> None:
    with pytest.raises(MalformedInput):
        build()
