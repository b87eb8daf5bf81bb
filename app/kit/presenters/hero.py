"""The one number of the scene "Now", or the word that stands where no number may."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.kit.bridge.snapshot import SiteDay
from app.kit.i18n import Texts
from app.kit.i18n.quantity import Quantity
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.daylight import day_light, sun_elevation_deg
from app.kit.presenters.generation import Generation
from app.kit.presenters.tone import Shape, Tone
from app.kit.presenters.vitals import say_since
from backend.model.freshness import Freshness
from backend.model.site import Site
from backend.model.sun import RISE_DEG

_DARK_SHARE = 0.01
"""Below this share of the installed power a panel is taken for dark once the sun is down."""
_CLEAR_FROM = 0.15
"""A comparison with the clear sky is made from this share of the day's clear-sky peak on."""


class HeroKind(StrEnum):
    """What the large figures are."""

    POWER = "power"
    ENERGY = "energy"
    """Today's total, while the panels sleep."""
    SUNRISE = "sunrise"
    """A clock time, before the day has anything to tell."""
    WORD = "word"
    """No number may be shown."""


@dataclass(frozen=True, slots=True)
class Hero:
    """Caption, large figures or word, and a line beneath."""

    kind: HeroKind
    caption: Pair
    figure: Quantity | None = None
    word: Pair = UNSAID
    shape: Shape | None = None
    """Beside the word, or beside the note where there are figures."""
    tone: Tone = Tone.INK
    note: Pair = UNSAID


def tells_the_day(hero: Hero) -> bool:
    """Whether the hero already is today's energy."""
    return hero.kind is HeroKind.ENERGY


def day_has_begun(hero: Hero) -> bool:
    """Whether there is anything to tell of today; before sunrise there is not."""
    return hero.kind is not HeroKind.SUNRISE


def make_hero(site: Site, generation: Generation, day: SiteDay | None, now_ms: int, speaker: Speaker) -> Hero:
    """What may be said of the site's generation now."""
    if _panels_sleep(site, generation, now_ms):
        return _asleep(site, day, now_ms, speaker)
    caption = speaker.both(lambda texts: texts.say_to("children", "Generating now"))
    if generation.power_w is not None:
        figure = speaker.main.power(generation.power_w)
        if generation.freshness is Freshness.STALE and generation.at_ms is not None:
            note = _as_of(generation.at_ms, now_ms, site, speaker)
            return Hero(HeroKind.POWER, caption, figure, shape=Shape.CLOCK, tone=Tone.MUTED, note=note)
        return Hero(HeroKind.POWER, caption, figure, note=_remark(generation, day, now_ms, speaker))
    return _withheld(caption, generation, site, now_ms, speaker)


def _panels_sleep(site: Site, generation: Generation, now_ms: int) -> bool:
    if generation.freshness is Freshness.ASLEEP:
        return True
    if generation.power_w is None or generation.freshness is not Freshness.LIVE:
        return False
    installed_w = site.pv.installed_kw * 1000 if site.pv else 0.0
    return generation.power_w <= installed_w * _DARK_SHARE and sun_elevation_deg(site, now_ms) < RISE_DEG


def _asleep(site: Site, day: SiteDay | None, now_ms: int, speaker: Speaker) -> Hero:
    """In the evening the day's total, in the morning the hour of sunrise."""
    rise_ms = _next_rise(site, now_ms)
    if day is not None and day.energy_wh is not None and day.energy_wh >= 50:
        energy_wh, complete = day.energy_wh, day.complete
        caption = speaker.both(lambda texts: _say_total(texts, complete))
        note = speaker.both(lambda texts: _say_asleep(texts, rise_ms, site))
        return Hero(HeroKind.ENERGY, caption, speaker.main.energy(energy_wh), shape=Shape.MOON, note=note)
    note = speaker.both(lambda texts: texts.say_to("children", "The panels are asleep"))
    if rise_ms is None:
        caption = speaker.both(lambda texts: texts.say_to("children", "Generating now"))
        return Hero(HeroKind.WORD, caption, word=note, shape=Shape.MOON)
    caption = speaker.both(lambda texts: texts.say_to("children", "Sunrise"))
    time = speaker.main.time(rise_ms, site.timezone)
    return Hero(HeroKind.SUNRISE, caption, Quantity(time, ""), shape=Shape.MOON, note=note)


def _say_total(texts: Texts, complete: bool) -> str:
    if complete:
        return texts.say_to("children", "Generated today")
    return texts.say_to("children", "Generated today, known part")


def _say_asleep(texts: Texts, rise_ms: int | None, site: Site) -> str:
    if rise_ms is None:
        return texts.say_to("children", "The panels are asleep")
    return texts.say_to("children", "The panels are asleep until {time}", time=texts.time(rise_ms, site.timezone))


def _next_rise(site: Site, now_ms: int) -> int | None:
    for days in (0, 1):
        light = day_light(site, now_ms, days)
        if light is not None and light.rise_ms > now_ms:
            return light.rise_ms
    return None


def _as_of(at_ms: int, now_ms: int, site: Site, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say("As of {time}", time=say_since(at_ms, now_ms, site.timezone, texts)))


def _remark(generation: Generation, day: SiteDay | None, now_ms: int, speaker: Speaker) -> Pair:
    if generation.is_partial:
        counted, count = generation.counted, generation.inverters
        return speaker.both(lambda texts: texts.say("{counted} of {count} inverters", counted=counted, count=count))
    share = _share_of_clear(generation.power_w, day, now_ms)
    if share is None:
        return UNSAID
    return speaker.both(lambda texts: texts.say_to("children", "{share} of a clear sky", share=texts.percent(share)))


def _share_of_clear(power_w: float | None, day: SiteDay | None, now_ms: int) -> float | None:
    if power_w is None or day is None or not len(day.clear_w):
        return None
    clear_w = float(np.interp(now_ms, day.clear_at_ms, day.clear_w, left=0.0, right=0.0))
    return power_w / clear_w if clear_w > _CLEAR_FROM * float(day.clear_w.max()) else None


def _withheld(caption: Pair, generation: Generation, site: Site, now_ms: int, speaker: Speaker) -> Hero:
    since_ms = generation.at_ms
    match generation.freshness:
        case Freshness.FAULTY:
            word = speaker.both(lambda texts: texts.say("Under inspection"))
            note = speaker.both(lambda texts: texts.say("The figure comes back once it is right"))
            return Hero(HeroKind.WORD, caption, word=word, shape=Shape.TRIANGLE, tone=Tone.AMBER, note=note)
        case Freshness.OFFLINE:
            word = speaker.both(lambda texts: texts.say("Checking"))
            return Hero(
                HeroKind.WORD,
                caption,
                word=word,
                shape=Shape.DASHES,
                tone=Tone.GREY,
                note=no_contact(since_ms, site, now_ms, speaker),
            )
        case _:
            word = speaker.both(lambda texts: texts.say("Getting ready"))
            note = speaker.both(lambda texts: texts.say("Waiting for the first measurement"))
            return Hero(HeroKind.WORD, caption, word=word, shape=Shape.HOURGLASS, tone=Tone.GREY, note=note)


def no_contact(since_ms: int | None, site: Site, now_ms: int, speaker: Speaker) -> Pair:
    """Since when nothing is heard, as far as that is known."""
    if since_ms is None:
        return speaker.both(lambda texts: texts.say("No contact"))
    return speaker.both(
        lambda texts: texts.say("No contact since {time}", time=say_since(since_ms, now_ms, site.timezone, texts))
    )
