"""The devices page: one live table and a filter."""

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from app.console.screens.contract import Desk, Screen
from app.console.screens.devices.presenter import columns, rows_of
from app.console.screens.panel import Panel
from app.console.style import GAP_PX
from app.console.table.view import LiveTable
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, name_of, texts_for


class FilterField(QLineEdit):
    """Arrow down and Enter go on to the table."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything else is typed."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class DevicesScreen(Screen):
    """Worst first; type to filter, arrows to move, Enter to open."""

    name: ClassVar[str] = "devices"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._texts = texts_for("en")
        self._snapshot: Snapshot | None = None
        self._now_ms = 0
        self.filter, self.table = FilterField(), LiveTable()
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(320)
        self._panel = Panel(self.table)
        self._panel.head.addWidget(self.filter)
        page = QVBoxLayout(self)
        page.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        page.addWidget(self._panel)
        self.table.opened.connect(self._open)
        self.filter.textChanged.connect(self._refresh)
        self.filter.left.connect(self._to_table)

    @staticmethod
    def title(texts: Texts) -> str:
        """What the navigation says."""
        return texts.say("Devices")

    def speak(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.filter.setPlaceholderText(texts.say("Filter: name, site, kind, state"))
        self.table.set_columns(columns(texts))
        self._refresh()

    def show_snapshot(self, snapshot: Snapshot, now_ms: int) -> None:
        """Take the newest look at the cache."""
        self._snapshot, self._now_ms = snapshot, now_ms
        self._refresh()

    def open_key(self, key: str) -> None:
        """Only the devices of a site; an empty key shows all."""
        site = self._snapshot.sites.get(key) if self._snapshot else None
        self.filter.setText(name_of(site.names, self._texts.language) if site else "")
        self.table.setFocus()

    def _refresh(self) -> None:
        if self._snapshot is None:
            return
        rows = rows_of(self._snapshot, self._now_ms, self._texts, self.filter.text())
        self.table.set_rows(rows)
        count = self._texts.say("{shown} of {count} devices · worst first", shown=len(rows), count=len(self._snapshot.devices))
        self._panel.set_heading(self._texts.say("Devices"), count)

    def _to_table(self) -> None:
        self.table.setFocus()
        if self.table.live.rows and not self.table.currentIndex().isValid():
            self.table.select(self.table.live.rows[0].key)

    def _open(self, key: str) -> None:
        self.opened.emit("device", key)
