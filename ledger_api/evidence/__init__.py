"""Evidence bundles: everything needed to verify one record offline (protocol 9)."""
