"""Packs: from a scanned code to what is known of it, at its maker, on the chain and by the calendar."""
