"""What each finding about a pack means for handing it over: stop, flag, or nothing (RXLEDGER_PACK_POLICY)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class PackFlag(StrEnum):
    """What can speak against a pack. The words stand in records and answers."""

    UNKNOWN_FORM = "pack.unknown_form"
    UNKNOWN = "pack.unknown"
    UNCONFIRMED = "pack.unconfirmed"
    CONTESTED = "pack.contested"
    EXPIRED = "pack.expired"
    RECALLED = "pack.recalled"
    USED_UP = "pack.used_up"
    OTHER_PRODUCT = "pack.other_product"
    MISSING = "pack.missing"


class PolicyAction(StrEnum):
    """What follows from a flag."""

    STOP = "stop"
    FLAG = "flag"
    IGNORE = "ignore"


class Verdict(StrEnum):
    """What policy says of a pack."""

    GOOD = "good"
    FLAGGED = "flagged"
    STOPPED = "stopped"


PackPolicy = Mapping[PackFlag, PolicyAction]

DEFAULT_POLICY: Final[PackPolicy] = MappingProxyType(
    {
        PackFlag.UNKNOWN_FORM: PolicyAction.FLAG,
        PackFlag.UNKNOWN: PolicyAction.FLAG,
        PackFlag.UNCONFIRMED: PolicyAction.FLAG,
        PackFlag.CONTESTED: PolicyAction.STOP,
        PackFlag.EXPIRED: PolicyAction.STOP,
        PackFlag.RECALLED: PolicyAction.STOP,
        PackFlag.USED_UP: PolicyAction.STOP,
        PackFlag.OTHER_PRODUCT: PolicyAction.FLAG,
        PackFlag.MISSING: PolicyAction.IGNORE,  # a line without a pack; whoever wants packs changes it
    }
)


def parse_policy(text: str) -> PackPolicy:
    """Parse `unknown=stop,other_product=ignore`; what isn't named stays as by default.

    Raises ValueError naming what is wrong.
    """
    policy = dict(DEFAULT_POLICY)
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, action = part.partition("=")
        try:
            policy[PackFlag(f"pack.{name.strip()}")] = PolicyAction(action.strip())
        except ValueError:
            names = ", ".join(flag.removeprefix("pack.") for flag in PackFlag)
            raise ValueError(
                f"must be pairs like unknown=stop, joined by commas: one of {names}; and stop, flag or ignore"
            ) from None
    return MappingProxyType(policy)


def judge(flags: Iterable[PackFlag], policy: PackPolicy) -> Verdict:
    """Return what policy says of a pack with these flags."""
    actions = {policy[flag] for flag in flags}
    if PolicyAction.STOP in actions:
        return Verdict.STOPPED
    return Verdict.FLAGGED if PolicyAction.FLAG in actions else Verdict.GOOD
