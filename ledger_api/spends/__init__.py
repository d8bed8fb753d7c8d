"""Spends: what signed records do to claims on chain, from the intent to the outcome (ADR 0016)."""
