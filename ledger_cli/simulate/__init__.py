"""A simulated day of several hospitals, pharmacies and an insurer, over HTTP, the same for the same seed."""
