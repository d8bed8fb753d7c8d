"""Python and Solidity agree on a real EVM: every verdict and hash, for random cases, valid and mutated.

The seed is printed; `RXLEDGER_AGREEMENT_SEED` gives the same cases again. The count of cases is asserted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from rfc8785 import dumps
from web3 import Web3
from web3.contract import Contract

from ledger_chain.connection import connect
from ledger_chain.contracts import ContractName, bind, read_artifact
from ledger_chain.deployment import send_call
from ledger_chain.development_keys import deployer
from ledger_chain.engines import AnvilEngine
from ledger_chain.items import as_abi
from ledger_proofs.bounded_time import verify_bounded_time
from ledger_proofs.claims import claim_key, holders_hash, use_digest
from ledger_proofs.commitments import Disclosure, build_disclosure, verify_disclosure
from ledger_proofs.eip712 import ClaimUse, Domain, PackUse, Use
from ledger_proofs.errors import FromTheFuture, LedgerProofError, RecordLate
from ledger_proofs.kinds import KINDS
from ledger_proofs.merkle import verify_consistency, verify_inclusion
from ledger_proofs.signatures import recover_signer, sign_digest
from ledger_proofs.types import ClaimKey
from tests.integration.agreement import cases
from tests.model.chain import deploy_for_tests

pytestmark = [pytest.mark.integration, pytest.mark.chain, pytest.mark.slow]

LEAST_CASES = 5_000
BATCH = 250
ARTIFACT = Path(__file__).parents[3] / "contracts" / "test" / "artifacts" / "AgreementHarness.json"
NO_ADDRESS = "0x" + "00" * 20

_T = TypeVar("_T")
_counts: dict[str, tuple[int, int]] = {}


@pytest.fixture(scope="module")
def w3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web3]:
    with AnvilEngine(tmp_path_factory.mktemp("anvil")) as engine:
        yield connect(engine.rpc_url, 60)


@pytest.fixture(scope="module")
def harness(w3: Web3) -> Contract:
    artifact = read_artifact(ARTIFACT)
    receipt = send_call(w3, deployer(), None, artifact.bytecode)
    contract: Contract = w3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi)
    return contract


@pytest.fixture(scope="module")
def random() -> Random:
    seed = os.environ.get("RXLEDGER_AGREEMENT_SEED") or os.urandom(8).hex()
    print(f"agreement: RXLEDGER_AGREEMENT_SEED={seed}")
    return Random(seed)


def count(what: str, valid: int, mutated: int = 0) -> None:
    _counts[what] = (valid + mutated, mutated)


def in_batches(cases_: Sequence[_T], ask: Callable[[Sequence[_T]], Sequence[Any]]) -> list[Any]:
    """One call of the contract for each `BATCH` cases."""
    answers: list[Any] = []
    for start in range(0, len(cases_), BATCH):
        answers.extend(ask(cases_[start : start + BATCH]))
    return answers


def plain(value: Any) -> Any:
    return tuple(value.__dict__.values())


def holds(check: Callable[[], object]) -> bool:
    """Python's verdict: whether the check passes."""
    try:
        check()
    except LedgerProofError:
        return False
    return True


def test_inclusion_proofs(harness: Contract, random: Random) -> None:
    leaves = cases.build_leaves(random, 700)
    valid = [cases.build_inclusion(random, leaves) for _ in range(900)]
    valid += [cases.build_huge_inclusion(random) for _ in range(100)]
    mutated = [cases.mutate_inclusion(random, case) for case in valid]
    every = valid + mutated
    python = [
        holds(lambda c=case: verify_inclusion(c.leaf, c.index, c.size, c.path, c.root))  # type: ignore[misc]
        for case in every
    ]
    solidity = in_batches(
        every, lambda batch: harness.functions.inclusions([plain(case) for case in batch]).call()
    )
    assert python[: len(valid)] == [True] * len(valid)
    assert sum(python[len(valid) :]) < len(mutated) // 4, "most mutations must break a proof"
    assert solidity == python
    count("inclusion proofs", len(valid), len(mutated))


def test_consistency_proofs(harness: Contract, random: Random) -> None:
    leaves = cases.build_leaves(random, 400)
    valid = [cases.build_consistency(random, leaves) for _ in range(750)]
    mutated = [cases.mutate_consistency(random, case) for case in valid]
    every = valid + mutated
    python = [
        holds(
            lambda c=case: verify_consistency(  # type: ignore[misc]
                c.old_size, c.new_size, c.old_root, c.new_root, c.proof
            )
        )
        for case in every
    ]
    solidity = in_batches(
        every, lambda batch: harness.functions.consistencies([plain(case) for case in batch]).call()
    )
    assert python[: len(valid)] == [True] * len(valid)
    assert sum(python[len(valid) :]) < len(mutated) // 4, "most mutations must break a proof"
    assert solidity == python
    count("consistency proofs", len(valid), len(mutated))


