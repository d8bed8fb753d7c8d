"""Curves that we don't use cost no process its time, and are there for whoever does use them."""

from __future__ import annotations

import subprocess
import sys

UNUSED = """
import sys
import ledger_chain, ledger_chain.connection, eth_account
from ledger_chain.deferred_curves import DEFERRED
assert "py_ecc.optimized_bls12_381" not in sys.modules
assert not hasattr(sys.modules[DEFERRED], "__warningregistry__")
assert "py_ecc.optimized_bls12_381" not in sys.modules
"""
# EIP-2335, "Test Cases": the secret and its public key.
SECRET = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
PUBLIC = "9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07"
BY_KEYFILE = f"""
import eth_keyfile
made = eth_keyfile.create_keyfile_json(
    bytes.fromhex("{SECRET}"), b"password", version=4, kdf="pbkdf2", iterations=1
)
assert made["pubkey"] == "{PUBLIC}", made
"""
BY_NAME = """
from py_ecc.bls import G2Basic, G2ProofOfPossession
assert G2ProofOfPossession.SkToPk(1) == G2Basic.SkToPk(1)
from py_ecc.bls.ciphersuites import G2ProofOfPossession as real
assert real.SkToPk(1) == G2Basic.SkToPk(1)
"""


def run(*parts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True, check=False
    )


def test_loading_the_chains_package_computes_no_curve() -> None:
    done = run(UNUSED)
    assert done.returncode == 0, done.stderr


def test_who_uses_them_has_them() -> None:
    done = run(UNUSED, BY_KEYFILE, BY_NAME)
    assert done.returncode == 0, done.stderr
