"""The claim register as the portal has it: every event that its own node tells, kept and pinned."""
