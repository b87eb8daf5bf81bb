"""The view of a live table: keyboard first, and it never loses its place."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.console.style import ROW_PX
from app.console.table.cells import Column, Row
from app.console.table.delegate import CellDelegate
from app.console.table.model import LiveModel
from app.console.table.widths import needs_of, share_out

_LOWEST_ROW = 0.85
"""A row may shrink to this share of its usual height."""


class LiveTable(QTableView):
    """Arrows move, Enter opens; the chosen row stays chosen when rows change places."""

    opened = Signal(str)
    """Key of the row that Enter or a double click asked for."""
    moved = Signal(str)
    """Key of the row that is now the current one."""

    def __init__(self, parent: QWidget | None = None, row_px: int = ROW_PX) -> None:
        super().__init__(parent)
        self.live = LiveModel(self)
        self._key = ""
        self._row_px = row_px
        self._needs: list[int] = []
        self.setModel(self.live)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_px)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self._open)
        self.selectionModel().currentRowChanged.connect(self._remember)

    @property
    def current_key(self) -> str:
        """Key of the current row; empty where there is none."""
        return self._key

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other titles, or other columns."""
        self.live.set_columns(columns)
        self._needs = []
        self._widen()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Take new rows over."""
        key = self._key
        if self.live.set_rows(rows):
            self.select(key)
        self._widen()
        self._fit_rows()

    def select(self, key: str) -> None:
        """Make the row with this key the current one, where it exists."""
        self._key = key
        number = next((n for n, row in enumerate(self.live.rows) if row.key == key), None)
        if number is not None:
            self.setCurrentIndex(self.live.index(number, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns find their widths anew, and no row is cut at the foot."""
        super().resizeEvent(event)
        self._share_width()
        self._fit_rows()

    def _widen(self) -> None:
        """Columns only grow while a table is shown: widths that follow every figure would never be still."""
        needs = needs_of(self.live.columns, self.live.rows)
        before = self._needs or [0] * len(needs)
        wider = [max(pair) for pair in zip(before, needs, strict=True)]
        if wider != self._needs:
            self._needs = wider
            self._share_width()

    def _share_width(self) -> None:
        widths = share_out(self.live.columns, self._needs, self.viewport().width()) if self._needs else []
        for number, width in enumerate(widths):
            self.setColumnWidth(number, width)

    def _fit_rows(self) -> None:
        """Rows a little lower or higher than usual, so that the last one that is seen is seen whole."""
        room, count = self.viewport().height(), len(self.live.rows)
        fitting = max(1, round(room / self._row_px))
        if count * self._row_px <= room or room < self._row_px:
            height = self._row_px
        elif count * self._row_px * _LOWEST_ROW <= room:
            height = room // count
        else:
            height = room // fitting
        if height != self.verticalHeader().defaultSectionSize():
            self.verticalHeader().setDefaultSectionSize(height)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.live.rows[index.row()].key)

    def _remember(self, index: QModelIndex) -> None:
        if index.isValid():
            self._key = self.live.rows[index.row()].key
            self.moved.emit(self._key)
