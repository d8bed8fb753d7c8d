"""Bringing checkpoints to the chain: the only place of the product that sends transactions while it runs."""
