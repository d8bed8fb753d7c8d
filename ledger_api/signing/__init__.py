"""The signing of records: what is prepared, recomputed and signed by its author, and what becomes of it."""
