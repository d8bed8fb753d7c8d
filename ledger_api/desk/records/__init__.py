"""The desk's pages of signed records of every kind: what one's institution signed, and what became of it."""
