"""Text is set large enough to be read and never outside of its room."""

import pytest
from PySide6.QtWidgets import QApplication

from app.kit.presenters.bilingual import Pair
from app.kit.theme import load_fonts
from app.kit.widgets.box import Box
from app.kit.widgets.label import Align
from app.kit.widgets.press import Press, solid
from app.kit.widgets.screen import Screen
from app.kit.widgets.typeset import break_lines, fit, is_wide, width
from backend.model.kiosk import KioskPlan


@pytest.fixture(autouse=True)
def _fonts(qapp: QApplication) -> None:
    load_fonts()


@pytest.fixture
def press() -> Press:
    return Press(Screen(1920, 1080), solid("#FFFFFF"))


def test_a_text_that_fits_keeps_its_size(press: Press) -> None:
    (label,) = press.line("空き", Box(10, 20, 500, 0), 0.06, "#000000")
    assert (label.size, label.box.x, label.box.y) == (65.0, 10, 20)


def test_a_long_text_gets_smaller_and_then_is_elided(press: Press) -> None:
    (smaller,) = press.line("北駐車場 第二急速充電器", Box(0, 0, 500, 0), 0.06, "#000000")
    assert press.screen.least_size("木") <= smaller.size < 65
    (elided,) = press.line("とても長い名前の公民館" * 4, Box(0, 0, 500, 0), 0.06, "#000000")
    assert elided.text.endswith("…")
    assert elided.size == press.screen.least_size("木")
    assert width(elided.text, elided.size) <= 500


def test_text_grows_with_the_viewing_distance() -> None:
    near = Screen.of(1920, 1080, KioskPlan("a", viewing_distance_m=2.0))
    far = Screen.of(1920, 1080, KioskPlan("a", viewing_distance_m=10.0))
    assert near.least_size("木") < far.least_size("木")
    assert far.least_size("E") < far.least_size("木")


def test_a_portrait_screen_has_the_same_letters_as_a_landscape_one() -> None:
    assert Screen(1080, 1920).least_size("木") == Screen(1920, 1080).least_size("木")
    assert Screen(1080, 1920).unit == Screen(1920, 1080).unit


def test_the_second_language_gives_way(press: Press) -> None:
    pair = Pair("いま つくっている でんき", "Generating now")
    assert len(press.beside(pair, Box(0, 0, 900, 0), 0.036, 0.028, "#000000", "#000000")) == 2
    assert len(press.beside(pair, Box(0, 0, 500, 0), 0.036, 0.028, "#000000", "#000000")) == 1


def test_right_aligned_text_ends_at_the_edge(press: Press) -> None:
    (label,) = press.line("11:42", Box(100, 0, 400, 0), 0.08, "#000000", align=Align.RIGHT)
    assert label.box.right == pytest.approx(500)


def test_the_longest_wording_that_fits(press: Press) -> None:
    room = Box(0, 0, 300, 0)
    (label,) = press.longest(("38.2 kW・開始から 17分", "38.2 kW・17分", "17分"), room, 0.033, "#000000")
    assert label.text == "38.2 kW・17分"
    assert press.longest(("とても長い文章がここに入ります",), room, 0.033, "#000000") == ()


def test_lines_break_at_spaces_and_never_start_with_a_full_stop() -> None:
    size = 30.0
    assert break_lines("スギ 2.1本が 1年に すう量", 200, size) == ("スギ 2.1本が", "1年に すう量")
    lines = break_lines("ああああああ。いいい", size * 6 + 1, size)
    assert not lines[1].startswith("。")


def test_fit_and_wide() -> None:
    assert fit("abc", 1000, 40, 20) == ("abc", 40)
    assert is_wide("10:58から")
    assert not is_wide("No contact since 10:58")
