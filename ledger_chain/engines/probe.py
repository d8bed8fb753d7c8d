"""The few JSON-RPC questions that tell whether an engine serves, and which chain.

Everything else is asked through the chain reader. This stands below it, on the standard library, so that an
engine can be started before anything else is loaded.
"""

from __future__ import annotations

import errno
import http.client
import json
import socket

from ledger_chain.errors import BadAnswer, ChainUnreachable

_MAX_ANSWER_BYTES = 1_000_000


def _ask(port: int, method: str, parameters: list[object], timeout_s: float) -> object:
    """One call to 127.0.0.1; the JSON-RPC result.

    :raises ChainUnreachable: no answer in time
    :raises BadAnswer: an answer that is no JSON-RPC result
    """
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("POST", "/", body, {"content-type": "application/json"})
        answer = json.loads(connection.getresponse().read(_MAX_ANSWER_BYTES))
        return answer["result"]
    except (OSError, http.client.HTTPException) as error:
        raise ChainUnreachable(f"Nothing answers on 127.0.0.1:{port}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadAnswer(f"What answers on 127.0.0.1:{port} is no Ethereum node ({method}).") from error
    finally:
        connection.close()


def read_chain_id(port: int, timeout_s: float = 2.0) -> int:
    """The chain id that the node on this port states. Errors as `_ask`."""
    answer = _ask(port, "eth_chainId", [], timeout_s)
    try:
        return int(str(answer), 16)
    except ValueError as error:
        raise BadAnswer(f"The node on 127.0.0.1:{port} states no chain id.") from error


def read_genesis_hash(port: int, timeout_s: float = 5.0) -> str:
    """The hash of block 0, as 0x and 64 digits. Errors as `_ask`."""
    block = _ask(port, "eth_getBlockByNumber", ["0x0", False], timeout_s)
    genesis_hash = block.get("hash") if isinstance(block, dict) else None
    if not isinstance(genesis_hash, str) or len(genesis_hash) != 66:
        raise BadAnswer(f"The node on 127.0.0.1:{port} has no first block.")
    return genesis_hash


def is_port_busy(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        # Without it, connections that the last run left in TIME_WAIT would look like a listener.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def find_free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])
