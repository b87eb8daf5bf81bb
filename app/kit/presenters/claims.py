"""The cards beside the hero: today's energy, and what may be said of its worth."""

from dataclasses import dataclass

from app.kit.bridge.snapshot import SiteDay
from app.kit.i18n import Texts, name_of
from app.kit.i18n.quantity import Quantity
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.tone import Shape
from backend.model.equivalents import Equivalents, Figure, equivalents
from backend.model.message import Message
from backend.model.site import Factor, Site


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
    credit: str = ""
    """Factor, year and source of the figures, in small print."""


def make_cards(site: Site, day: SiteDay | None, speaker: Speaker, with_energy: bool) -> tuple[Card, ...]:
    """Energy, CO2 and comparisons of today; ``with_energy`` is off where the hero already tells today's energy."""
    energy_wh = day.energy_wh if day else None
    worth = equivalents(energy_wh, site.factors, site.co2_wording)
    first = energy_card(day, worth, speaker) if with_energy else households_card(worth, speaker)
    return tuple(card for card in (first, worth_card(worth, speaker)) if card is not None)


def energy_card(day: SiteDay | None, worth: Equivalents, speaker: Speaker) -> Card:
    """Today's energy and how many homes it would supply."""
    title = speaker.both(lambda texts: texts.say_to("children", "Today"))
    if day is None or day.energy_wh is None:
        sentence = speaker.both(lambda texts: texts.say("Checking"))
        return Card(title, sentence=sentence, shape=Shape.DASHES)
    if not day.complete:
        title = speaker.both(lambda texts: texts.say_to("children", "Today, known part"))
    figure = speaker.main.energy(day.energy_wh)
    homes = worth.households if worth.households and worth.households.value >= 0.1 else None
    aside = _homes(homes, speaker) if homes else UNSAID
    return Card(title, figure, aside, credit=_credit(speaker.main, homes.factor) if homes else "")


def households_card(worth: Equivalents, speaker: Speaker) -> Card | None:
    """Only the comparison with homes; None where there is no factor for it."""
    homes = worth.households
    if homes is None or homes.value < 0.1:
        return None
    title = speaker.both(lambda texts: texts.say_to("children", "Enough for a day"))
    unit = speaker.main.say("homes")
    return Card(title, Quantity(speaker.main.about(homes.value), unit), credit=_credit(speaker.main, homes.factor))


def worth_card(worth: Equivalents, speaker: Speaker) -> Card | None:
    """The CO2 avoided, or what stands in its place at a site that may not claim it."""
    if worth.title is not None and worth.note is not None:
        return Card(_message(worth.title, speaker), sentence=_message(worth.note, speaker))
    if worth.co2 is None:
        return None
    title = speaker.both(lambda texts: texts.say_to("children", "CO₂ avoided"))
    credit = _credit(speaker.main, worth.co2.factor)
    aside = UNSAID
    if worth.cedars is not None and worth.cedars.value >= 0.1:
        aside = _cedars(worth.cedars, speaker)
        credit = f"{credit}  /  {_credit(speaker.main, worth.cedars.factor)}"
    return Card(title, speaker.main.mass(worth.co2.value), aside, credit=credit)


def _homes(figure: Figure, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say_to("children", "{value} homes for a day", value=texts.about(figure.value)))


def _cedars(figure: Figure, speaker: Speaker) -> Pair:
    return speaker.both(
        lambda texts: texts.say_to("children", "A year's uptake of {value} cedars", value=texts.about(figure.value))
    )


def _message(message: Message, speaker: Speaker) -> Pair:
    return speaker.both(lambda texts: texts.say_message(message))


def _credit(texts: Texts, factor: Factor) -> str:
    source = name_of(factor.source, texts.language)
    unit = factor.unit.replace("CO2", "CO₂")
    parts = (f"{texts.about(factor.value, 3)} {unit}", texts.say("FY {year}", year=factor.year), source)
    return "・".join(part for part in parts if part)
