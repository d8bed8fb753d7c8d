"""Screenshots: where they go, and whether one shows anything."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image, ImageStat
from playwright.sync_api import Page

BUILD: Final = Path(__file__).resolve().parents[2] / "build"
SCREENSHOTS: Final = BUILD / "screenshots"
FAILURES: Final = BUILD / "browser-failures"
DESKTOP: Final = (1280, 800)
TABLET: Final = (834, 1112)
LEAST_BYTES: Final = 4_000
LEAST_DEVIATION: Final = 4.0
"""Standard deviation of brightness (0 to 255): a page of one colour has none, one word has some."""


def get_screenshot_path(page: str, state: str, language: str) -> Path:
    """Where a declared screenshot lies."""
    return SCREENSHOTS / f"{page}-{state}-{language}.png"


def verify_picture(path: Path) -> None:
    """Fail for a picture that shows nothing."""
    assert path.stat().st_size >= LEAST_BYTES, f"{path.name} is of {path.stat().st_size} bytes only"
    with Image.open(path) as image:
        deviation = ImageStat.Stat(image.convert("L")).stddev[0]
    assert deviation >= LEAST_DEVIATION, f"{path.name} is blank: its brightness deviates by {deviation:.1f}"


def take_screenshot(page: Page, path: Path, *, whole: bool = True) -> None:
    """Make a picture of the page and look whether it shows anything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=whole, animations="disabled", caret="hide")
    verify_picture(path)


def verify_no_sideways_scroll(page: Page) -> None:
    """Fail where the page is wider than its window, at a laptop's width and at a tablet's."""
    for width, height in (TABLET, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        excess = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert excess <= 0, f"{page.url} is {excess} px wider than a window of {width} px"
