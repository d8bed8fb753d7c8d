"""The portal's JSON API for programs, under /v1."""
