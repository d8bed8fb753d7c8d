import socket

import pytest

from ledger_web.errors import StartRefused
from ledger_web.listening import open_listener


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_says_that_it_speaks_tcp(host: str) -> None:
    """asyncio looks at the protocol number to turn Nagle's algorithm off."""
    with open_listener(host, 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockname()[1] > 0


def test_a_busy_port_and_an_unknown_host_are_refused_by_name() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartRefused, match=f"port {port}"):
            open_listener("127.0.0.1", port)
    with pytest.raises(StartRefused, match="RXLEDGER_HOST"):
        open_listener("no.such.host.invalid", 0)
