"""The releaser's pages at a manufacturer: lots released and recalled."""
