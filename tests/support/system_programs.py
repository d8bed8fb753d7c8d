"""Programs that only a system package brings, found under any of the names that systems give them."""

from __future__ import annotations

import shutil
from typing import Final

OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {"chromium": ("chromium-browser", "google-chrome")}


def find_system_program(name: str) -> str | None:
    """Where the program is; None where this machine lacks it."""
    found = (shutil.which(candidate) for candidate in (name, *OTHER_NAMES.get(name, ())))
    return next((path for path in found if path is not None), None)
