"""How long to wait before the next try, as a pure function."""

_BASE_S = 1.0
CAP_S = 60.0


def delay_s(failures: int, chance: float, cap_s: float = CAP_S) -> float:
    """Seconds to wait after so many failures in a row: doubling up to the cap, the upper half left to chance.

    ``chance`` is from 0 to 1; different devices must not come back in step after an outage.
    """
    if failures <= 0:
        return 0.0
    ceiling = min(cap_s, _BASE_S * 2.0 ** min(failures - 1, 16))
    return ceiling * (0.5 + 0.5 * chance)
