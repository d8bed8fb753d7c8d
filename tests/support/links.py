"""The wires between the nodes of a network under test: each can be cut, and joined again.

Every node dials every other through a relay of its own on this machine. A cut closes the connections that
cross it and lets no new ones through, as a failed line between two sites does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine
from types import TracebackType
from typing import Any, Self

LOCAL = "127.0.0.1"
CHUNK_BYTES = 65_536


class Links:
    """The relays, in a thread of their own. Positions are the nodes'."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._cut: set[frozenset[int]] = set()
        self._open: dict[frozenset[int], set[asyncio.StreamWriter]] = {}
        self._servers: list[asyncio.Server] = []

    def route(self, dialling: int, dialled: int, port: int) -> int:
        """The port at which one node reaches another, whose own port is given."""
        return int(self._run(self._listen(frozenset({dialling, dialled}), port)))

    def cut(self, some: Collection[int], others: Collection[int]) -> None:
        """Cut every wire between the two groups."""
        self._run(self._sever({frozenset({a, b}) for a in some for b in others}))

    def join(self) -> None:
        """Join every wire again."""
        self._cut.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, task: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(10)

    async def _listen(self, pair: frozenset[int], port: int) -> int:
        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._relay(pair, port, reader, writer)

        server = await asyncio.start_server(relay, LOCAL, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _relay(
        self, pair: frozenset[int], port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        ends = self._open.setdefault(pair, set())
        try:
            if pair in self._cut:
                return
            far_reader, far_writer = await asyncio.open_connection(LOCAL, port)
            ends.update((writer, far_writer))
            try:
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                ends.difference_update((writer, far_writer))
                far_writer.close()
        except OSError:
            pass  # the far node is down: its caller sees a closed connection, as without a relay
        finally:
            writer.close()

    async def _sever(self, pairs: set[frozenset[int]]) -> None:
        self._cut |= pairs
        for pair in pairs:
            for writer in self._open.get(pair, set()):
                writer.transport.abort()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for writers in self._open.values():
            for writer in writers:
                writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
