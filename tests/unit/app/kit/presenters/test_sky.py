"""The sky's colours by the sun, and that text can be read on all of them."""

import pytest

from app.kit.presenters.sky import colour_at, mix, sky_at
from app.kit.theme import KIOSK
from app.kit.theme.tokens import contrast


@pytest.mark.parametrize("rising", [True, False])
@pytest.mark.parametrize("quarter", range(-100, 100))
def test_ink_can_be_read_at_every_height_of_every_sky(quarter: int, rising: bool) -> None:
    sky = sky_at(quarter * 0.9, rising)
    ink = KIOSK.night_ink if sky.dark else KIOSK.ink
    assert min(contrast(ink, colour_at(sky.stops, y / 20)) for y in range(20)) >= 7.0


def test_day_night_and_stars() -> None:
    assert not sky_at(30, rising=True).dark
    assert sky_at(-3, rising=False).dark
    assert sky_at(-3, rising=False).stars == 0
    assert sky_at(-20, rising=False).stars > 0.9


def test_morning_differs_from_evening() -> None:
    assert sky_at(1, rising=True).stops != sky_at(1, rising=False).stops
    assert sky_at(40, rising=True).stops == sky_at(40, rising=False).stops


def test_colours_between() -> None:
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert colour_at(((0.0, "#000000"), (1.0, "#FFFFFF")), 0.25) == "#404040"
    assert colour_at(((0.0, "#000000"), (1.0, "#FFFFFF")), 2.0) == "#FFFFFF"
