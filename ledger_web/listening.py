"""The socket that a service listens on, bound before anything is started: a busy port is told clearly."""

import socket

from ledger_web.errors import StartRefused

BACKLOG = 2048


def open_listener(host: str, port: int, settings_prefix: str = "RXLEDGER_") -> socket.socket:
    """Listen on a host (a name or an address, IPv4 or IPv6) and port; 0 for a free one. Raises StartRefused.

    The protocol is named, not left to the default: asyncio turns Nagle's algorithm off only where it reads
    TCP there, and with it on, every answer that is written in two pieces waits for the client's delayed
    acknowledgement (40 ms).
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise _refuse(host, port, fault, settings_prefix) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        raise _refuse(host, port, fault, settings_prefix) from None
    return listener


def _refuse(host: str, port: int, fault: OSError, prefix: str) -> StartRefused:
    return StartRefused(
        f"Can't listen on {host}, port {port}: {fault.strerror}. End what uses the port, or choose another by"
        f" {prefix}PORT (and {prefix}HOST)."
    )
