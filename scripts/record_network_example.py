"""Records one prescription's evidence on a QBFT network: docs/examples/network.bundle.json, and its trust.

    python scripts/record_network_example.py --rpc http://127.0.0.1:8545

The network's development keys deploy contracts of their own, enrol a hospital and a doctor, and anchor a log
that holds an invented prescription. What is written verifies without a node: `rxledger verify --offline`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ledger_api.anchoring.node import NodeChain  # noqa: E402
from ledger_api.evidence.claim_words import ask_claim_words  # noqa: E402
from ledger_api.evidence.proven_state import with_state  # noqa: E402
from ledger_chain.connection import connect  # noqa: E402
from ledger_chain.deployment import Authority, Deployment, deploy, send_call  # noqa: E402
from ledger_chain.development_keys import (  # noqa: E402
    address_of,
    anchoring_account,
    authority_members,
    deployer,
)
from ledger_chain.reader import ChainReader  # noqa: E402
from ledger_chain.transactions import anchor_call  # noqa: E402
from ledger_chain.validator_history import read_code_hashes, read_history  # noqa: E402
from ledger_proofs.bundle_proofs import StorageProof  # noqa: E402
from ledger_proofs.bundles import Bundle, bundle_to_json  # noqa: E402
from ledger_proofs.kinds import InstitutionRole, PractitionerRole  # noqa: E402
from ledger_proofs.signatures import address_of_key  # noqa: E402
from ledger_proofs.trust_files import TrustFile, trust_file_as_json  # noqa: E402
from ledger_proofs.types import Hash  # noqa: E402
from tests.factories import HOSPITAL, build_scene, prescription_record, seeded_bytes  # noqa: E402

EXAMPLES: Final = ROOT / "docs" / "examples"
NOTE: Final = "four validators of a test network on one machine; its keys are known to everybody"
YEAR_SECONDS: Final = 31_536_000


def main() -> None:
    """Record the example; print where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--out", type=Path, default=EXAMPLES)
    given = parser.parse_args()
    w3 = connect(given.rpc)
    members = authority_members()
    deployment = deploy(w3, [address_of(each) for each in members], 1, 0, deployer())
    authority = Authority(w3, deployment, members[:1])
    authority.bind_checkpoint_log()
    authority.register_institution(HOSPITAL, InstitutionRole.HOSPITAL, address_of(anchoring_account(0)))
    authority.grant_credential(
        address_of_key(seeded_bytes("doctor")),
        HOSPITAL,
        PractitionerRole.DOCTOR,
        0,
        int(time.time()) + YEAR_SECONDS,
    )
    reader = ChainReader(given.rpc, deployment)
    _await_block(reader, reader.block_number() + 2)
    bundle = _anchor(given.rpc, w3, reader, deployment)
    history = read_history(reader)
    trust = replace(
        deployment.trust(), code_hashes=read_code_hashes(reader, history.as_of_block), validators=history
    )
    (given.out / "network.bundle.json").write_bytes(bundle_to_json(bundle) + b"\n")
    text = json.dumps(trust_file_as_json(TrustFile(trust, NOTE)), ensure_ascii=False, indent=2) + "\n"
    (given.out / "network.trust.json").write_text(text, encoding="utf-8")
    print(given.out / "network.bundle.json")


def _anchor(rpc: str, w3: Any, reader: ChainReader, deployment: Deployment) -> Bundle:
    signed_at = reader.block_time(reader.block_number())
    record = prescription_record(lines=1)
    record["issued_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(signed_at))
    scene = build_scene(record, signed_at=signed_at, trust=deployment.trust())
    stated = scene.bundle.checkpoint
    # The scene's checkpoint follows an earlier one; here it is the log's first.
    call = anchor_call(stated.log, stated.size, stated.root, [])
    receipt = send_call(w3, anchoring_account(0), deployment.checkpoint_log, call)
    number = int(receipt["blockNumber"])
    checkpoint = reader.find_checkpoint(stated.log, stated.size)
    if checkpoint is None:
        raise SystemExit("the checkpoint wasn't recorded")
    taken = NodeChain(rpc, deployment).take_proof(stated.log, stated.size, number)
    anchor = replace(
        scene.bundle.anchor,
        transaction_hash=Hash(bytes(receipt["transactionHash"])),
        block_number=number,
        block_hash=reader.block_hash(number),
        header=taken.header,
        account_proof=tuple(bytes.fromhex(node[2:]) for node in taken.account_proof or ()),
        storage_proofs=tuple(_storage_proof(each) for each in taken.storage_proofs or ()),
    )
    _await_block(reader, number + 2)
    claims = ask_claim_words(reader, [each.claim for each in scene.bundle.claims.words])
    return with_state(reader, replace(scene.bundle, checkpoint=checkpoint, anchor=anchor, claims=claims))


def _storage_proof(taken: dict[str, Any]) -> StorageProof:
    slot, value = (Hash(bytes.fromhex(taken[name][2:])) for name in ("slot", "value"))
    return StorageProof(slot, value, tuple(bytes.fromhex(node[2:]) for node in taken["proof"]))


def _await_block(reader: ChainReader, number: int) -> None:
    ends_at = time.monotonic() + 60
    while reader.block_number() < number:
        if time.monotonic() > ends_at:
            raise SystemExit("the network makes no blocks")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
