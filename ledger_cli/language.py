"""The two languages that every message is written in: Chinese (zh-CN) and English.

The language comes from `--lang`, else from the environment as POSIX names it (LC_ALL, LC_MESSAGES, LANG).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language that messages can be shown in."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True)
class Text:
    """One message in both languages."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        """The message in `language`."""
        return self.zh if language is Language.ZH else self.en


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that the locale variables of `environment` ask for; English unless it is Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(name, "")
        if locale:
            return Language.ZH if locale.lower().startswith("zh") else Language.EN
    return Language.EN