def test_entries(harness: Contract, random: Random) -> None:
    valid = [cases.build_entry(random) for _ in range(300)]
    mutated = [cases.mutate_entry(random, entry) for entry in valid]
    every = valid + mutated
    answers = in_batches(
        every,
        lambda batch: list(zip(*harness.functions.entries([as_abi(e) for e in batch]).call(), strict=True)),
    )
    assert answers == [(entry.to_bytes(), entry.leaf_hash()) for entry in every]
    leaves = [leaf for _, leaf in answers]
    assert all(a != b for a, b in zip(leaves[: len(valid)], leaves[len(valid) :], strict=True))
    count("entries", len(valid), len(mutated))


def test_signatures_of_authors(harness: Contract, random: Random) -> None:
    domain = Domain(random.getrandbits(32), cases.build_address(random))
    statements = [cases.build_authorship(random) for _ in range(300)]
    valid = [sign_digest(each.digest(domain), random.randbytes(32)) for each, _ in statements]
    mutated = [cases.mutate_signature(random, signature) for signature in valid]
    every = list(zip(statements * 2, [*valid, *mutated], strict=True))
    python = [find_signer(each.digest(domain), signature) for (each, _), signature in every]
    solidity = in_batches(
        every,
        lambda batch: harness.functions.authors(
            domain.chain_id,
            Web3.to_checksum_address(bytes(domain.register)),
            [(each.institution, as_abi(entry), each.signed_at) for (each, entry), _ in batch],
            [signature for _, signature in batch],
        ).call(),
    )
    assert NO_ADDRESS not in python[: len(valid)]
    assert solidity == python
    count("authors' signatures", len(valid), len(mutated))


def test_signatures_of_presentations(harness: Contract, random: Random) -> None:
    domain = Domain(random.getrandbits(32), cases.build_address(random))
    statements = [cases.build_presentation(random) for _ in range(300)]
    valid = [sign_digest(each.digest(domain), random.randbytes(32)) for each in statements]
    mutated = [cases.mutate_signature(random, signature) for signature in valid]
    every = list(zip(statements * 2, [*valid, *mutated], strict=True))
    python = [find_signer(each.digest(domain), signature) for each, signature in every]
    members = ("claim", "restore_count", "spender", "use_hash", "into", "deadline")
    solidity = in_batches(
        every,
        lambda batch: harness.functions.presenters(
            domain.chain_id,
            Web3.to_checksum_address(bytes(domain.register)),
            [tuple(getattr(each, member) for member in members) for each, _ in batch],
            [signature for _, signature in batch],
        ).call(),
    )
    assert NO_ADDRESS not in python[: len(valid)]
    assert solidity == python
    count("presentations' signatures", len(valid), len(mutated))


def find_signer(digest: bytes, signature: bytes) -> str:
    """Python's answer in Solidity's form: the zero address for a signature that doesn't count."""
    try:
        return str(Web3.to_checksum_address(bytes(recover_signer(digest, signature))))
    except LedgerProofError:
        return NO_ADDRESS


def test_claim_keys(harness: Contract, random: Random) -> None:
    every = [
        (
            random.getrandbits(32),
            random.getrandbits(16),
            cases.random_hash(random),
            random.getrandbits(64),
            random.getrandbits(32),
        )
        for _ in range(500)
    ]
    solidity = in_batches(every, lambda batch: harness.functions.claimKeys(batch).call())
    assert solidity == [claim_key(*case) for case in every]
    count("claim keys", len(every))


def test_holders_hashes(harness: Contract, random: Random) -> None:
    every = [[cases.build_address(random) for _ in range(random.randint(1, 64))] for _ in range(200)]
    solidity = in_batches(
        every,
        lambda batch: harness.functions.holdersHashes(
            [[Web3.to_checksum_address(bytes(address)) for address in case] for case in batch]
        ).call(),
    )
    assert solidity == [holders_hash(case) for case in every]
    count("holders hashes", len(every))


