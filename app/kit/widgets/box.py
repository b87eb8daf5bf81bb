"""Rectangles of a layout, in logical pixels."""

from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF


class Box(NamedTuple):
    """A rectangle; y grows downwards."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x behind the last column."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y below the last row."""
        return self.y + self.h

    def inset(self, dx: float, dy: float) -> "Box":
        """Smaller by dx left and right, by dy above and below."""
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def rect(self) -> QRectF:
        """For Qt's drawing calls."""
        return QRectF(self.x, self.y, self.w, self.h)

    def pixels(self, bleed: int = 2) -> QRect:
        """Every pixel that anti-aliased drawing inside the box may touch."""
        return self.rect().toAlignedRect().adjusted(-bleed, -bleed, bleed, bleed)

    def meets(self, other: "Box", slack: float = 0.5) -> bool:
        """Whether the two share more than ``slack`` pixels."""
        return (
            self.x + slack < other.right
            and other.x + slack < self.right
            and self.y + slack < other.bottom
            and other.y + slack < self.bottom
        )
