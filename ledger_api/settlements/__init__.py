"""Settlements: what a pharmacy bills, what the insurer checks of it, and what an adjudicator signs."""
