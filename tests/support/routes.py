"""The routes of an application, out of the routers that it includes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi.routing import APIRoute


def walk_routes(routes: Iterable[object]) -> Iterator[APIRoute]:
    """Yield the routes themselves, those of included routers too."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            prefix = str(getattr(getattr(route, "include_context", None), "prefix", ""))
            assert not prefix, "paths would come out without what they were included under"
            yield from walk_routes(included.routes)
        elif isinstance(route, APIRoute):
            yield route
