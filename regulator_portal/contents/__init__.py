"""Contents that institutions hand over for a signed demand: shown once verified, never kept."""
