"""A canvas that keeps its still ground in a pixmap and repaints only the items that changed."""

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.kit.widgets.box import Box


class Item(Protocol):
    """One painted thing. Frozen and comparable: equal items paint equal pixels."""

    @property
    def box(self) -> Box:
        """Nothing is painted outside of it."""
        ...

    def paint(self, painter: QPainter) -> None:
        """Draw with the painter's state as found; pen and brush may be left changed."""
        ...


class Canvas(QWidget):
    """Shows two lists of items: a ground that seldom changes, and what stands on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.ground: tuple[Item, ...] = ()
        self.items: tuple[Item, ...] = ()
        self._pixmap = QPixmap()
        self._stale = QRegion()

    def show_items(self, ground: Iterable[Item], items: Iterable[Item]) -> None:
        """Replace what is shown; only boxes of items that differ are painted again."""
        ground, items = tuple(ground), tuple(items)
        below, above = _changed(self.ground, ground), _changed(self.items, items)
        self.ground, self.items = ground, items
        self._stale += below
        self.update(below + above)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything is to be painted again."""
        super().resizeEvent(event)
        self._pixmap = QPixmap()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden canvas keeps no pixmap: painting it anew costs one frame, keeping it megabytes."""
        super().hideEvent(event)
        self._pixmap = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the ground, paint the items on it."""
        self._renew_ground()
        region = event.region()
        painter = QPainter(self)
        painter.setClipRegion(region)
        painter.drawPixmap(0, 0, self._pixmap)
        _paint(painter, self.items, region)
        painter.end()

    def _renew_ground(self) -> None:
        ratio = self.devicePixelRatioF()
        if self._pixmap.isNull() or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(self.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.black)
            self._stale = QRegion(self.rect())
        if self._stale.isEmpty():
            return
        painter = QPainter(self._pixmap)
        painter.setClipRegion(self._stale)
        _paint(painter, self.ground, self._stale)
        painter.end()
        self._stale = QRegion()


def _paint(painter: QPainter, items: Iterable[Item], region: QRegion) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in items:
        if region.intersects(item.box.pixels()):
            item.paint(painter)


def _changed(old: tuple[Item, ...], new: tuple[Item, ...]) -> QRegion:
    region = QRegion()
    for item in set(old) ^ set(new):
        region += item.box.pixels()
    return region
