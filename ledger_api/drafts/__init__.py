"""Drafts: prescriptions that wait for their doctor's signature, encrypted at rest."""
