"""Findings: what a check showed to be wrong. Never doubled, never deleted; open or closed."""
