"""The day's trend of one point: one plot item kept alive, updated by ``setData``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
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
_DOT_PX = 7
_AXIS_PX = 58
"""Of one width: the library leaves labels out for which it did not expect room."""
_AIR = 0.08

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

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
        self._item.getAxis("left").setWidth(_AXIS_PX)
        self._item.setXRange(0.0, 24.0, padding=0.01)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(CONSOLE.line)
            axis.setTextPen(CONSOLE.muted)
            axis.setStyle(tickFont=make_font(SMALL_PX))
        self._curve: Any = self._item.plot(pen=_graph.mkPen(CONSOLE.blue, width=1.6), connect="finite", antialias=True)
        brush, size = _graph.mkBrush(CONSOLE.blue), _DOT_PX
        self._dots: Any = self._item.plot(pen=None, symbol="o", symbolSize=size, symbolBrush=brush, symbolPen=None)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 0, 16, 8)
        box.addWidget(view)

    def speak(self, texts: Texts) -> None:
        """Hours in this language."""
        ticks = [(float(hour), texts.hour(hour)) for hour in range(0, 25, _TICKS_EVERY_H)]
        self._item.getAxis("bottom").setTicks([ticks])

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Hour and value of the samples that stand alone."""
        hours, values = self._dots.getData()
        return [] if hours is None else list(zip(hours.tolist(), values.tolist(), strict=True))

    def show_trend(self, trend: Trend | None, span: Span, factor: float, from_zero: bool = False) -> None:
        """Draw a day, values divided by ``factor``; nothing for None. ``from_zero`` for amounts."""
        if trend is None or not len(trend.at_ms):
            self._curve.setData(_NOTHING, _NOTHING)
            self._dots.setData(_NOTHING, _NOTHING)
            return
        hours, values = (trend.at_ms - span.start_ms) / _HOUR_MS, trend.value / factor
        self._curve.setData(*_with_gaps(hours, values))
        alone = _alone(hours, values)
        self._dots.setData(hours[alone], values[alone])
        self._item.setYRange(*range_of(values, from_zero), padding=0.0)


def range_of(values: Floats, from_zero: bool) -> tuple[float, float]:
    """Lowest and highest of the axis, with room above and below; never without height."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    height = high - low or max(1.0, 0.1 * abs(high))
    return low - (0.0 if from_zero and low == 0 else _AIR * height), low + height * (1 + _AIR)


def _alone(hours: Floats, values: Floats) -> Flags:
    """Samples without a neighbour, which no line would show."""
    known = np.isfinite(values)
    near = (np.diff(hours) <= _GAP_H) & known[1:] & known[:-1]
    return known & ~np.append(near, False) & ~np.insert(near, 0, False)


def _with_gaps(hours: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Break the line where more than a quarter of an hour is missing."""
    holes = np.flatnonzero(np.diff(hours) > _GAP_H) + 1
    return np.insert(hours, holes, hours[holes - 1]), np.insert(values, holes, np.nan)
