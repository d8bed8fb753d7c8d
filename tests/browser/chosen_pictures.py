"""Put the screenshots that the READMEs show into `docs/screenshots/`, small.

Run by `make screenshots`, after the browser tests have made them: `python -m tests.browser.chosen_pictures`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PIL import Image

from tests.browser.browsing import LANGUAGES
from tests.browser.pictures import get_screenshot_path

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
CHOSEN: Final = {
    "desk-sign": ("desk-sign", "normal"),
    "desk-counter": ("desk-counter-prescription", "normal"),
    "desk-prescription": ("desk-prescription", "final"),
    "portal-overview": ("portal-overview", "normal"),
    "portal-settlement": ("portal-settlement", "normal"),
    "portal-verification": ("portal-verification", "passed"),
    "portal-finding": ("portal-finding", "normal"),
    "attack-room": ("room-play", "found"),
    "attacks": ("room", "normal"),
}
"""By the name that the READMEs use: which page, in which state."""
MOST_BYTES: Final = 150_000
MOST_HEIGHT: Final = 1_120
COLOURS: Final = (128, 64, 32)


def shrink(source: Path, target: Path) -> int:
    """Write a picture with few colours, its top only where it is long; gives its size in bytes."""
    with Image.open(source) as image:
        seen = image.convert("RGB").crop((0, 0, image.width, min(image.height, MOST_HEIGHT)))
    for colours in COLOURS:
        seen.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            break
    return target.stat().st_size


def main() -> int:
    """Write them all; 1 if one is missing or too large."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    well = True
    for shown, (name, state) in CHOSEN.items():
        for language in LANGUAGES:
            source, target = get_screenshot_path(name, state, language), FOLDER / f"{shown}-{language}.png"
            if not source.exists():
                print(f"screenshots: {source.name} is missing: run `make screenshots`", file=sys.stderr)
                well = False
                continue
            size = shrink(source, target)
            print(f"screenshots: docs/screenshots/{target.name}, {size:,} bytes")
            well = well and size <= MOST_BYTES
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
