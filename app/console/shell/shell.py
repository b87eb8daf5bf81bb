"""The shell: navigation, search, language, footer. It knows no device and no loop."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.console.screens import IN_NAVIGATION, SCREENS
from app.console.screens.contract import Desk
from app.console.shell.footer import Footer
from app.console.shell.search import Search, Target, targets_of
from app.console.style import BAR_PX, SIDE_PX, STYLE_SHEET
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, available_languages, name_of, texts_for

_LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}
_SECTION_OF = {"device": "devices"}
"""Which entry of the navigation stands for a screen that has none."""


class Shell(QWidget):
    """The window of the console."""

    language_chosen = Signal(str)
    """Somebody switched to this language."""

    def __init__(self, desk: Desk, language: str) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.setWindowTitle("Enemado")
        self.setStyleSheet(STYLE_SHEET)
        self.texts = texts_for(language)
        self._snapshot: Snapshot | None = None
        self._now_ms = 0
        self.screens = {name: kind(desk) for name, kind in SCREENS.items()}
        self.shown = ""
        self.stack, self.footer = QStackedWidget(), Footer()
        self.search = Search(self, self._targets)
        self.language, self._town = QPushButton(), QLabel(textFormat=Qt.TextFormat.PlainText)
        self._entries = {name: _entry() for name in IN_NAVIGATION}
        self._arrange()
        self._connect()
        self.speak(self.texts)
        self.go("overview")

    def _arrange(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        body = QHBoxLayout()
        body.addWidget(self._side())
        body.addWidget(self.stack, 1)
        for screen in self.screens.values():
            self.stack.addWidget(screen)
        page.addWidget(self._bar())
        page.addLayout(body, 1)
        page.addWidget(self.footer)

    def _bar(self) -> QWidget:
        bar, brand = QFrame(), QLabel("Enemado")
        bar.setObjectName("bar")
        brand.setObjectName("brand")
        bar.setFixedHeight(BAR_PX)
        row = QHBoxLayout(bar)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(28)
        row.addWidget(brand)
        row.addWidget(self.search)
        row.addStretch(1)
        row.addWidget(self._town)
        row.addWidget(self.language)
        return bar

    def _side(self) -> QWidget:
        side = QFrame()
        side.setObjectName("side")
        side.setFixedWidth(SIDE_PX)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(0)
        for entry in self._entries.values():
            column.addWidget(entry)
        column.addStretch(1)
        return side

    def _connect(self) -> None:
        for screen in self.screens.values():
            screen.opened.connect(self.go)
        for number, (name, entry) in enumerate(self._entries.items(), 1):
            entry.clicked.connect(partial(self.go, name, ""))
            QShortcut(QKeySequence(f"Alt+{number}"), self).activated.connect(partial(self.go, name, ""))
        self.search.chosen.connect(self.go)
        self.language.clicked.connect(self.next_language)
        QShortcut(QKeySequence("Ctrl+K"), self).activated.connect(self.search.begin)
        QShortcut(QKeySequence("Escape"), self).activated.connect(self.back)

    def speak(self, texts: Texts) -> None:
        """Switch the whole console to a language."""
        self.texts = texts
        for name, entry in self._entries.items():
            entry.setText(SCREENS[name].title(texts))
        for screen in self.screens.values():
            screen.speak(texts)
        self.search.setPlaceholderText(texts.say("Search sites and devices   Ctrl+K"))
        self.language.setText(_LANGUAGE_NAMES.get(texts.language, texts.language))
        self._refresh()

    def next_language(self) -> None:
        """The next of the languages that there are."""
        known = available_languages()
        after = known.index(self.texts.language) + 1 if self.texts.language in known else 0
        self.speak(texts_for(known[after % len(known)]))
        self.language_chosen.emit(self.texts.language)

    def go(self, name: str, key: str = "") -> None:
        """Show a screen, about one site or device where it can be."""
        section = _SECTION_OF.get(name, name)
        for entry_name, entry in self._entries.items():
            entry.setChecked(entry_name == section)
        self.shown = name
        self.stack.setCurrentWidget(self.screens[name])
        self._refresh()
        self.screens[name].open_key(key)

    def back(self) -> None:
        """From one thing to all of them, from there to the overview."""
        self.go(_SECTION_OF.get(self.shown, "overview"))

    def show_snapshot(self, snapshot: Snapshot | None, now_ms: int) -> None:
        """Take the newest look at the cache; also every second, for ages and the clock."""
        self._snapshot, self._now_ms = snapshot, now_ms
        self._refresh()

    def _refresh(self) -> None:
        snapshot = self._snapshot
        self.footer.show_state(snapshot, self._now_ms, self.texts)
        if snapshot is None or not self.shown:
            return
        town = snapshot.plan.town if snapshot.plan else None
        self._town.setText(name_of(town, self.texts.language) if town else "")
        self.screens[self.shown].show_snapshot(snapshot, self._now_ms)

    def _targets(self) -> tuple[Target, ...]:
        titles = {name: SCREENS[name].title(self.texts) for name in IN_NAVIGATION}
        return targets_of(self._snapshot, titles, self.texts)


def _entry() -> QPushButton:
    entry = QPushButton()
    entry.setObjectName("nav")
    entry.setCheckable(True)
    return entry
