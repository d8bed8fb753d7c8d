"""What can come of asking a gateway: two trees apart, as they mean different things to a regulator.

`GatewayUnusable`: nothing can be said (no answer, no access, load). `Withheld`: the gateway answers, and
doesn't hand out what the chain says must be there.
"""


class GatewayFault(Exception):
    """Root. `code` is stable; `en` and `zh` say what was wrong, without repeating what the gateway said."""

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh


class GatewayUnusable(GatewayFault):
    """Nothing can be said: codes `gateway.*`."""


class Withheld(GatewayFault):
    """The gateway answered, and didn't hand it out: codes `withheld.*`."""


class NotYet(Withheld):
    """The gateway says that it has nothing to prove by yet (409): to be believed for a little while only."""


class AnswerMalformed(Withheld):
    """What it handed out can't be what was asked for (too large, compressed): as good as nothing."""
