"""The console in a real window: keyboard first, both languages, and it never loses its place."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.console.screens.contract import Desk, RawAnswer, RawRow, Trend
from app.console.screens.device.screen import DeviceScreen
from app.console.screens.devices.screen import DevicesScreen
from app.console.screens.overview.screen import OverviewScreen
from app.console.shell.choice import chosen_language, keep_language
from app.console.shell.shell import Shell
from app.console.shell.still import still_console
from app.kit.i18n import Texts
from app.kit.theme import load_fonts
from backend.model.states import Connectivity, DeviceHealth
from tests.unit.app.console.test_presenters import LIVE

ENTER, DOWN = Qt.Key.Key_Return, Qt.Key.Key_Down


@pytest.fixture
def shell(qtbot: QtBot) -> Shell:
    load_fonts()
    shell = still_console("overview", LIVE, "en")
    qtbot.addWidget(shell)
    shell.resize(1400, 900)
    shell.show()
    qtbot.waitExposed(shell)
    return shell


def page(shell: Shell, kind: type[DevicesScreen]) -> DevicesScreen:
    found = shell.screens["devices"]
    assert isinstance(found, kind)
    return found


def test_from_the_overview_to_a_device_and_back_by_keyboard(shell: Shell, qtbot: QtBot):
    overview = shell.screens["overview"]
    assert isinstance(overview, OverviewScreen)
    overview.sites.select("cityhall")
    qtbot.keyClick(overview.sites, ENTER)
    assert shell.shown == "devices"
    table = page(shell, DevicesScreen).table
    assert [row.key.split("/")[0] for row in table.live.rows] == ["cityhall"] * 4
    table.select("cityhall/ev4")
    qtbot.keyClick(table, ENTER)
    assert shell.shown == "device"
    qtbot.keyClick(shell, Qt.Key.Key_Escape)
    assert shell.shown == "devices"
    qtbot.keyClick(shell, Qt.Key.Key_Escape)
    assert shell.shown == "overview"


def test_arrows_move_and_the_choice_stays_when_rows_change_places(shell: Shell, qtbot: QtBot):
    shell.go("devices")
    table = page(shell, DevicesScreen).table
    table.select(table.live.rows[0].key)
    qtbot.keyClick(table, DOWN)
    qtbot.keyClick(table, DOWN)
    chosen = table.current_key
    assert chosen == table.live.rows[2].key
    statuses = {**LIVE.statuses, "cityhall/ev3": replace(LIVE.statuses["cityhall/ev3"], health=DeviceHealth.FAULT)}
    shell.show_snapshot(replace(LIVE, statuses=statuses), LIVE.now_ms)
    assert table.live.rows[2].key != chosen
    assert table.current_key == chosen
    assert table.live.rows[table.currentIndex().row()].key == chosen


def test_only_rows_that_changed_are_painted_again(shell: Shell, qtbot: QtBot):
    shell.go("devices")
    table = page(shell, DevicesScreen).table
    changed: list[int] = []
    table.live.dataChanged.connect(lambda first, last: changed.append(first.row()))
    shell.show_snapshot(LIVE, LIVE.now_ms)
    assert changed == []
    statuses = {**LIVE.statuses, "aoba/ev2": replace(LIVE.statuses["aoba/ev2"], connectivity=Connectivity.ASLEEP)}
    shell.show_snapshot(replace(LIVE, statuses=statuses), LIVE.now_ms)
    assert changed == [next(n for n, row in enumerate(table.live.rows) if row.key == "aoba/ev2")]


def test_search_opens_what_it_finds(shell: Shell, qtbot: QtBot):
    qtbot.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(shell.search, "car park")
    assert shell.search.results.isVisible()
    qtbot.keyClick(shell.search, DOWN)
    qtbot.keyClick(shell.search, ENTER)
    assert shell.shown == "device"
    device = shell.screens["device"]
    assert isinstance(device, DeviceScreen)
    assert [row.key for row in device.points.live.rows] == ["cityhall/ev2/connector1.power"]
    assert not shell.search.results.isVisible()


def test_the_filter_narrows_while_one_types(shell: Shell, qtbot: QtBot):
    shell.go("devices")
    devices = page(shell, DevicesScreen)
    qtbot.keyClicks(devices.filter, "charger city")
    assert len(devices.table.live.rows) == 4
    qtbot.keyClick(devices.filter, DOWN)
    assert devices.table.current_key == devices.table.live.rows[0].key


def test_the_whole_console_changes_its_language_while_running(shell: Shell, qtbot: QtBot):
    shell.go("devices")
    table = page(shell, DevicesScreen).table
    assert table.live.columns[0].title == "Device"
    qtbot.mouseClick(shell.language, Qt.MouseButton.LeftButton)
    assert shell.texts.language == "ja"
    assert table.live.columns[0].title == "機器"
    assert "異常" in [cell.text for cell in table.live.rows[0].cells]
    qtbot.mouseClick(shell.language, Qt.MouseButton.LeftButton)
    assert table.live.columns[0].title == "Device"


def test_without_a_cache_it_says_so(qtbot: QtBot):
    load_fonts()
    shell = still_console("overview", LIVE, "en")
    qtbot.addWidget(shell)
    shell.show_snapshot(None, 0)
    assert "No cache yet" in shell.footer.findChildren(type(shell._town))[0].text()


class Answers:
    """A desk whose answers the test gives."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def trend(self, point: str, start_ms: int, end_ms: int) -> Trend | None:
        self.asked.append(point)
        at_ms = np.arange(start_ms, start_ms + 10 * 60_000, 60_000, dtype=np.int64)
        return Trend(point, at_ms, np.linspace(0.0, 9000.0, len(at_ms)))

    async def inspect(self, device: str, texts: Texts) -> RawAnswer:
        return RawAnswer([RawRow("103#0.W", "1482", "14820", "W", "ac_power", "")])


