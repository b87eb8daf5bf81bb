"""The list of what needs attention: what, where, since when, what it means and what is already done."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.console.screens.overview.presenter import Attention
from app.console.style import BODY_PX, SMALL_PX, colour_of
from app.kit.theme import CONSOLE, make_font

_ROW_PX = 110
_PAD = 18.0


class AttentionList(QListView):
    """Arrows move, Enter opens the device."""

    opened = Signal(str)
    """Device key."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: tuple[Attention, ...] = ()
        self._keys = QStringListModel(self)
        self.setModel(self._keys)
        self.setItemDelegate(_AttentionDelegate(self))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.doubleClicked.connect(self._open)

    def show_entries(self, entries: Sequence[Attention]) -> None:
        """Take a new list over; the chosen one stays chosen."""
        if tuple(entries) == self.entries:
            return
        chosen = self.currentIndex().row()
        key = self.entries[chosen].device if 0 <= chosen < len(self.entries) else ""
        self.entries = tuple(entries)
        self._keys.setStringList([f"{entry.title}, {entry.where}, {entry.since}. {entry.meaning}" for entry in self.entries])
        found = next((n for n, entry in enumerate(self.entries) if entry.device == key), None)
        if found is not None:
            self.setCurrentIndex(self._keys.index(found))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.entries[index.row()].device)


class _AttentionDelegate(QStyledItemDelegate):
    """Three lines beside a bar of the colour of its severity."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Bar, title, place, meaning."""
        owner = self.parent()
        if not isinstance(owner, AttentionList) or index.row() >= len(owner.entries):
            return
        entry = owner.entries[index.row()]
        rect = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(CONSOLE.selected))
        painter.fillRect(QRectF(rect.left(), rect.top(), 6, rect.height() - 1), QColor(colour_of(entry.tone)))
        painter.setPen(QPen(QColor(CONSOLE.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        room = rect.adjusted(_PAD, 10, -_PAD / 2, -6)
        head = QRectF(room.left(), room.top(), room.width(), 22)
        taken = _since(painter, head, entry.since)
        _line(painter, head.adjusted(0, 0, -taken, 0), entry.title, colour_of(entry.tone), bold=True)
        _line(painter, QRectF(room.left(), room.top() + 25, room.width(), 20), entry.where, CONSOLE.muted)
        painter.setPen(QColor(CONSOLE.ink))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(room.left(), room.top() + 48, room.width(), 44), int(flags), entry.meaning)
        painter.restore()


def _since(painter: QPainter, room: QRectF, text: str) -> float:
    """At the right end; returns the room that it takes."""
    font = make_font(SMALL_PX)
    painter.setFont(font)
    painter.setPen(QColor(CONSOLE.muted))
    painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    return QFontMetricsF(font).horizontalAdvance(text) + 10 if text else 0.0


def _line(painter: QPainter, room: QRectF, text: str, colour: str, bold: bool = False) -> None:
    font = make_font(BODY_PX if bold else SMALL_PX, bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
