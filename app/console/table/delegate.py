"""Paints the cells of a live table: shape, word, figures of equal width, small curves."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.console.style import BODY_PX, colour_of
from app.console.table.cells import Cell, Spark
from app.console.table.model import Index, LiveModel
from app.kit.presenters.tone import Tone
from app.kit.theme import CONSOLE, make_font
from app.kit.theme.numerals import draw_tabular, tabular_width
from app.kit.widgets.box import Box
from app.kit.widgets.mark import Mark

_PAD = 12.0
_MARK = 16.0


class CellDelegate(QStyledItemDelegate):
    """One for a whole table."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, line, cell."""
        model = index.model()
        if not isinstance(model, LiveModel):
            return
        rect = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(CONSOLE.selected))
        painter.setPen(QPen(QColor(CONSOLE.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(rect)
        paint_cell(painter, rect.adjusted(_PAD, 0, -_PAD, -1), model.cell(index), model.columns[index.column()].figures)
        painter.restore()


def paint_cell(painter: QPainter, room: QRectF, cell: Cell, figures: bool) -> None:
    """Paint a cell into its room."""
    if cell.spark is not None:
        _paint_spark(painter, room.adjusted(0, 9, 0, -9), cell.spark, colour_of(cell.tone))
        return
    colour = colour_of(cell.tone)
    if cell.shape is not None:
        Mark(Box(room.left(), room.center().y() - _MARK / 2, _MARK, _MARK), cell.shape, colour).paint(painter)
        room = room.adjusted(_MARK + 8, 0, 0, 0)
    font = make_font(BODY_PX, cell.bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    metrics = QFontMetricsF(font)
    baseline = room.center().y() + metrics.capHeight() / 2
    if figures and tabular_width(cell.text, metrics) <= room.width():
        draw_tabular(painter, room.right() - tabular_width(cell.text, metrics), baseline, cell.text, metrics)
    else:
        shown = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(QPointF(room.left(), baseline), shown)


def _paint_spark(painter: QPainter, room: QRectF, spark: Spark, colour: str) -> None:
    painter.setPen(QPen(QColor(colour if colour != colour_of(Tone.MUTED) else CONSOLE.curve), 1.6))
    x = room.left() + spark.x * room.width()
    y = room.bottom() - spark.y * room.height()
    breaks = np.flatnonzero(np.isnan(spark.y))
    for part_x, part_y in zip(np.split(x, breaks), np.split(y, breaks), strict=True):
        points = [QPointF(px, py) for px, py in zip(part_x.tolist(), part_y.tolist(), strict=True) if py == py]  # noqa: PLR0124 - not NaN
        if len(points) > 1:
            painter.drawPolyline(QPolygonF(points))
