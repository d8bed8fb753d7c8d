"""From one record to everything under it: records, people's credentials, packs, lots, makers."""
