"""Accesses: an institution answers a demand, with the record's key wrapped to the regulator's, or why not."""
