"""The portal's own copy of every log, and what it pinned of the chain."""
