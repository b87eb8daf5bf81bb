"""Units as people write them, in data files and in payloads of devices, and the way from each to the unit that is stored.

Factors: SI brochure (9th edition) and NIST SP 811. Spelling does not matter where it cannot be mistaken: ``kWh``, ``KWH``,
``kW·h``, ``㎾h`` and ``キロワット時`` are one, but ``mW`` and ``MW`` are two.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from backend.model.point import Unit


class Conversion(NamedTuple):
    """``stored = written * factor + offset``."""

    unit: Unit
    """The unit that is stored."""
    factor: float = 1.0
    offset: float = 0.0
    amount: bool = False
    """An amount over an interval, such as MJ/m2 in an hour: the mean over the interval is the result divided by its hours."""

    def apply(self, written: float) -> float:
        """The value in the stored unit; of an amount, over an interval of one hour."""
        return written * self.factor + self.offset


def conversion(name: str, unit: Unit | None = None) -> Conversion | None:
    """How to get from the unit of this name to a stored one, or to this ``unit``; None where that is unknown or in doubt."""
    plain = _plain(name)
    found = _EXACT.get(plain) or _LOOSE.get(_small(plain), ())
    return next((each for each in found if unit is None or each.unit is unit), None)


def _plain(name: str) -> str:
    """One spelling of a name: ``W/m²``, ``W/㎡``, ``[W/m^2]`` and ``W m-2`` become ``W/m2``, ``℃`` becomes ``degC``."""
    text = unicodedata.normalize("NFKC", name.replace("º", "°")).replace("°", "deg").replace("μ", "u").replace("−", "-")
    text = "".join(letter for letter in text if letter not in _DECORATION).replace("\u2215", "/").replace("\u2044", "/")
    for power, fraction in _POWERS.items():
        text = text.replace(power, fraction)
    return text


_DECORATION: Final = " \t()[]{}·・⋅*^_.,"
_POWERS: Final = {"m-2": "/m2", "m-3": "/m3", "cm-2": "/cm2", "s-1": "/s", "h-1": "/h", "//": "/"}
_MJ: Final = 1e6 / 3600
"""Wh in a megajoule."""


def _row(names: str, unit: Unit, factor: float = 1.0, offset: float = 0.0, *, amount: bool = False) -> tuple[str, Conversion]:
    return names, Conversion(unit, factor, offset, amount)


_ROWS: Final = (
    _row("W watt watts ワット J/s", Unit.WATT),
    _row("kW kilowatt kilowatts キロワット", Unit.WATT, 1e3),
    _row("MW megawatt megawatts メガワット", Unit.WATT, 1e6),
    _row("GW", Unit.WATT, 1e9),
    _row("mW milliwatt", Unit.WATT, 1e-3),
    _row("hp", Unit.WATT, 745.69987),
    _row("Wh watthour watthours ワット時 ワットアワー", Unit.WATT_HOUR),
    _row("kWh kilowatthour kilowatthours キロワット時 キロワットアワー", Unit.WATT_HOUR, 1e3),
    _row("MWh megawatthour megawatthours メガワット時 メガワットアワー", Unit.WATT_HOUR, 1e6),
    _row("GWh", Unit.WATT_HOUR, 1e9),
    _row("mWh", Unit.WATT_HOUR, 1e-3),
    _row("J Ws joule joules ジュール", Unit.WATT_HOUR, 1 / 3600),
    _row("kJ", Unit.WATT_HOUR, 1e3 / 3600),
    _row("MJ メガジュール", Unit.WATT_HOUR, _MJ),
    _row("GJ", Unit.WATT_HOUR, 1e3 * _MJ),
    _row("VA", Unit.VOLT_AMPERE),
    _row("kVA", Unit.VOLT_AMPERE, 1e3),
    _row("MVA", Unit.VOLT_AMPERE, 1e6),
    _row("var バール", Unit.VAR),
    _row("kvar キロバール", Unit.VAR, 1e3),
    _row("Mvar", Unit.VAR, 1e6),
    _row("varh", Unit.VAR_HOUR),
    _row("kvarh", Unit.VAR_HOUR, 1e3),
    _row("V volt volts ボルト", Unit.VOLT),
    _row("mV", Unit.VOLT, 1e-3),
    _row("kV キロボルト", Unit.VOLT, 1e3),
    _row("A amp amps ampere amperes アンペア", Unit.AMPERE),
    _row("mA ミリアンペア", Unit.AMPERE, 1e-3),
    _row("kA", Unit.AMPERE, 1e3),
    _row("Hz hertz ヘルツ", Unit.HERTZ),
    _row("mHz", Unit.HERTZ, 1e-3),
    _row("kHz", Unit.HERTZ, 1e3),
    _row("degC C celsius degreesC degreescelsius 摂氏 度 セ氏 セルシウス", Unit.CELSIUS),
    _row("degF F fahrenheit degreesF degreesfahrenheit 華氏 カ氏", Unit.CELSIUS, 5 / 9, -160 / 9),
    _row("K kelvin degK ケルビン", Unit.CELSIUS, 1.0, -273.15),
    _row("% %RH RH% percent pct パーセント", Unit.PERCENT),
    _row("1 ratio 比率 割合", Unit.RATIO),
    _row("1 ratio 比率 割合", Unit.PERCENT, 100.0),
    _row("% percent pct パーセント", Unit.RATIO, 0.01),
    _row("‰ permille", Unit.PERCENT, 0.1),
    _row("W/m2 W/sqm ワット毎平方メートル", Unit.IRRADIANCE),
    _row("kW/m2", Unit.IRRADIANCE, 1e3),
    _row("mW/cm2", Unit.IRRADIANCE, 10.0),
    _row("Wh/m2", Unit.IRRADIANCE, amount=True),
    _row("kWh/m2", Unit.IRRADIANCE, 1e3, amount=True),
    _row("J/m2", Unit.IRRADIANCE, 1 / 3600, amount=True),
    _row("kJ/m2", Unit.IRRADIANCE, 1e3 / 3600, amount=True),
    _row("MJ/m2 メガジュール毎平方メートル", Unit.IRRADIANCE, _MJ, amount=True),
    _row("J/cm2", Unit.IRRADIANCE, 1e4 / 3600, amount=True),
    _row("cal/cm2 ly langley", Unit.IRRADIANCE, 41840 / 3600, amount=True),
    _row("MJ/m2/h MJ/m2h", Unit.IRRADIANCE, _MJ),
    _row("MJ/m2/d MJ/m2/day", Unit.IRRADIANCE, _MJ / 24),
    _row("ppm umol/mol", Unit.PPM),
    _row("ppb", Unit.PPM, 1e-3),
    _row("Pa pascal パスカル", Unit.PASCAL),
    _row("hPa mbar mb millibar ヘクトパスカル ミリバール", Unit.PASCAL, 100.0),
    _row("kPa キロパスカル", Unit.PASCAL, 1e3),
    _row("MPa", Unit.PASCAL, 1e6),
    _row("bar", Unit.PASCAL, 1e5),
    _row("atm 気圧", Unit.PASCAL, 101_325.0),
    _row("mmHg Torr", Unit.PASCAL, 133.322387),
    _row("inHg", Unit.PASCAL, 3386.389),
    _row("psi", Unit.PASCAL, 6894.757),
    _row("m/s m/sec mps メートル毎秒", Unit.METRE_PER_SECOND),
    _row("cm/s", Unit.METRE_PER_SECOND, 0.01),
    _row("km/h kph kmh kmph キロメートル毎時", Unit.METRE_PER_SECOND, 1 / 3.6),
    _row("mph mi/h", Unit.METRE_PER_SECOND, 0.44704),
    _row("kt kn knot knots ノット", Unit.METRE_PER_SECOND, 1852 / 3600),
    _row("ft/s fps", Unit.METRE_PER_SECOND, 0.3048),
    _row("rpm r/min 1/min min-1 回転毎分", Unit.RPM),
    _row("deg degree degrees 度", Unit.DEGREE),
    _row("rad radian radians", Unit.DEGREE, 57.29577951308232),
    _row("mm/h mm/hr ミリ毎時", Unit.MILLIMETRE_PER_HOUR),
    _row("mm millimetre millimeter ミリメートル ミリ", Unit.MILLIMETRE),
    _row("cm", Unit.MILLIMETRE, 10.0),
    _row("m", Unit.MILLIMETRE, 1e3),
    _row("in inch inches", Unit.MILLIMETRE, 25.4),
    _row("lx lux ルクス", Unit.LUX),
    _row("klx klux キロルクス", Unit.LUX, 1e3),
    _row("ug/m3 mcg/m3 マイクログラム毎立方メートル", Unit.MICROGRAM),
    _row("mg/m3", Unit.MICROGRAM, 1e3),
    _row("ng/m3", Unit.MICROGRAM, 1e-3),
)


def _each() -> Iterator[tuple[str, Conversion]]:
    for names, found in _ROWS:
        for name in names.split():
            yield _plain(name), found


def _exact() -> dict[str, tuple[Conversion, ...]]:
    table: dict[str, tuple[Conversion, ...]] = {}
    for name, found in _each():
        table[name] = (*table.get(name, ()), found)
    return table


def _loose() -> dict[str, tuple[Conversion, ...]]:
    """By small letters, without those that mean two things then; milli and mega stay apart."""
    table: dict[str, tuple[Conversion, ...]] = {}
    doubtful: set[str] = set()
    for name, found in _EXACT.items():
        prefixed = name[0] in "mM" and name[1:] in _EXACT and name != "mm"
        for spelling in {name} if prefixed else {name, name[0].lower() + name[1:], name[0].upper() + name[1:]}:
            if table.setdefault(_small(spelling), found) != found:
                doubtful.add(_small(spelling))
    return {name: found for name, found in table.items() if name not in doubtful}


def _small(name: str) -> str:
    """Small letters but for an m at the beginning, which may be milli or mega."""
    return name[:1] + name[1:].casefold() if name[:1] in ("m", "M") else name.casefold()


_EXACT: Final = _exact()
_LOOSE: Final = _loose()
