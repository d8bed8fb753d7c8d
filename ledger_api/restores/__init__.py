"""Undoing a dispensing: claims are usable again, packs are returned."""
