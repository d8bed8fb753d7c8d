"""Prescriptions: their body and rules, and the way from draft to signed record."""
