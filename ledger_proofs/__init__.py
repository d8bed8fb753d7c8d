"""RxLedger's verification core: what an auditor installs to check evidence without trusting anybody's server.

It turns bytes into typed values (`parse_`), checks them (`verify_`: returns nothing or raises one of
`ledger_proofs.errors`), and builds them (`build_`, pure). It reads no file, opens no connection and asks no
clock. The bytes are laid down in `docs/protocol.md`.
"""
