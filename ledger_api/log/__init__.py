"""An institution's append-only log: order, tiles, head (protocol 6)."""
