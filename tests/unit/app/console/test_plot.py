"""The axis of the day's trend: amounts begin at zero, a single sample has an axis and a dot."""

import numpy as np
from pytestqt.qtbot import QtBot

from app.console.screens.contract import Trend
from app.console.screens.device.plot import DayPlot, range_of
from app.console.screens.device.screen import shown_unit
from app.kit.bridge.days import Span
from backend.model.point import Unit

SPAN = Span.around(1_795_402_800_000, "Asia/Tokyo")


def test_amounts_begin_at_zero_and_temperatures_do_not():
    low, high = range_of(np.array([600.0, np.nan, 800.0]), from_zero=True)
    assert low == 0.0
    assert high > 800.0
    low, high = range_of(np.array([15.0, 17.0]), from_zero=False)
    assert 14.0 < low < 15.0
    assert 17.0 < high < 18.0


def test_one_value_and_none_have_an_axis_with_height():
    for values in ([38.2], [0.0], [np.nan]):
        low, high = range_of(np.array(values), from_zero=True)
        assert low == 0.0
        assert high > 0.5


def test_a_single_sample_is_a_dot_and_neighbours_are_a_line(qtbot: QtBot):
    plot = DayPlot()
    qtbot.addWidget(plot)
    at_ms = SPAN.start_ms + np.array([1, 2, 600], dtype=np.int64) * 60_000
    plot.show_trend(Trend("p", at_ms, np.array([5.0, 6.0, 7.0])), SPAN, 1.0, from_zero=True)
    assert plot.dots == [(10.0, 7.0)]


def test_units_are_written_as_people_write_them():
    assert shown_unit(Unit.IRRADIANCE) == (1.0, "W/m²")
    assert shown_unit(Unit.WATT) == (1000.0, "kW")