def test_use_hashes_and_digests(harness: Contract, random: Random) -> None:
    every = [build_use(random) for _ in range(500)]
    solidity = in_batches(
        every,
        lambda batch: harness.functions.useHashes(
            [
                (
                    use.kind,
                    use.spender,
                    use.payer,
                    [as_abi(c) for c in use.claims],
                    [as_abi(p) for p in use.packs],
                )
                for use in batch
            ]
        ).call(),
    )
    assert solidity == [use.struct_hash() for use in every]
    uses = [
        (cases.random_hash(random), use.struct_hash(), use.spender, random.getrandbits(64)) for use in every
    ]
    digests = in_batches(uses, lambda batch: harness.functions.useDigests(batch).call())
    assert digests == [use_digest(*use) for use in uses]
    count("use hashes", len(every))
    count("use digests", len(uses))


def build_use(random: Random) -> Use:
    claims = sorted(cases.random_hash(random) for _ in range(random.randint(0, 8)))
    tokens = sorted(cases.build_token(random) for _ in range(random.randint(0, 8)))
    return Use(
        random.getrandbits(16),
        random.getrandbits(32),
        random.getrandbits(32),
        tuple(ClaimUse(ClaimKey(claim), random.getrandbits(14)) for claim in claims),
        tuple(PackUse(token, random.getrandbits(32), random.randint(1, 2**32 - 1)) for token in tokens),
    )


def test_commitments(harness: Contract, random: Random) -> None:
    records = [cases.build_record(random) for _ in range(150)]
    disclosures = [build_disclosure(record) for record in records]
    disclosures += [cases.mutate_disclosure(random, record) for record in records]
    commitments = [record.commitment for record in records] * 2
    solidity = in_batches(
        disclosures,
        lambda batch: harness.functions.commitments([leaf_data(each) for each in batch]).call(),
    )
    python = [
        holds(lambda d=disclosure, c=commitment: verify_disclosure(d, c))  # type: ignore[misc]
        for disclosure, commitment in zip(disclosures, commitments, strict=True)
    ]
    assert python == [True] * len(records) + [False] * len(records)
    assert [found == stated for found, stated in zip(solidity, commitments, strict=True)] == python
    count("commitments", len(records), len(records))


def leaf_data(disclosure: Disclosure) -> list[bytes]:
    """The data of all leaves of a fully disclosed record, made here from the protocol's words alone."""
    pairs = zip(disclosure.pointers, disclosure.fields, strict=True)
    return [
        disclosure.pointers_salt + b"\x00" + dumps(list(disclosure.pointers)),
        *(field.salt + b"\x01" + dumps([pointer, field.value]) for pointer, field in pairs),
    ]


def test_bounded_times(harness: Contract, random: Random) -> None:
    every = []
    for _ in range(500):
        signed_at, window = random.getrandbits(40), random.choice((0, 300, 86_400))
        offset = random.choice(
            (-301, -300, 0, 1, window - 1, window, window + 1, random.randint(-500, 90_000))
        )
        every.append((signed_at, max(0, signed_at + offset), window))
    solidity = in_batches(every, lambda batch: harness.functions.timings(batch).call())
    assert solidity == [timing(*case) for case in every]
    count("bounded times", len(every))


def timing(signed_at: int, anchored_at: int, window: int) -> int:
    """Python's verdict in the harness's numbers."""
    try:
        verify_bounded_time(signed_at, anchored_at, window)
    except FromTheFuture:
        return 2
    except RecordLate:
        return 1
    return 0


def test_the_table_of_kinds(w3: Web3) -> None:
    register = bind(w3, ContractName.CLAIM_REGISTER, deploy_for_tests(w3).claim_register)
    for number in range(20):
        kind = KINDS.get(number)
        expected: list[Any] = [0, 0, 0, 0, False, False, 0, 0, 0, 0, 0]
        if kind is not None:
            expected = [
                int(kind.issued_by),
                int(kind.author),
                int(kind.used_by),
                kind.used_into,
                kind.is_settled_by_payer,
                kind.has_packs,
                kind.signing_window_seconds,
                kind.record_window_seconds,
                kind.restore_window_seconds,
                kind.offline_grace_seconds,
                kind.max_claim_count,
            ]
        assert register.functions.kindRow(number).call() == expected, f"kind {number}"
    count("kinds", 20)


def test_enough_cases_were_compared(capsys: pytest.CaptureFixture[str]) -> None:
    total = sum(number for number, _ in _counts.values())
    listed = ", ".join(
        f"{number:,} {what}" + (f" ({mutated:,} mutated)" if mutated else "")
        for what, (number, mutated) in _counts.items()
    )
    with capsys.disabled():
        print(f"\nagreement: {listed}; {total:,} in all")
    assert total >= LEAST_CASES, "run the whole file: the other tests count their cases here"
