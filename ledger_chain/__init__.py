"""The chain as seen from Python: contract bindings, a typed reader, and the embedded engines.

Importing it also puts Python's recursion limit back. `py_ecc`, which comes with `eth_account` and `web3`,
raises it to 100,000 for the whole process when it is first imported; deeply nested JSON then overflows the C
stack and kills the process (seen with Python 3.11.2), where it should raise `RecursionError`. We use nothing
that needs it.
"""

import sys
from contextlib import suppress
from importlib import import_module

from ledger_chain.deferred_curves import defer_curves

RECURSION_LIMIT = 1000
"""CPython's own default."""

with suppress(ModuleNotFoundError):
    import_module("py_ecc")
    defer_curves()
sys.setrecursionlimit(RECURSION_LIMIT)
