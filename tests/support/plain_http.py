"""What a test's client is given for TLS where it speaks none: to load authorities takes longer than to ask.

A test's services listen on this machine without TLS. A client made with `NO_AUTHORITIES` fails at any other.
"""

from __future__ import annotations

import ssl
from typing import Final

NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody; shared by all clients."""
