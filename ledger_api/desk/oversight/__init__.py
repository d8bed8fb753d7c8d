"""Demands for a record's content: the officer's pages at the regulator, the clerk's at the institution."""
