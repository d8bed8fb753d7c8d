import pytest

from ledger_cli.shown_text import shown_text


@pytest.mark.parametrize(
    "unseen",
    [
        *("\u202e", "\u200b", "\u3164", "\u2800", "\u034f", "\uffa0", "\ufffe"),
        *(
            "\u180b",
            "\u180f",
            "\u2065",
            "\ufe00",
            "\ufe0f",
            "\ufff0",
            "\U0001fffe",
            "\U000e0020",
            "\U000e0100",
        ),
    ],
)
def test_what_shows_as_nothing_is_spelled_out(unseen: str) -> None:
    assert shown_text(f"王{unseen}小明") == f"王<U+{ord(unseen):04X}>小明"
