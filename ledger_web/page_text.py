"""Text of a page in its language: the two wordings side by side, times with their zone, ages, numbers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ledger_web.languages import Language

_UNITS = ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒"))


@dataclass(frozen=True)
class PageText:
    """What a page says things with: its language, its time zone, the present time in Unix seconds."""

    language: Language
    zone: ZoneInfo
    now: int

    def pick(self, en: str, zh: str, /, **values: object) -> str:
        """Return the wording in the page's language; `{name}` stands for `values[name]`."""
        text = zh if self.language == "zh" else en
        return text.format(**values) if values else text

    def moment(self, at: int) -> str:
        """Write a time (Unix seconds) with its zone, as in 2026-11-22 18:05:09 +08:00."""
        local = datetime.fromtimestamp(at, self.zone)
        return f"{local:%Y-%m-%d %H:%M:%S} {_write_offset(local)}"

    def iso(self, at: int) -> str:
        """Write a time (Unix seconds) in UTC after RFC 3339."""
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"

    def age(self, seconds: int) -> str:
        """Write a span in its largest unit or two, as in 3 min 5 s; below zero it counts as zero."""
        left = max(int(seconds), 0)
        parts: list[str] = []
        for length, en, zh in _UNITS:
            count, left = divmod(left, length)
            if count:
                parts.append(f"{count} {self.pick(en, zh)}")
            if len(parts) == 2 or (parts and not count):
                break
        return " ".join(parts[:2]) or f"0 {self.pick('s', '秒')}"

    def number(self, value: int) -> str:
        """Write a whole number with its thousands apart."""
        return f"{value:,}"

    def money(self, minor: int, currency: str = "CNY") -> str:
        """Write an amount in minor units (hundredths) with its currency, as in 1,260.50 CNY."""
        sign = "-" if minor < 0 else ""
        return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d} {currency}"


def _write_offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
