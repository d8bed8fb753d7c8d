"""Fixtures of the gateway's tests."""

from tests.gateway_support import gateway as gateway
