"""What can go wrong in a command, and the exit code that says so.

0: good. 1: bad (a refusal, a failed or late verification, a wrong input). 2: could not check (the chain or
the gateway can't be reached, a tool is missing, a port is busy): nothing is known about the thing asked for.
"""

from __future__ import annotations

from typing import ClassVar

from ledger_cli.language import Language, Text

EXIT_GOOD = 0
EXIT_BAD = 1
EXIT_COULD_NOT_CHECK = 2
EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells count it: 128 and the signal's number."""


class CommandError(Exception):
    """A command ends here. `code` is stable; the text says what was wrong, where, and what to do."""

    exit_code: ClassVar[int] = EXIT_BAD

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.text = Text(en, zh)

    def message(self, language: Language) -> str:
        """The text in `language`."""
        return self.text.in_(language)


class Refused(CommandError):
    """The input, or what a server said, is wrong: the command refuses to go on."""


class CouldNotCheck(CommandError):
    """Something that is needed is out of reach, so nothing can be said about the thing asked for."""

    exit_code = EXIT_COULD_NOT_CHECK


class GatewayUnreachable(CouldNotCheck):
    """The gateway does not answer, or answers that it can't serve now."""


class GatewayRefused(Refused):
    """The gateway refused a request with a problem document (RFC 9457)."""

    def __init__(self, *, status: int, slug: str, en: str, zh: str) -> None:
        super().__init__(f"gateway.{slug}", en, zh)
        self.status = status
        self.slug = slug
