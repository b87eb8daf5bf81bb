"""How wide the columns of a live table are: as wide as their texts, as far as there is room; words give way first."""

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtGui import QFontMetricsF

from app.console.style import BODY_PX, SMALL_PX
from app.console.table.cells import Cell, Column, Row
from app.kit.theme import make_font
from app.kit.theme.numerals import tabular_width

_PAD_PX = 26
_TITLE_PAD_PX = 48
_MARK_PX = 24
_LEAST_PX = 72
_MOST_WORDS_PX = 400
_MOST_FIGURES_PX = 190
_MEASURED_ROWS = 200


def needs_of(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """What each column needs so that nothing in it is cut."""
    needs = [max(column.least_px, round(_title_px(column.title)) + _TITLE_PAD_PX) for column in columns]
    for row in rows[:_MEASURED_ROWS]:
        for number, cell in enumerate(row.cells):
            most = _MOST_FIGURES_PX if columns[number].figures else _MOST_WORDS_PX
            needs[number] = max(needs[number], min(most, _cell_px(cell) + _PAD_PX))
    return needs


def share_out(columns: Sequence[Column], needs: Sequence[int], width: int) -> list[int]:
    """The widths: what is left goes by shares; what lacks is taken from the widest words."""
    left = width - sum(needs)
    if left >= 0:
        total = sum(column.share for column in columns)
        return [need + left * column.share // total for column, need in zip(columns, needs, strict=True)]
    widths = list(needs)
    for number in reversed([number for number, column in enumerate(columns) if column.yields]):
        widths[number] = _yield(needs[number], sum(widths) - width)
    left = width - sum(widths)
    if left > 0:
        widths[0] += left
    words = [number for number, column in enumerate(columns) if not column.figures and not column.least_px]
    for _ in range(-left):
        widest = max(words, key=lambda number: widths[number], default=None)
        if widest is None or widths[widest] <= _LEAST_PX:
            break
        widths[widest] -= 1
    return widths


def _yield(need: int, lacking: int) -> int:
    """A column that is left with too little says nothing at all."""
    if lacking <= 0:
        return need
    return need - lacking if need - lacking >= _LEAST_PX else 0


def _cell_px(cell: Cell) -> int:
    return round(_text_px(cell.text, cell.bold)) + (_MARK_PX if cell.shape is not None else 0)


@lru_cache(maxsize=4096)
def _text_px(text: str, bold: bool) -> float:
    metrics = QFontMetricsF(make_font(BODY_PX, bold))
    return max(metrics.horizontalAdvance(text), tabular_width(text, metrics))


@lru_cache(maxsize=128)
def _title_px(text: str) -> float:
    return QFontMetricsF(make_font(SMALL_PX)).horizontalAdvance(text)
