"""The audit trail: one append-only entry per change of state, in the same unit of work as the change."""
