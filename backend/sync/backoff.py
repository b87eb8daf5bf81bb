"""How long to wait before a request is sent again, as a pure function: full jitter, so that children never come back in step."""

CAP_S = 60.0


def delay_s(failures: int, chance: float, at_least_s: float = 0.0) -> float:
    """Seconds after so many failures in a row: from 0 to 1, 2, 4 … 60 s, as ``chance`` (0 to 1) has it.

    ``at_least_s`` is what the parent's ``Retry-After`` said: nobody comes earlier, and not all come at that very moment.
    """
    ceiling = min(CAP_S, 2.0 ** min(max(failures - 1, 0), 6))
    return at_least_s + ceiling * chance
