"""The day's trend of one point: one plot item kept alive, updated by ``setData``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.console.screens.contract import Trend
from app.console.style import SMALL_PX
from app.kit.bridge.days import Span
from app.kit.i18n import Texts
from app.kit.theme import CONSOLE, make_font

_HOUR_MS = 3_600_000
_TICKS_EVERY_H = 3
_NOTHING: Sequence[float] = ()
_GAP_H = 0.26

_graph: Any = pg
"""The library has no types of its own."""


class DayPlot(QWidget):
    """Shows a whole day from midnight to midnight, so that a glance tells what is still to come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        view: Any = _graph.PlotWidget(background=CONSOLE.panel)
        self._item: Any = view.getPlotItem()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        self._item.showGrid(x=False, y=True, alpha=0.15)
        self._item.setXRange(0.0, 24.0, padding=0.01)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(CONSOLE.line)
            axis.setTextPen(CONSOLE.muted)
            axis.setStyle(tickFont=make_font(SMALL_PX))
        self._curve: Any = self._item.plot(pen=_graph.mkPen(CONSOLE.blue, width=1.6), connect="finite", antialias=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 0, 16, 8)
        box.addWidget(view)

    def speak(self, texts: Texts) -> None:
        """Hours in this language."""
        ticks = [(float(hour), texts.hour(hour)) for hour in range(0, 25, _TICKS_EVERY_H)]
        self._item.getAxis("bottom").setTicks([ticks])

    def show_trend(self, trend: Trend | None, span: Span, factor: float) -> None:
        """Draw a day, values divided by ``factor``; nothing for None."""
        if trend is None or not len(trend.at_ms):
            self._curve.setData(_NOTHING, _NOTHING)
            return
        hours = (trend.at_ms - span.start_ms) / _HOUR_MS
        self._curve.setData(*_with_gaps(hours, trend.value / factor))


def _with_gaps(hours: np.ndarray[Any, np.dtype[np.float64]], values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Any, Any]:
    """Break the line where more than a quarter of an hour is missing."""
    holes = np.flatnonzero(np.diff(hours) > _GAP_H) + 1
    return np.insert(hours, holes, hours[holes - 1]), np.insert(values, holes, np.nan)
