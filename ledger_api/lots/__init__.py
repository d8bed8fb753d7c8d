"""Lots: a manufacturer signs which packs it made, and which it recalls."""
