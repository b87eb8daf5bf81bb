"""Colours keep their contrast, fonts are there, sizes follow the viewing distance."""

from dataclasses import asdict

import pytest
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.kit.theme import CONSOLE, DISASTER, FAMILY, KIOSK, TYPE, load_fonts, make_font, minimum_height_px
from app.kit.theme.numerals import draw_tabular, tabular_width
from app.kit.theme.tokens import contrast
from app.kit.theme.type import Script, minimum_height_mm


@pytest.mark.parametrize("name", ["ink", "muted", "leaf", "blue", "amber", "red", "grey"])
def test_kiosk_text_keeps_seven_to_one_on_light_grounds(name: str):
    colour = getattr(KIOSK, name)
    assert min(contrast(colour, ground) for ground in (KIOSK.sky, KIOSK.horizon, KIOSK.card, "#EEF6FB")) >= 7.0


@pytest.mark.parametrize("name", ["footer_ink", "footer_muted", "footer_amber"])
def test_kiosk_footer_text_keeps_seven_to_one(name: str):
    assert contrast(getattr(KIOSK, name), KIOSK.footer) >= 7.0


@pytest.mark.parametrize("name", ["footer_leaf", "footer_blue"])
def test_kiosk_footer_dots_keep_three_to_one(name: str):
    assert contrast(getattr(KIOSK, name), KIOSK.footer) >= 3.0


@pytest.mark.parametrize("name", ["ink", "muted", "leaf", "blue", "amber", "red", "grey"])
def test_console_text_keeps_four_and_a_half_to_one(name: str):
    colour = getattr(CONSOLE, name)
    assert min(contrast(colour, ground) for ground in (CONSOLE.ground, CONSOLE.panel, CONSOLE.side)) >= 4.5


def test_disaster_text_keeps_seven_to_one():
    for name in ("ink", "muted", "leaf", "amber", "red"):
        assert contrast(getattr(DISASTER, name), DISASTER.card) >= 7.0
    assert contrast(DISASTER.band_ink, DISASTER.band) >= 7.0


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_every_token_is_a_colour():
    for tokens in (KIOSK, CONSOLE, DISASTER):
        assert all(QColor(value).isValid() for value in asdict(tokens).values())


@pytest.mark.parametrize(("metres", "ja_mm", "latin_mm"), [(1.5, 9, 7), (5, 20, 15), (10, 40, 30), (15, 60, 45), (60, 240, 180)])
def test_characters_grow_with_the_distance(metres: float, ja_mm: float, latin_mm: float):
    assert minimum_height_mm(metres, Script.JAPANESE) == pytest.approx(ja_mm)
    assert minimum_height_mm(metres, Script.LATIN) == pytest.approx(latin_mm)


def test_millimetres_become_pixels_of_the_screen():
    assert minimum_height_px(10, Script.JAPANESE, 685, 1080) == pytest.approx(63, abs=0.5)
    assert minimum_height_px(10, Script.JAPANESE, 685, 2160) == pytest.approx(126, abs=1)


def test_the_smallest_type_that_must_be_read_suffices_for_a_lobby():
    assert TYPE.small * 1080 * 0.92 >= minimum_height_px(3.0, Script.JAPANESE, 685, 1080)


def test_the_family_is_bundled_and_hero_figures_are_a_fifth_of_the_screen(qtbot: QtBot):
    load_fonts()
    metrics = QFontMetricsF(make_font(TYPE.hero * 1080, bold=True))
    assert make_font(10).family() == FAMILY
    assert metrics.capHeight() == pytest.approx(1080 / 5, rel=0.03)


def test_figures_in_columns_have_equal_width(qtbot: QtBot):
    load_fonts()
    metrics = QFontMetricsF(make_font(40))
    assert metrics.horizontalAdvance("111") < metrics.horizontalAdvance("000")
    assert tabular_width("111.1", metrics) == pytest.approx(tabular_width("000.0", metrics))
    picture = QImage(400, 60, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    painter.setFont(make_font(40))
    assert draw_tabular(painter, 5.0, 50.0, "11:42", metrics) == pytest.approx(5.0 + tabular_width("00:00", metrics))
    painter.end()
