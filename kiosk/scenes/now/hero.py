"""The large figures of the scene "Now"."""

from app.kit.presenters.hero import Hero, HeroKind
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import ASCENT, width


def hero_items(press: Press, area: Box, hero: Hero, palette: Palette) -> tuple[Item, ...]:
    """Caption, then figures or a word, then the note."""
    u = press.unit
    caption = press.beside(hero.caption, area, 0.036, TYPE.small, palette.muted, palette.muted)
    body = Box(area.x, area.y + 4.6 * u, area.w, area.h - 4.6 * u)
    if hero.kind is HeroKind.WORD or hero.figure is None:
        return (*caption, *_word(press, body, hero, palette))
    return (*caption, *_figures(press, body, hero, palette))


def _figures(press: Press, area: Box, hero: Hero, palette: Palette) -> tuple[Item, ...]:
    assert hero.figure is not None
    u = press.unit
    colour = palette.text(hero.tone)
    number, unit = hero.figure
    size = _hero_size(press, area.w, number, unit)
    figures_top = area.y + 1.0 * u - (ASCENT - 0.765) * size
    side_bearing = 0.07 * size
    labels = press.line(number, Box(area.x - side_bearing, figures_top, area.w, 0), size / u / 100, colour, bold=True)
    if unit and labels:
        unit_size = size * TYPE.hero_unit / TYPE.hero
        labels += press.after(labels[0], unit, Box(area.x, 0, area.w + 1, 0), unit_size / u / 100, palette.muted, gap=0.07)
    note_top = figures_top + size * ASCENT + 3.0 * u
    return (*labels, *_note(press, Box(area.x, note_top, area.w, 0), hero, palette))


def _hero_size(press: Press, room: float, number: str, unit: str) -> float:
    """A fifth of the screen, less where the figures are many."""
    size = press.size(number, TYPE.hero)
    ratio = TYPE.hero_unit / TYPE.hero
    needed = width(number, size, bold=True) + (0.14 * size + width(unit, round(size * ratio)) if unit else 0)
    return size if needed <= room else float(int(size * room / needed))


def _word(press: Press, area: Box, hero: Hero, palette: Palette) -> tuple[Item, ...]:
    """A shape and a word where a number may not stand: as calm, and not to be mistaken for one."""
    u = press.unit
    colour = palette.text(hero.tone)
    side = 15 * u
    items: tuple[Item, ...] = ()
    x = area.x
    y = area.y + 2.6 * u
    if hero.shape is not None:
        items += (Mark(Box(x, y, side, side), hero.shape, colour),)
        x += side + 3 * u
    room = Box(x, y + 0.4 * u, area.right - x, side)
    main = press.line(hero.word.main, room, 0.105, colour, bold=True)
    items += main
    if main:
        second = Box(x + 0.2 * u, main[0].box.bottom + 1.0 * u, room.w, 0)
        items += press.line(hero.word.second, second, TYPE.body, palette.muted)
    return (*items, *_note(press, Box(area.x, y + side + 3.2 * u, area.w, 0), hero, palette, with_shape=False))


def _note(press: Press, room: Box, hero: Hero, palette: Palette, with_shape: bool = True) -> tuple[Item, ...]:
    """What is to be known beside the figures, in both languages; the shape stands before it."""
    u = press.unit
    if not hero.note:
        return ()
    mark: tuple[Item, ...] = ()
    text_room = room
    if with_shape and hero.shape is not None:
        side = press.size(hero.note.main, TYPE.label)
        mark = (Mark(Box(room.x, room.y, side, side), hero.shape, palette.muted),)
        text_room = Box(room.x + side + 1.2 * u, room.y, room.w - side - 1.2 * u, 0)
    main = press.lines(hero.note.main, text_room, TYPE.label, palette.ink)
    if not hero.note.second:
        return (*mark, *main)
    beside = press.after(main[0], hero.note.second, room, TYPE.small, palette.muted) if len(main) == 1 else ()
    if beside:
        return (*mark, *main, *beside)
    below = text_room._replace(y=main[-1].box.bottom + 0.8 * u)
    return (*mark, *main, *press.longest((hero.note.second,), below, TYPE.small, palette.muted))
