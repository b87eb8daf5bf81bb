"""The page of one device: live points, the day's trend, raw beside decoded."""

from collections.abc import Coroutine
from typing import ClassVar

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from app.console.screens.contract import Desk, Errand, RawAnswer, Screen, Trend
from app.console.screens.device.head import DeviceHeader
from app.console.screens.device.plot import DayPlot
from app.console.screens.device.presenter import (
    head_of,
    point_columns,
    point_rows,
    raw_columns,
    raw_rows,
    trend_point,
)
from app.console.screens.panel import Panel
from app.console.style import GAP_PX
from app.console.table.view import LiveTable
from app.kit.bridge.days import Span
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, texts_for
from app.kit.presenters.point_names import point_name
from app.kit.presenters.vocabulary import unit_word
from backend.model.device import Device
from backend.model.point import Unit

_ROW_PX = 36
_TREND_EVERY_MS = 30_000
_FROM_ZERO = (Unit.WATT, Unit.WATT_HOUR, Unit.IRRADIANCE, Unit.PERCENT, Unit.AMPERE)
"""Amounts: half of it must look like half of it."""


class DeviceScreen(Screen):
    """Everything that is known of one device."""

    name: ClassVar[str] = "device"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._texts = texts_for("en")
        self._snapshot: Snapshot | None = None
        self._now_ms = 0
        self._key = ""
        self._trend: Trend | None = None
        self._answer = RawAnswer()
        self._trend_at_ms = 0
        self._asking: dict[str, Errand] = {}
        self.header, self.plot = DeviceHeader(self), DayPlot()
        self.points, self.raw = LiveTable(row_px=_ROW_PX), LiveTable(row_px=_ROW_PX)
        self.ask = QPushButton()
        self._points_panel, self._plot_panel, self._raw_panel = Panel(self.points), Panel(self.plot), Panel(self.raw)
        self.ask.setObjectName("action")
        self._raw_panel.head.addWidget(self.ask)
        self._arrange()
        self.points.moved.connect(self._choose_point)
        self.ask.clicked.connect(self.ask_device)

    def _arrange(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        page.setSpacing(GAP_PX)
        body, right = QHBoxLayout(), QVBoxLayout()
        body.setSpacing(GAP_PX)
        right.setSpacing(GAP_PX)
        right.addWidget(self._plot_panel, 1)
        right.addWidget(self._raw_panel, 1)
        body.addWidget(self._points_panel, 6)
        body.addLayout(right, 5)
        page.addWidget(self.header)
        page.addLayout(body, 1)

    @staticmethod
    def title(texts: Texts) -> str:
        """What the navigation would say."""
        return texts.say("Device")

    def speak(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.points.set_columns(point_columns(texts))
        self.raw.set_columns(raw_columns(texts))
        self.plot.speak(texts)
        self.ask.setText(texts.say("Ask the device"))
        self.show_raw(self._answer)
        self.show_trend(self._trend)
        self._refresh()

    def open_key(self, key: str) -> None:
        """Be about this device."""
        if key == self._key:
            return
        self._key = key
        self._trend, self._trend_at_ms = None, 0
        self.show_raw(RawAnswer())
        self._refresh()
        if self.points.live.rows:
            self.points.select(self.points.live.rows[0].key)
        self.points.setFocus()
        self.ask_device()

    def show_snapshot(self, snapshot: Snapshot, now_ms: int) -> None:
        """Take the newest look at the cache."""
        self._snapshot, self._now_ms = snapshot, now_ms
        self._refresh()

    def show_trend(self, trend: Trend | None) -> None:
        """Draw what was read."""
        self._trend = trend
        device = self._device()
        if device is None or self._snapshot is None:
            return
        point = self._snapshot.points.get(trend.point) if trend else None
        factor, unit = shown_unit(point.spec.unit if point else Unit.RATIO)
        self.plot.show_trend(trend, self._span(device), factor, point is not None and point.spec.unit in _FROM_ZERO)
        name = point_name(self._texts, point.spec.name) if point else ""
        heading = self._texts.say("Today · {point}", point=name) if name else self._texts.say("Today")
        empty = trend is None or not len(trend.at_ms)
        self._plot_panel.set_heading(heading, self._texts.say("not measured yet") if empty else unit)

    @property
    def plot_heading(self) -> str:
        """What stands over the chart."""
        return self._plot_panel.heading

    def show_raw(self, answer: RawAnswer) -> None:
        """List what the device said when it was asked, or why it could not be asked."""
        self._answer = answer
        self.raw.set_rows(raw_rows(answer.rows))
        self._raw_panel.set_heading(self._texts.say("Raw beside decoded"), answer.refusal)
        self.ask.setEnabled(True)

    def ask_device(self) -> None:
        """Ask the device for everything, through its node."""
        self.ask.setEnabled(False)
        self._start("inspect", self._inspect(self._key))

    def _refresh(self) -> None:
        device = self._device()
        if device is None or self._snapshot is None:
            return
        self.header.show_head(head_of(self._snapshot, device, self._now_ms, self._texts))
        self.points.set_rows(point_rows(self._snapshot, device, self._now_ms, self._texts))
        self._points_panel.set_heading(self._texts.say("Live points"))
        if self._now_ms >= self._trend_at_ms + _TREND_EVERY_MS:
            self._renew_trend()

    def _choose_point(self, key: str) -> None:
        if self._trend is None or key != self._trend.point:
            self._renew_trend()

    def _renew_trend(self) -> None:
        device = self._device()
        if device is None or self._snapshot is None:
            return
        self._trend_at_ms = self._now_ms
        point = trend_point(self._snapshot, device, self.points.current_key)
        if point is None:
            self.show_trend(None)
        else:
            self._start("trend", self._read_trend(point, self._span(device)))

    async def _read_trend(self, point: str, span: Span) -> None:
        self.show_trend(await self.desk.trend(point, span.start_ms, span.end_ms))

    async def _inspect(self, key: str) -> None:
        answer = await self.desk.inspect(key, self._texts)
        if key == self._key:
            self.show_raw(answer)

    def _start(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Run one question of each kind at a time; a newer one replaces it."""
        before = self._asking.pop(name, None)
        if before is not None:
            before.cancel()
        self._asking[name] = self.desk.tasks.create_task(work, name=f"device {name}")

    def _device(self) -> Device | None:
        return self._snapshot.devices.get(self._key) if self._snapshot else None

    def _span(self, device: Device) -> Span:
        site = self._snapshot.sites.get(device.site) if self._snapshot else None
        return Span.around(self._now_ms, site.timezone if site else "UTC")


def shown_unit(unit: Unit) -> tuple[float, str]:
    """What stored values are divided by for people, and the unit that they then have."""
    in_kilo = {Unit.WATT: "kW", Unit.WATT_HOUR: "kWh"}
    return (1000.0, in_kilo[unit]) if unit in in_kilo else (1.0, unit_word(unit))
