"""Code mappings: from the codes of a sending system to the local drug and diagnosis catalogue."""
