"""Text from outside, made safe to show: no control characters, no invisible direction changes.

A name that moves the cursor or reverses the reading direction could make a terminal show something other than
what is signed (the "Trojan Source" class of faults, Unicode TR 36).
"""

from __future__ import annotations

import re
import unicodedata

MAX_SHOWN_LENGTH = 400
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""What fonts may leave out (joiners, fillers, variation selectors), the blank braille, noncharacters."""
_END_OF_PLANE = 0xFFFE
"""The last two code points of each plane are noncharacters."""


def shown_text(value: object) -> str:
    """`value` as one line of visible characters; what can't be seen is spelled out as its code point."""
    text = value if isinstance(value, str) else _plain(value)
    visible = "".join(_visible(character) for character in text[: MAX_SHOWN_LENGTH + 1])
    return visible if len(text) <= MAX_SHOWN_LENGTH else visible + f"… ({len(text)} characters)"


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value == {} or value == []:
        return "{}" if isinstance(value, dict) else "[]"
    return str(value)


def _visible(character: str) -> str:
    # Cc control, Cf format (direction marks, zero width), Cs surrogate, Co private, Zl/Zp line separators
    lies = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    if lies or _BLANK.match(character) or ord(character) & _END_OF_PLANE == _END_OF_PLANE:
        return f"<U+{ord(character):04X}>"
    return character