async def test_a_device_shows_its_day_and_what_it_says(qtbot: QtBot):
    load_fonts()
    answers = Answers()
    async with asyncio.TaskGroup() as group:
        shell = Shell(Desk(group, answers.trend, answers.inspect), "en")
        qtbot.addWidget(shell)
        shell.show_snapshot(LIVE, LIVE.now_ms)
        shell.go("device", "aoba/pv1")
    device = shell.screens["device"]
    assert isinstance(device, DeviceScreen)
    assert set(answers.asked) == {"aoba/pv1/ac_power"}
    assert [cell.text for cell in device.raw.live.rows[0].cells][:3] == ["103#0.W", "1482", "14820 W"]
    x, y = device.plot._curve.getData()
    assert (x[0], y[-1]) == (0.0, 9.0)
    assert device.ask.isEnabled()
    shell.next_language()
    assert device.raw.live.columns[0].title == "機器内の項目"
    assert len(device.raw.live.rows) == 1


def test_the_chart_speaks_the_new_language_at_once(shell: Shell):
    trend = Trend("aoba/pv1/ac_power", np.array([LIVE.now_ms - 60_000], dtype=np.int64), np.array([9000.0]))
    shell.go("device", "aoba/pv1")
    device = shell.screens["device"]
    assert isinstance(device, DeviceScreen)
    device.show_trend(trend)
    assert device.plot_heading == "Today · AC power"
    shell.next_language()
    assert device.plot_heading.startswith("今日")


def test_the_chosen_language_is_remembered(tmp_path: Path):
    cache = tmp_path / "town.enemado"
    assert chosen_language(cache) is None
    keep_language(cache, "en")
    assert chosen_language(cache) == "en"
    (tmp_path / "console-language").write_text("klingon", encoding="utf-8")
    assert chosen_language(cache) is None
    keep_language(tmp_path / "missing" / "town.enemado", "ja")


def test_the_search_shows_whole_rows(shell: Shell, qtbot: QtBot):
    shell.activateWindow()
    shell.search.begin()
    results = shell.search.results
    assert results.isVisible()
    rows = min(12, results.model().rowCount())
    assert results.sizeHintForRow(0) >= results.fontMetrics().height() + 10
    assert 0 <= results.height() - rows * results.sizeHintForRow(0) <= 6


def test_a_high_page_stands_its_panels_one_below_the_other(shell: Shell, qtbot: QtBot):
    overview = shell.screens["overview"]
    assert isinstance(overview, OverviewScreen)
    shell.resize(1080, 1920)
    qtbot.waitUntil(lambda: overview.attention.mapTo(shell, overview.attention.rect().topLeft()).y() > 1000)
    shell.resize(1400, 900)
    qtbot.waitUntil(lambda: overview.attention.mapTo(shell, overview.attention.rect().topLeft()).y() < 400)
