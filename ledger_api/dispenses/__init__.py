"""Dispensing: what was handed over, for which claims, in which packs, and what it costs."""
