"""Refusals: a pharmacist puts on record that, and why, nothing was handed over."""
