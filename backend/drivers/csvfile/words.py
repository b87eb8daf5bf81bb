"""What headings of columns mean, in English and Japanese: which quantity, and in which unit it may be written."""

import re
from dataclasses import dataclass, field
from typing import Final

from backend.model import quantities as q
from backend.model.point import PointSpec, Unit
from backend.model.unit_conversion import Conversion, conversion


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the table of headings."""

    pattern: str
    spec: PointSpec | None
    """None for what is understood and left out."""
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern))


_ROWS: Final = (
    # Extremes, sums of other things, and what belongs to the instrument itself.
    Meaning(r"最大|最高|最低|最小|瞬間|\b(peak|gust|max|min|maximum|minimum|std|stdev|sd)\b", None),
    Meaning(r"海面|\bsea\b|\buv|露|dew|蒸気圧|vapou?r|ratio|cr1000|temp (chp|cm)|refcell temp|logger|enclosure", None),
    Meaning(r"global normal|occupancy|mask|label|outlier|anomal|stale|flag", None),
    Meaning(r"積雪|降雪|視程|雲量|日照|天気|品質|均質|現象なし", None),
    Meaning(r"(module|panel|cell|back).{0,3}temp|モジュール温度|パネル温度", q.MODULE_TEMPERATURE),
    Meaning(r"(inv\w*|cabinet|heat ?sink) .*temp|筐体温度", q.CABINET_TEMPERATURE),
    Meaning(r"globe.*temp|黒球", q.GLOBE_TEMPERATURE),
    Meaning(r"wbgt|暑さ指数", q.WBGT),
    Meaning(r"humid|湿度|\brh\b", q.HUMIDITY),
    Meaning(r"temp|気温|温度|室温", q.AMBIENT_TEMPERATURE),
    Meaning(r"pressure|気圧", q.PRESSURE),
    Meaning(r"wind.*dir|風向", q.WIND_DIRECTION),
    Meaning(r"wind|風速", q.WIND_SPEED),
    Meaning(r"diffuse|\bdhi\b|散乱", q.DIFFUSE_IRRADIANCE),
    Meaning(r"direct|\bdni\b|beam|直達", q.DIRECT_IRRADIANCE),
    Meaning(r"plane of array|\bpoai?\b|tilted|傾斜|斜面", q.PLANE_IRRADIANCE),
    Meaning(r"global|\bghi\b|irradi|全天|日射|solar rad|pyranometer", q.IRRADIANCE),
    Meaning(r"rain|precip|降水|雨量", q.RAIN_INTENSITY),
    Meaning(r"co2|二酸化炭素|carbon dioxide", q.CO2),
    Meaning(r"pm ?2[._]?5|微小粒子", q.PM25),
    Meaning(r"\blight\b|illumin|\blux\b|照度", q.ILLUMINANCE),
    Meaning(r"\bsoc\b|state of charge|充電率|残量", q.SOC),
    Meaning(r"dc.*power|直流電力", q.DC_POWER),
    Meaning(r"dc.*volt|直流電圧", q.DC_VOLTAGE),
    Meaning(r"dc.*curr|直流電流", q.DC_CURRENT),
    Meaning(r"(grid|net|import|買電|系統).*(power|電力)|買電", q.GRID_POWER),
    Meaning(r"(load|demand|consum|building).*power|消費電力|負荷", q.LOAD_POWER),
    Meaning(r"(ac|pv|solar|gen\w*|output).*power|発電電力|発電出力|交流電力", q.AC_POWER),
    Meaning(r"(ac|pv|solar|gen\w*|output|yield).*(energy|yield)|発電量|発電電力量", q.AC_ENERGY),
    Meaning(r"ac.*volt|交流電圧", q.AC_VOLTAGE),
    Meaning(r"ac.*curr|交流電流", q.AC_CURRENT),
    Meaning(r"freq|周波数", q.FREQUENCY),
)


def plain(title: str) -> str:
    """A heading as words: ``inv2_ac_power_w__1047`` becomes ``inv2 ac power w 1047``."""
    return re.sub(r"[\s_]+", " ", title).strip().lower()


def meaning(title: str) -> Meaning | None:
    """The first row that fits a heading; None where none does."""
    words = plain(title)
    return next((row for row in _ROWS if row.compiled.search(words)), None)


def quantity_in(name: str) -> PointSpec | None:
    """The quantity that the name of a file tells of."""
    words = plain(name)
    return next((row.spec for row in _ROWS if row.spec is not None and row.compiled.search(words)), None)


_IN_BRACKETS: Final = re.compile(r"[\[(（]([^\[\]()（）]+)[\])）]")
SHARE: Final = "share"
"""A unit of its own: parts of the device's rated power, as data sets that hide the size of a plant have it."""


def unit_in(title: str, stored: Unit) -> tuple[Conversion, str] | None:
    """The unit that stands in a heading, in brackets or as its last word, and how it is written there."""
    for text in reversed(_IN_BRACKETS.findall(title)):
        for candidate in (text, text.split()[0] if text.strip() else ""):
            found = conversion(candidate, stored)
            if found is not None:
                return found, candidate
    return _last_word(title, stored)


def _last_word(title: str, stored: Unit) -> tuple[Conversion, str] | None:
    words = [word for word in re.split(r"[\s_]+", re.sub(_IN_BRACKETS, " ", title)) if word and not word.isdigit()]
    if len(words) < 2 or words[-1].lower() in ("in", "m"):
        return None
    # In names of columns units stand in small letters.
    found = conversion(words[-1], stored) or conversion(words[-1].upper(), stored)
    return None if found is None else (found, words[-1])


def is_share(title: str) -> bool:
    """Whether a heading says that the values are parts of a whole."""
    return re.search(r"normali[sz]ed|per.?unit|\bp\.?u\.?\b|規格化", plain(title)) is not None


@dataclass(frozen=True, slots=True)
class Family:
    """Units that are usual for one stored unit, so that a heading without one leaves a doubt."""

    key: str
    """Under which a person decides for all such columns."""
    names: tuple[str, ...]
    low: float = float("-inf")
    """What can be true, in the stored unit: values that would be beyond it are not in that unit."""
    high: float = float("inf")


FAMILIES: Final[dict[Unit, Family]] = {
    Unit.WATT: Family("power", ("W", "kW")),
    Unit.CELSIUS: Family("temperature", ("degC", "degF", "K"), -55, 75),
    Unit.PERCENT: Family("percent", ("%", "ratio"), -1, 110),
    Unit.IRRADIANCE: Family("irradiance", ("W/m2", "kW/m2"), -30, 2000),
    Unit.PASCAL: Family("pressure", ("Pa", "hPa", "kPa", "mmHg", "inHg"), 50_000, 108_500),
    Unit.METRE_PER_SECOND: Family("wind", ("m/s", "km/h", "kt", "mph")),
}
"""Units that are not here are written in one way only."""
