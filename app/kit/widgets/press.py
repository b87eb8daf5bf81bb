"""Sets text for one picture: sizes in units of the screen, never below what can be read, never outside of its room."""

from collections.abc import Callable

from app.kit.presenters.bilingual import Pair
from app.kit.widgets.box import Box
from app.kit.widgets.label import Align, Label
from app.kit.widgets.screen import Screen
from app.kit.widgets.typeset import ASCENT, CUT, break_lines, fit, width

Grounds = Callable[[Box], tuple[str, ...]]
"""What colours a box may stand on."""


def solid(colour: str) -> Grounds:
    """A ground of one colour."""
    return lambda _box: (colour,)


class Press:
    """Makes labels for one screen on one ground."""

    def __init__(self, screen: Screen, grounds: Grounds) -> None:
        self.screen = screen
        self.unit = screen.unit
        self._grounds = grounds

    @property
    def least_credit(self) -> float:
        """Smallest font size of small print, in pixels."""
        return float(-(-1.5 * self.unit // 1))

    def size(self, text: str, share: float) -> float:
        """Font size in pixels for a share of the shorter side, at least what this text needs."""
        return max(float(round(share * self.unit * 100)), self.screen.least_size(text))

    def line(
        self, text: str, room: Box, share: float, colour: str, bold: bool = False, align: Align = Align.LEFT
    ) -> tuple[Label, ...]:
        """One line at the top of ``room``, smaller or elided where it does not fit; nothing for no text."""
        if not text:
            return ()
        size = self.size(text, share)
        shown, fitted = fit(text, room.w, size, self.screen.least_size(text), bold)
        if not shown:
            return ()
        box = Box(room.x, room.y + (size - fitted) * ASCENT, room.w, fitted)
        return (self._tight(shown, box, fitted, colour, bold, align),)

    def longest(self, texts: tuple[str, ...], room: Box, share: float, colour: str) -> tuple[Label, ...]:
        """The first of several wordings, longest first, that fits; nothing where none does."""
        for text in texts:
            if width(text, self.size(text, share)) <= room.w or width(text, self.screen.least_size(text)) <= room.w:
                return self.line(text, room, share, colour)
        return ()

    def credit(self, text: str, room: Box, share: float, colour: str, align: Align = Align.LEFT) -> tuple[Label, ...]:
        """Small print, which only has to fit."""
        if not text:
            return ()
        size = float(round(share * self.unit * 100))
        shown, fitted = fit(text, room.w, size, self.least_credit)
        label = self._tight(shown, Box(room.x, room.y, room.w, fitted), fitted, colour, False, align)
        return (Label(label.text, label.box, label.size, label.colour, label.grounds, align=align, credit=True),)

    def lines(
        self, text: str, room: Box, share: float, colour: str, most: int = 2, align: Align = Align.LEFT, bold: bool = False
    ) -> tuple[Label, ...]:
        """A text over several lines from the top of ``room`` on."""
        size = self.size(text, share)
        parts = break_lines(text, room.w, size, bold, most)
        if parts and parts[-1].endswith(CUT):
            size = self.screen.least_size(text)
            parts = break_lines(text, room.w, size, bold, most)
        labels: tuple[Label, ...] = ()
        for number, part in enumerate(parts):
            place = Box(room.x, room.y + number * size * 1.18, room.w, size)
            labels += (self._tight(part, place, size, colour, bold, align),)
        return labels

    def beside(
        self, pair: Pair, room: Box, share: float, second_share: float, colour: str, second_colour: str, bold: bool = False
    ) -> tuple[Label, ...]:
        """Main language and, on the same base line behind it, the second one."""
        first = self.line(pair.main, room, share, colour, bold)
        if not first or not pair.second:
            return first
        return first + self.after(first[0], pair.second, room, second_share, second_colour)

    def after(self, label: Label, text: str, room: Box, share: float, colour: str, gap: float = 0.55) -> tuple[Label, ...]:
        """More text on the base line of a label, left out where there is no room for it."""
        size = max(min(self.size(text, share), label.size), self.screen.least_size(text))
        x = label.box.right + label.size * gap
        needed = width(text, size)
        if x + needed > room.right:
            size = self.screen.least_size(text)
            needed = width(text, size)
        if x + needed > room.right:
            return ()
        box = Box(x, label.box.y + (label.size - size) * ASCENT, needed, size)
        return (self._tight(text, box, size, colour, False, Align.LEFT),)

    def _tight(self, text: str, box: Box, size: float, colour: str, bold: bool, align: Align) -> Label:
        """A label whose box is as wide as its text, at the right place of the room it was given."""
        needed = min(width(text, size, bold), box.w)
        shift = {Align.LEFT: 0.0, Align.RIGHT: box.w - needed, Align.CENTRE: (box.w - needed) / 2}[align]
        placed = Box(box.x + shift, box.y, needed, size)
        return Label(text, placed, size, colour, self._grounds(placed), bold, align)
