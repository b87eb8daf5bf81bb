"""Columns are as wide as their texts, and words give way before figures."""

import pytest
from pytestqt.qtbot import QtBot

from app.console.table.cells import Cell, Column, Row
from app.console.table.view import LiveTable
from app.console.table.widths import needs_of, share_out
from app.kit.theme import load_fonts

COLUMNS = (Column("Site", 2), Column("Key", 1, yields=True), Column("Generation kW", 1, figures=True))
NAME = "Central Community Centre"


@pytest.fixture(autouse=True)
def _fonts(qtbot: QtBot) -> None:
    load_fonts()


def rows(count: int = 3) -> list[Row]:
    return [Row(str(n), (Cell(NAME), Cell("central.community.centre"), Cell("10.8"))) for n in range(count)]


def test_what_is_left_is_shared_and_nothing_is_cut():
    needs = needs_of(COLUMNS, rows())
    widths = share_out(COLUMNS, needs, sum(needs) + 400)
    assert [width - need for width, need in zip(widths, needs, strict=True)] == [200, 100, 100]


def test_a_narrow_table_gives_up_the_key_first_and_figures_never():
    needs = needs_of(COLUMNS, rows())
    assert share_out(COLUMNS, needs, sum(needs) - 20) == [needs[0], needs[1] - 20, needs[2]]
    assert share_out(COLUMNS, needs, needs[0] + needs[2] + 10) == [needs[0] + 10, 0, needs[2]]
    assert share_out(COLUMNS, needs, needs[0] + needs[2] - 50) == [needs[0] - 50, 0, needs[2]]


def test_of_several_columns_that_yield_the_last_goes_first():
    columns = (Column("Device", 1), Column("Kind", 1, yields=True), Column("Link", 1, yields=True))
    assert share_out(columns, [200, 150, 150], 430) == [200, 150, 80]
    assert share_out(columns, [200, 150, 150], 360) == [210, 150, 0]
    assert share_out(columns, [200, 150, 150], 320) == [200, 120, 0]


def test_a_long_run_of_figures_does_not_push_the_names_away():
    hexadecimal = Row("0", (Cell(NAME), Cell("k"), Cell("0xDEADBEEF" * 20)))
    assert needs_of(COLUMNS, [hexadecimal])[2] < 200


def test_a_title_is_read_whole_where_the_cells_are_short(qtbot: QtBot):
    table = LiveTable()
    qtbot.addWidget(table)
    table.resize(700, 300)
    table.set_columns(COLUMNS)
    table.set_rows(rows())
    assert table.columnWidth(2) >= table.horizontalHeader().sectionSizeHint(2)


@pytest.mark.parametrize("count", [5, 10, 40])
def test_the_last_row_that_is_seen_is_seen_whole(qtbot: QtBot, count: int):
    table = LiveTable()
    qtbot.addWidget(table)
    table.resize(700, 480)
    table.set_columns(COLUMNS)
    table.set_rows(rows(count))
    table.show()
    room, height = table.viewport().height(), table.rowHeight(0)
    assert count * height <= room or room % height < room // height


def test_a_cut_text_is_told_whole_by_its_tip(qtbot: QtBot):
    from PySide6.QtCore import Qt

    table = LiveTable()
    qtbot.addWidget(table)
    table.set_columns(COLUMNS)
    table.set_rows(rows())
    assert table.live.data(table.live.index(0, 0), Qt.ItemDataRole.ToolTipRole) == NAME
