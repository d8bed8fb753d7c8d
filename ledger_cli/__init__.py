"""`rxledger`, the one command: it runs the embedded stack, keeps signing keys, signs, imports, verifies."""

# Before `web3` is loaded anywhere: see ledger_chain.deferred_curves.
import ledger_chain  # noqa: F401
