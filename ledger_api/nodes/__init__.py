"""The chain nodes that the gateway asks: its own held against proofs, and against other nodes."""
