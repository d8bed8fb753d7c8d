"""Signed records at rest: encrypted content, wrapped keys, leaf hashes."""
