"""Against burn-in: the whole picture wanders on a small ring, a few pixels every few minutes."""

REACH_PX = 4
"""How far the picture may stand from its middle; scenes are this much larger than the screen on every side."""
STEP_SECONDS = 150.0
_RING = ((0, 0), (3, 0), (3, 3), (0, 4), (-3, 3), (-4, 0), (-3, -3), (0, -4), (3, -3))


def offset_at(seconds: float) -> tuple[int, int]:
    """Offset in pixels after so many monotonic seconds: 2 to 5 px from the one before."""
    return _RING[int(seconds // STEP_SECONDS) % len(_RING)]
