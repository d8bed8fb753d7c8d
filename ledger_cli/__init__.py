"""`rxledger`, the one command: it runs the embedded stack, keeps signing keys, signs, imports, verifies."""
