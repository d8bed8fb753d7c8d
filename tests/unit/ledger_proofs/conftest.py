"""Hypothesis settings for the core's tests: no deadline, as a loaded machine is slow, not wrong."""

from hypothesis import HealthCheck, settings

settings.register_profile("core", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("core")
