"""The overview page: figures, sites worst first, what needs attention."""

from typing import ClassVar

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QVBoxLayout

from app.console.screens.contract import Desk, Screen
from app.console.screens.overview.attention import AttentionList
from app.console.screens.overview.presenter import OverviewPresenter, columns
from app.console.screens.overview.tile import FigureTile
from app.console.screens.panel import Panel
from app.console.style import GAP_PX
from app.console.table.view import LiveTable
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, texts_for

_MOST_FIGURES = 5
_COLUMNS_UPRIGHT = 3


class OverviewScreen(Screen):
    """What a duty officer sees all day; nearly colourless while all is well."""

    name: ClassVar[str] = "overview"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._texts = texts_for("en")
        self._presenter = OverviewPresenter()
        self.tiles = tuple(FigureTile(self) for _ in range(_MOST_FIGURES))
        self.sites, self.attention = LiveTable(), AttentionList(self)
        self._sites_panel, self._attention_panel = Panel(self.sites), Panel(self.attention)
        self._top, self._below = QGridLayout(), QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._place_tiles(_MOST_FIGURES)
        self._arrange()
        self.sites.opened.connect(self._open_site)
        self.attention.opened.connect(self._open_device)

    def _arrange(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        page.setSpacing(GAP_PX)
        self._top.setSpacing(GAP_PX)
        self._below.setSpacing(GAP_PX)
        self._below.addWidget(self._sites_panel, 5)
        self._below.addWidget(self._attention_panel, 2)
        page.addLayout(self._top)
        page.addLayout(self._below, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side on a wide page, one below the other on a high one."""
        super().resizeEvent(event)
        upright = self.height() > self.width()
        sides = QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        self._below.setDirection(sides)
        self._place_tiles(_COLUMNS_UPRIGHT if upright else _MOST_FIGURES)

    def _place_tiles(self, columns: int) -> None:
        for number, tile in enumerate(self.tiles):
            self._top.addWidget(tile, number // columns, number % columns)
        for column in range(_MOST_FIGURES):
            self._top.setColumnStretch(column, 1 if column < columns else 0)

    @staticmethod
    def title(texts: Texts) -> str:
        """What the navigation says."""
        return texts.say("Overview")

    def speak(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.sites.set_columns(columns(texts))

    def show_snapshot(self, snapshot: Snapshot, now_ms: int) -> None:
        """Take the newest look at the cache."""
        view = self._presenter.view(snapshot, now_ms, self._texts)
        for number, tile in enumerate(self.tiles):
            tile.setVisible(number < len(view.figures))
            if number < len(view.figures):
                tile.show_figure(view.figures[number])
        self.sites.set_rows(view.rows)
        self.attention.show_entries(view.attention)
        self._sites_panel.set_heading(self._texts.say("Sites"), view.summary)
        heading = self._texts.say("Needs attention") if view.attention else self._texts.say("Nothing needs attention")
        self._attention_panel.set_heading(heading, view.attention_summary if view.attention else "")

    def open_key(self, key: str) -> None:
        """The table of sites is ready for the arrows."""
        self.sites.setFocus()

    def _open_site(self, key: str) -> None:
        self.opened.emit("devices", key)

    def _open_device(self, key: str) -> None:
        self.opened.emit("device", key)
