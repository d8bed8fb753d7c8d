"""`bench verify`: offline bundles per second, against the bare cost of their hashes and recoveries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import coincurve

from ledger_cli.bench.bundle_factory import CHAIN_ID, CONTRACT, build_bundles, sign_records
from ledger_cli.bench.measurement import Stopwatch, cpu_seconds, percentiles_ms, resources_since
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle

NODE_BYTES = bytes(65)
"""The input of one inner tree node: 0x01 and two hashes."""
AIM_RATIO = 0.5
STEPS_CHECKED_OFFLINE = 3


@dataclass(frozen=True)
class BareCost:
    """What can't be saved in verifying one bundle: the inputs of its hashes, and its signature."""

    sha256_inputs: tuple[bytes, ...]
    keccak_inputs: tuple[bytes, ...]
    digest: bytes
    recoverable: bytes

    @property
    def hash_count(self) -> int:
        """How many hashes of either kind."""
        return len(self.sha256_inputs) + len(self.keccak_inputs)

    def pay(self) -> None:
        """Hash everything and recover the signer, and nothing else."""
        for message in self.sha256_inputs:
            hashlib.sha256(message).digest()
        for message in self.keccak_inputs:
            keccak(message)
        coincurve.PublicKey.from_signature_and_message(self.recoverable, self.digest, hasher=None).format(
            False
        )


def bench_verify(count: int) -> dict[str, Any]:
    """Verify `count` bundles offline; every one must pass the steps that need no chain."""
    domain = Domain(CHAIN_ID, CONTRACT)
    contents = build_bundles(sign_records(count, domain), domain)
    costs = [build_bare_cost(parse_bundle(content)) for content in contents]
    before = cpu_seconds()
    parsing, verifying = _verify_all(contents)
    resources = resources_since(before)
    baseline = Stopwatch()
    for cost in costs:
        with baseline.round():
            cost.pay()
    whole = [parse + verify for parse, verify in zip(parsing.rounds, verifying.rounds, strict=True)]
    return {
        "bench": "verify",
        "count": count,
        "bytes_per_bundle": sum(map(len, contents)) // count,
        "hashes_per_bundle": sum(cost.hash_count for cost in costs) // count,
        "bundles_per_second": round(count / sum(whole), 1),
        "baseline": "the same hashes and the same signature recoveries, and nothing else",
        "baseline_bundles_per_second": round(count / baseline.total, 1),
        "ratio": round(baseline.total / sum(whole), 3),
        "aim_ratio": AIM_RATIO,
        "parsing_share": round(parsing.total / sum(whole), 3),
        "ratio_without_parsing": round(baseline.total / verifying.total, 3),
        **percentiles_ms(whole),
        **resources,
    }


def build_bare_cost(bundle: Bundle) -> BareCost:
    """The inputs of every hash that protocol sections 2, 3, 5 and 6 make unavoidable for this bundle."""
    disclosure, entry = bundle.disclosure, bundle.entry
    pointers = disclosure.pointers
    field_inputs = [
        b"\x00" + field.salt + b"\x01" + canonical_bytes([pointers[field.index - 1], field.value])
        for field in disclosure.fields
    ]
    list_input = b"\x00" + disclosure.pointers_salt + b"\x00" + canonical_bytes(list(pointers))
    inner_nodes = len(disclosure.leaves) - 1 + len(bundle.inclusion.path)
    act = Authorship(
        institution=bundle.authorship.institution,
        kind=entry.kind,
        record=entry.record,
        claim_count=entry.claim_count,
        not_before=entry.not_before,
        not_after=entry.not_after,
        terms=entry.terms,
        signed_at=bundle.authorship.signed_at,
    )
    signature = bundle.authorship.signature
    # struct hash (9 words), digest, public key to address, author hash, one key per claim (5 words each)
    keccak_sizes = (288, 66, 64, 65, *[160] * entry.claim_count)
    return BareCost(
        sha256_inputs=(
            list_input,
            *field_inputs,
            *[NODE_BYTES] * inner_nodes,
            bytes(60),
            b"\x00" + entry.to_bytes(),
        ),
        keccak_inputs=tuple(bytes(size) for size in keccak_sizes),
        digest=act.digest(Domain(bundle.anchor.chain_id, bundle.anchor.claim_register)),
        recoverable=signature[:64] + bytes([signature[64] - 27]),
    )


def _verify_all(contents: Sequence[bytes]) -> tuple[Stopwatch, Stopwatch]:
    """How long parsing and verifying take, bundle by bundle."""
    parsing, verifying = Stopwatch(), Stopwatch()
    for content in contents:
        with parsing.round():
            bundle = parse_bundle(content)
        with verifying.round():
            report = verify_bundle(bundle)
        passed = [step.number for step in report.steps if step.outcome is Outcome.PASSED]
        if passed[:STEPS_CHECKED_OFFLINE] != [1, 2, 3] or report.outcome is Outcome.FAILED:
            raise RuntimeError("a benchmark bundle didn't verify; the figures would mean nothing")
    return parsing, verifying
