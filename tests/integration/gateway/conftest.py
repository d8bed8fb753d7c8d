"""Fixtures of the gateway's tests."""

from tests.gateway_stack import chain as chain
from tests.gateway_stack import chain_engine as chain_engine
from tests.gateway_stack import shared_stack as shared_stack
from tests.gateway_stack import stack as stack
from tests.gateway_support import gateway as gateway
