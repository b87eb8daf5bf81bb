"""One language's voice: texts of its catalogue, and numbers, dates and ages in its own form.

For extraction: ``say``, ``say_to`` (audience first), ``say_count`` (singular, plural) and ``Message`` mark msgids.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from app.kit.i18n import quantity, times
from app.kit.i18n.catalogues import load_catalogue
from app.kit.i18n.quantity import Quantity
from backend.model.message import Message, MessageValue


class Texts:
    """Speaks one language and never changes: to switch, faces are handed another one."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = load_catalogue(language)

    def say(self, text: str, **values: MessageValue) -> str:
        """The text in this language, with ``{name}`` replaced."""
        return _fill(self._catalogue.gettext(text), values)

    def say_to(self, audience: str, text: str, **values: MessageValue) -> str:
        """The text as this audience understands it (``"children"``); the plain one where there is no such wording."""
        found = self._catalogue.pgettext(audience, text)
        return self.say(text, **values) if found == text else _fill(found, values)

    def say_count(self, singular: str, plural: str, count: int, **values: MessageValue) -> str:
        """The form that the language wants for ``count``, which is also filled in as ``{count}``."""
        return _fill(self._catalogue.ngettext(singular, plural, count), {"count": self.number(count), **values})

    def say_message(self, message: Message) -> str:
        """A message of the engine in this language. Whole numbers stay bare: they may be ports or years."""
        values = {name: quantity.plain(v, self.language) if isinstance(v, float) else v for name, v in message.values.items()}
        return _fill(self._catalogue.gettext(message.text), values)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with a fixed count of decimals."""
        return quantity.decimal(value, digits, self.language)

    def about(self, value: float, digits: int = 2) -> str:
        """A number with so many significant digits."""
        return quantity.significant(value, digits, self.language)

    def power(self, power_w: float) -> Quantity:
        """Watts as kW or MW."""
        return quantity.power(power_w, self.language)

    def rated_power(self, power_w: float) -> Quantity:
        """Watts of a nameplate as kW."""
        return quantity.rated_power(power_w, self.language)

    def energy(self, energy_wh: float) -> Quantity:
        """Watt hours as kWh or MWh."""
        return quantity.energy(energy_wh, self.language)

    def mass(self, mass_kg: float) -> Quantity:
        """Kilograms as kg or t."""
        return quantity.mass(mass_kg, self.language)

    def data_size(self, size_bytes: int) -> Quantity:
        """Bytes as kB, MB or GB."""
        return quantity.data_size(size_bytes, self.language)

    def percent(self, ratio: float, digits: int = 0) -> str:
        """A ratio as percent: 0.97 is ``97%``."""
        return str(Quantity(self.number(ratio * 100, digits), "%"))

    def temperature(self, celsius: float) -> Quantity:
        """Degrees Celsius with one decimal."""
        return Quantity(self.number(celsius, 1), "℃" if self.language.startswith("ja") else "°C")

    def time(self, at_ms: int, timezone: str, seconds: bool = False) -> str:
        """Clock time in a site's zone."""
        return times.clock_time(at_ms, timezone, seconds)

    def date(self, at: int | dt.date, timezone: str = "UTC") -> str:
        """Day, month and weekday of a UTC millisecond in a site's zone, or of a calendar day."""
        return times.short_date(at if isinstance(at, dt.date) else times.day_of(at, timezone), self.language)

    def long_date(self, at: int | dt.date, timezone: str = "UTC") -> str:
        """With the year."""
        return times.long_date(at if isinstance(at, dt.date) else times.day_of(at, timezone), self.language)

    def month(self, day: dt.date) -> str:
        """The month of a calendar day by its name: ``11月``, ``November``."""
        return times.month_name(day, self.language)

    def hour(self, hour: int) -> str:
        """A full hour on an axis: ``6時``, ``6:00``."""
        return self.say("{hour}:00", hour=hour)

    def age(self, age_ms: int) -> str:
        """How long ago: ``3秒前``, ``3 s ago``. An age from a clock that is ahead counts as 0."""
        seconds = max(0, age_ms) // 1000
        if seconds < 60:
            return self.say_count("{count} s ago", "{count} s ago", seconds)
        if seconds < 3600:
            return self.say_count("{count} min ago", "{count} min ago", seconds // 60)
        if seconds < 48 * 3600:
            return self.say_count("{count} h ago", "{count} h ago", seconds // 3600)
        return self.say_count("{count} day ago", "{count} days ago", seconds // 86400)

    def duration(self, duration_ms: int) -> str:
        """How long: ``17分``, ``1 h 5 min``."""
        minutes = max(0, duration_ms) // 60_000
        if minutes < 60:
            return self.say_count("{count} min", "{count} min", minutes)
        return self.say("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def _fill(text: str, values: Mapping[str, MessageValue]) -> str:
    return text.format_map(values) if values else text


@lru_cache(maxsize=16)
def texts_for(language: str) -> Texts:
    """The voice of a language, kept."""
    return Texts(language)


def name_of(names: Mapping[str, str], language: str) -> str:
    """A name in this language, else in English, else in any; empty where there is none."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
