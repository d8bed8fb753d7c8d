"""Prescriptions fetched from other institutions' gateways, by presentation."""
