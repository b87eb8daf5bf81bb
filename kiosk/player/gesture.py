"""The hidden way out: four corners clockwise, or a key pressed three times."""

from enum import StrEnum

CORNER_SHARE = 0.12
"""A corner is this share of the picture's shorter side."""


class Touch(StrEnum):
    """Where or what was pressed."""

    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BOTTOM_RIGHT = "bottom_right"
    BOTTOM_LEFT = "bottom_left"
    ESCAPE = "escape"
    ELSEWHERE = "elsewhere"


CORNERS = (Touch.TOP_LEFT, Touch.TOP_RIGHT, Touch.BOTTOM_RIGHT, Touch.BOTTOM_LEFT)
ESCAPES = (Touch.ESCAPE, Touch.ESCAPE, Touch.ESCAPE)


def touch_at(x: float, y: float, width: float, height: float) -> Touch:
    """Which corner a point of the picture belongs to."""
    corner = CORNER_SHARE * min(width, height)
    left, right = x <= corner, x >= width - corner
    if y <= corner:
        return Touch.TOP_LEFT if left else Touch.TOP_RIGHT if right else Touch.ELSEWHERE
    if y >= height - corner:
        return Touch.BOTTOM_LEFT if left else Touch.BOTTOM_RIGHT if right else Touch.ELSEWHERE
    return Touch.ELSEWHERE


class ExitGesture:
    """Remembers the last touches; complete when one of the sequences was made in time."""

    def __init__(self, within_s: float = 6.0) -> None:
        self._within_s = within_s
        self._touches: list[tuple[float, Touch]] = []

    def press(self, touch: Touch, now: float) -> bool:
        """Take one touch at a monotonic time; True when it completes a way out."""
        recent = [(at, t) for at, t in self._touches if now - at <= self._within_s]
        self._touches = [*recent[-3:], (now, touch)]
        made = tuple(t for _, t in self._touches)
        return made[-4:] == CORNERS or made[-3:] == ESCAPES
