"""Demands: a regulator's officer asks for one record's content, on record."""
