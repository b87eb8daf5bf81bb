"""Setting one line of text: measuring, shrinking to a least size, eliding."""

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from app.kit.theme.fonts import make_font
from app.kit.theme.type import CAP_RATIO

ASCENT = 0.88
"""Of the family, as a share of its size; with the descent it makes exactly one."""


_NEUTRAL = "・℃"
"""Signs of Japanese type that are as easily read as Latin letters."""
CUT = ("…", "⋯")
"""How an elided text ends."""


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """Advance of the text in logical pixels."""
    return QFontMetricsF(make_font(size, bold)).horizontalAdvance(text)


@lru_cache(maxsize=4096)
def fit(text: str, room: float, size: float, least: float, bold: bool = False) -> tuple[str, float]:
    """The text and size that fit into ``room``: first smaller down to ``least``, then elided."""
    needed = width(text, size, bold)
    if needed <= room:
        return text, size
    smaller = max(least, float(int(size * room / needed)))
    if width(text, smaller, bold) <= room:
        return text, smaller
    elided = QFontMetricsF(make_font(least, bold)).elidedText(text, Qt.TextElideMode.ElideRight, room)
    return elided, least


def break_lines(text: str, room: float, size: float, bold: bool = False, most: int = 2) -> tuple[str, ...]:
    """At most ``most`` lines: broken at spaces where there are any, else anywhere; the last is elided."""
    halves = _balanced(text, room, size, bold)
    if halves and most > 1:
        return halves
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most - 1 and width(rest, size, bold) > room:
        count = _head(rest, room, size, bold)
        lines.append(rest[:count].rstrip())
        rest = rest[count:].lstrip()
    if rest:
        lines.append(fit(rest, room, size, size, bold)[0])
    return tuple(lines)


def _balanced(text: str, room: float, size: float, bold: bool) -> tuple[str, ...]:
    """Two lines of about the same length, broken at a space; nothing where one line or more than two are needed."""
    if width(text, size, bold) <= room:
        return ()
    halves = ((text[:i], text[i + 1 :]) for i, c in enumerate(text) if c == " ")
    widths = [(max(width(half, size, bold) for half in pair), pair) for pair in halves]
    best = min(widths, default=None)
    return best[1] if best and best[0] <= room else ()


def _head(text: str, room: float, size: float, bold: bool) -> int:
    """How many characters of ``text`` go on one line."""
    count = len(text)
    while count > 1 and width(text[:count], size, bold) > room:
        count -= 1
    space = text.rfind(" ", 0, count + 1)
    if space > 0:
        return space
    closing = "、。）・」%％"
    return count - 1 if count > 1 and count < len(text) and text[count] in closing else count


def is_wide(text: str) -> bool:
    """Whether the text holds Japanese characters, whose least height is larger than that of Latin ones."""
    return any(ord(c) > 0x2E7F and c not in _NEUTRAL for c in text)


def ink_extent(text: str) -> tuple[float, float]:
    """How far the text's ink goes above and below the base line, as shares of the size."""
    if is_wide(text):
        return 0.87, 0.10
    return (CAP_RATIO + 0.02, 0.02) if all(c in "0123456789.:,%" for c in text) else (0.81, 0.18)
