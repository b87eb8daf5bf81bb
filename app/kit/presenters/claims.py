"""The cards beside the hero: today's energy, and what may be said of its worth."""

from dataclasses import dataclass

from app.kit.bridge.snapshot import SiteDay
from app.kit.i18n import Texts, name_of
from app.kit.i18n.quantity import Quantity
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.daylight import day_light
from app.kit.presenters.generation import Generation
from app.kit.presenters.tone import Shape
from backend.model.equivalents import Equivalents, Figure, equivalents
from backend.model.freshness import Freshness
from backend.model.message import Message
from backend.model.site import Factor, Site

_LAG_MS = 20 * 60_000
"""A day whose last measurement is older than this says until when it is known."""


@dataclass(frozen=True, slots=True)
class Card:
    """A second number with its comparison, or a sentence where no number may stand."""

    title: Pair
    figure: Quantity | None = None
    aside: Pair = UNSAID
    """A comparison, or what is missing."""
    sentence: Pair = UNSAID
    """In place of a figure."""
    shape: Shape | None = None
    """Beside a sentence that says that something is unknown."""
    credits: tuple[str, ...] = ()
    """Factor, year and source of each figure, in small print."""


def make_cards(site: Site, day: SiteDay | None, speaker: Speaker, until: str, with_energy: bool) -> tuple[Card, ...]:
    """Energy, CO2 and comparisons of today; ``with_energy`` is off where the hero already tells today's energy."""
    energy_wh = day.energy_wh if day else None
    worth = equivalents(energy_wh, site.factors, site.co2_wording)
    first = energy_card(day, worth, speaker, until) if with_energy else households_card(worth, speaker)
    return tuple(card for card in (first, worth_card(worth, speaker)) if card is not None)


def known_until(site: Site, day: SiteDay | None, generation: Generation, now_ms: int, texts: Texts) -> str:
    """Up to which clock time the day is known: the hero's where that tells one; empty where the day is up to date."""
    light = day_light(site, now_ms)
    if day is None or light is None:
        return ""
    old = generation.freshness in (Freshness.STALE, Freshness.OFFLINE)
    last_ms = generation.at_ms if old else day.heard_ms
    if last_ms is None or last_ms >= min(light.set_ms, now_ms if old else now_ms - _LAG_MS):
        return ""
    return texts.time(last_ms, site.timezone)


def energy_card(day: SiteDay | None, worth: Equivalents, speaker: Speaker, until: str) -> Card:
    """Today's energy and how many homes it would supply; ``until`` is the clock time up to which it is known."""
    if day is None:
        sentence = speaker.both(lambda texts: texts.say("Getting ready"))
        return Card(speaker.both(_say_today), sentence=sentence, shape=Shape.HOURGLASS)
    if day.energy_wh is None:
        return Card(speaker.both(_say_today), sentence=speaker.both(lambda texts: texts.say("Checking")), shape=Shape.DASHES)
    title = speaker.both(lambda texts: _say_extent(texts, day.complete, until))
    figure = speaker.main.energy(day.energy_wh)
    homes = worth.households if worth.households and worth.households.value >= 0.1 else None
    aside = _homes(homes, speaker) if homes else UNSAID
    return Card(title, figure, aside, credits=(_credit(speaker.main, homes.factor),) if homes else ())


def _say_today(texts: Texts) -> str:
    return texts.say_to("children", "Today")


def _say_extent(texts: Texts, complete: bool, until: str) -> str:
    """How much of today the energy stands for."""
    if until:
        return texts.say_to("children", "Today until {time}", time=until)
    return _say_today(texts) if complete else texts.say_to("children", "Today, known part")


def households_card(worth: Equivalents, speaker: Speaker) -> Card | None:
    """Only the comparison with homes; None where there is no factor for it."""
    homes = worth.households
    if homes is None or homes.value < 0.1:
        return None
    title = speaker.both(lambda texts: texts.say_to("children", "Enough for a day"))
    unit = speaker.main.say("homes")
    return Card(title, Quantity(speaker.main.about(homes.value), unit), credits=(_credit(speaker.main, homes.factor),))


def worth_card(worth: Equivalents, speaker: Speaker) -> Card | None:
    """The CO2 avoided, or what stands in its place at a site that may not claim it."""
    if worth.title is not None and worth.note is not None:
        return Card(_message(worth.title, speaker), sentence=_message(worth.note, speaker))
    if worth.co2 is None:
        return None
    title = speaker.both(lambda texts: texts.say_to("children", "CO₂ avoided"))
    sources = (_credit(speaker.main, worth.co2.factor),)
    aside = UNSAID
    if worth.cedars is not None and worth.cedars.value >= 0.1:
        aside = _cedars(worth.cedars, speaker)
        sources += (_credit(speaker.main, worth.cedars.factor),)
    return Card(title, speaker.main.mass(worth.co2.value), aside, credits=sources)


def _homes(figure: Figure, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say_to("children", "{value} homes for a day", value=texts.about(figure.value)))


def _cedars(figure: Figure, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say_to("children", "A year of {value} cedars", value=texts.about(figure.value)))


def _message(message: Message, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say_message(message))


def _credit(texts: Texts, factor: Factor) -> str:
    amount, _, per = factor.unit.replace("CO2", "CO₂").partition("/")
    unit = f"{amount}/{_say_per(per, texts)}" if per else amount
    number = texts.number(factor.value, min(3, len(f"{factor.value:g}".partition(".")[2])))
    parts = (f"{number} {unit}", texts.say("FY {year}", year=factor.year), name_of(factor.source, texts.language))
    return "・".join(part for part in parts if part)


def _say_per(unit: str, texts: Texts) -> str:
    """The lower half of a factor's unit; what is a word is translated, units are not."""
    match unit:
        case "day":
            return texts.say("day")
        case "year":
            return texts.say("year")
        case _:
            return unit
