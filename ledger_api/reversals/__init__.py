"""Reversals: an insurer takes a settlement back."""
