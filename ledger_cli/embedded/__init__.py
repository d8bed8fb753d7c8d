"""The embedded stack: a single-node chain, the contracts, and a gateway, in one home folder.

A single-node development chain proves nothing against its owner; everything that is shown from it says so.
"""
