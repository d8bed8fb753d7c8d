"""What a finding means to an auditor: the shape of those texts."""

from dataclasses import dataclass

Both = tuple[str, str]
"""A text in English and in Chinese."""


@dataclass(frozen=True)
class Meaning:
    """What a finding means, what it doesn't mean, and what to do next.

    Its title stands in `findings.codes`.
    """

    means: Both
    does_not_mean: Both
    next_step: Both
