"""Paging of lists: by keyset, so that a page costs the same however deep it lies and nothing is skipped.

`?limit=` (1 to 200, 50 unless given) and `?cursor=` (what the last page's `next_cursor` said). A list answers
`{"items": [...], "next_cursor": "..."}`, with `next_cursor` null on the last page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

RowT = TypeVar("RowT")


@dataclass(frozen=True)
class PageRequest:
    """Which page: at most `limit` rows after the row that `cursor` names; None for the first page."""

    limit: int
    cursor: int | None

    @property
    def fetch(self) -> int:
        """How many rows to ask the database for: one more than the page, to see whether there is another."""
        return self.limit + 1

    def cut(self, rows: Sequence[RowT]) -> tuple[Sequence[RowT], bool]:
        """Return the page's rows out of `fetch` rows, and whether another page follows."""
        return rows[: self.limit], len(rows) > self.limit


async def _read_page(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows a page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, None if cursor is None else int(cursor))


PageDep = Annotated[PageRequest, Depends(_read_page)]
"""The page that a list request asks for."""
