"""Addresses of the desk's own pages: a list's filter and page stand in its URL."""

import re
from urllib.parse import urlencode

from fastapi import Request

_DRAFT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def build_url(request: Request, **changes: str | None) -> str:
    """Build the address of this same page with some of its query changed; None takes a name out."""
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return request.url.path + (f"?{urlencode(query)}" if query else "")


def is_draft_id(text: str) -> bool:
    """Say whether a text has the form of a draft's id."""
    return _DRAFT_ID.fullmatch(text) is not None
