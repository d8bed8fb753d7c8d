"""Verifying one record's evidence, whoever brings it, and keeping the report (never the content)."""
