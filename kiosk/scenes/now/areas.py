"""Where things stand in the scene "Now", in landscape and in portrait."""

from dataclasses import dataclass

from app.kit.widgets.box import Box
from app.kit.widgets.footer import footer_height, margin
from app.kit.widgets.screen import Screen

_NARROW = 1.5
"""Width over height below which the cards reach over the middle, so that the sun has to stay under them."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Boxes that share no pixel."""

    head: Box
    hero: Box
    cards: Box
    chart: Box
    """From the ground on which the hill stands up to the top of the sun's arc."""
    earth: Box
    """The strip under the hill, with the hours."""


def arrange(screen: Screen, facts: bool) -> Areas:
    """By the shape of the screen, and whether the footer has facts to tell."""
    u, m = screen.unit, margin(screen)
    foot = screen.height - footer_height(screen, facts)
    earth = Box(0, foot - 5.0 * u, screen.width, 5.0 * u)
    inner = screen.width - 2 * m
    head = Box(m, 4.4 * u, inner, 12 * u)
    if screen.is_portrait:
        hero = Box(m, 20.5 * u, inner, 40 * u)
        cards = Box(m, 62 * u, inner, 41 * u)
        chart = Box(m, cards.bottom + 3 * u, inner, earth.y - cards.bottom - 3 * u)
        return Areas(head, hero, cards, chart, earth)
    card_width = min(max(0.345 * screen.width, 53 * u), 62 * u)
    hero = Box(m, 19.2 * u, inner - card_width - 4 * u, 33.5 * u)
    cards = Box(screen.width - m - card_width, 18.4 * u, card_width, 38.0 * u)
    chart_top = (53.6 if screen.width > _NARROW * screen.height else 60.5) * u
    chart = Box(m, chart_top, inner, earth.y - chart_top)
    return Areas(head, hero, cards, chart, earth)
