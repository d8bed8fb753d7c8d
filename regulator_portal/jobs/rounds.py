"""What the working thread does next, and one whole round for `check`."""


class Rounds:
    """Chooses the next work: queued jobs, then the mirror, then sweeps and rechecks that are due."""

    def step(self) -> float:
        """Do the next piece of work; return the seconds until there may be more."""
        raise NotImplementedError
