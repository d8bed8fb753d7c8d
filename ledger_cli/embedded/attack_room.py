"""Where the attack room joins a running stack: a page of buttons, for development only ("try to cheat")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger_cli.embedded.stack import EmbeddedStack


@contextmanager
def open_attack_room(stack: EmbeddedStack, port: int | None) -> Iterator[str | None]:
    """Keep the attack room open beside a stack; its address, or None where none is wanted (`port` None)."""
    if port is None:
        yield None
        return
    # Loaded only where it is wanted: it stands on the stack, and brings the demo's acts with it.
    from ledger_cli.attacks.room import AttackRoom

    room = AttackRoom(stack, port)
    try:
        room.start()
        yield room.url
    finally:
        room.stop()
