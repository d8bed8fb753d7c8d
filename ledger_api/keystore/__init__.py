"""Keys of the institutions: wrapping record keys, signing anchoring transactions; behind two interfaces."""
