"""Ctrl+K: finds screens, sites and devices while one types; arrows and Enter choose."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QWidget

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, name_of

_MOST = 50
_SEEN = 12
"""So many results are seen at once; the others are scrolled to."""
_DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to go: a screen, and what it is to be about."""

    label: str
    screen: str
    key: str = ""


def targets_of(snapshot: Snapshot | None, screens: dict[str, str], texts: Texts) -> tuple[Target, ...]:
    """Everything that can be found; ``screens`` are titles by name."""
    found = [Target(title, name) for name, title in screens.items()]
    if snapshot is not None:
        language = texts.language
        found += [Target(name_of(site.names, language), "devices", key) for key, site in snapshot.sites.items()]
        for key, device in snapshot.devices.items():
            site = snapshot.sites.get(device.site)
            place = f"{name_of(site.names, language)} · " if site else ""
            found.append(Target(f"{place}{name_of(device.names, language)}", _DEVICE, key))
    return tuple(found)


def matches(targets: tuple[Target, ...], wanted: str) -> tuple[Target, ...]:
    """Those in which every word occurs, at most fifty; without a word the devices."""
    words = _folded(wanted).split()
    if not words:
        return tuple(sorted(targets, key=lambda target: target.screen != _DEVICE))[:_MOST]
    return tuple(t for t in targets if all(word in _folded(f"{t.label} {t.key}") for word in words))[:_MOST]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Search(QLineEdit):
    """The field in the bar; its results hang below it over the page."""

    chosen = Signal(str, str)
    """Name of a screen, and key."""

    def __init__(self, owner: QWidget, targets: Callable[[], tuple[Target, ...]]) -> None:
        super().__init__()
        self._targets, self._found = targets, ()
        self._owner = owner
        self._labels = QStringListModel(self)
        self.results = QListView(owner)
        self.results.setObjectName("results")
        self.results.setModel(self._labels)
        self.results.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.results.setUniformItemSizes(True)
        self.results.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.results.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.results.clicked.connect(self._choose)
        self.results.hide()
        self.setFixedWidth(420)
        self.textEdited.connect(self._search)
        self.installEventFilter(self)

    def begin(self) -> None:
        """Ctrl+K."""
        self.setFocus()
        self.selectAll()
        self._search(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the results, Enter chooses, Escape leaves."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self._found:
            row = (self.results.currentIndex().row() + step) % len(self._found)
            self.results.setCurrentIndex(self._labels.index(row))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.results.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Results go with the focus."""
        if event.type() is QEvent.Type.FocusOut:
            self.results.hide()
        return super().eventFilter(watched, event)

    def _search(self, wanted: str) -> None:
        self._found: tuple[Target, ...] = matches(self._targets(), wanted)
        self._labels.setStringList([target.label for target in self._found])
        self.results.setVisible(bool(self._found))
        self.results.setCurrentIndex(self._labels.index(0))
        corner = self.mapTo(self._owner, QPoint(0, self.height() + 4))
        rows = min(len(self._found), _SEEN)
        height = self.results.sizeHintForRow(0) * rows + 2 * self.results.frameWidth() + 2
        self.results.setGeometry(corner.x(), corner.y(), self.width(), min(height, self._owner.height() - corner.y() - 8))
        self.results.raise_()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self._found):
            target = self._found[index.row()]
            self._leave()
            self.chosen.emit(target.screen, target.key)

    def _leave(self) -> None:
        self.clear()
        self.results.hide()
        self.clearFocus()
