"""The portal's pages for people: one module per page family, each with its typed contexts."""
