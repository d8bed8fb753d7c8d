"""The nodes that the portal asks: held against proofs, and against each other."""
