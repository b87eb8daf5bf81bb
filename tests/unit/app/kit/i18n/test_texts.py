"""What people read: numbers, units, ages and dates in both languages."""

from datetime import date

import pytest

from app.kit.i18n import Quantity, Texts, name_of, texts_for
from backend.model.message import Message

JA, EN = Texts("ja"), Texts("en")
AT_MS = 1_795_401_727_000  # 2026-11-23 11:42:07 in Tokyo


@pytest.mark.parametrize(
    ("power_w", "number", "unit"),
    [
        (14_820, "14.8", "kW"),
        (350, "0.35", "kW"),
        (0, "0.0", "kW"),
        (-3, "0.0", "kW"),
        (412_640, "412.6", "kW"),
        (999_960, "1.00", "MW"),
        (1_240_000, "1.24", "MW"),
        (-2_500, "-2.5", "kW"),
    ],
)
def test_power_has_sensible_digits(power_w: float, number: str, unit: str):
    assert JA.power(power_w) == EN.power(power_w) == Quantity(number, unit)


@pytest.mark.parametrize(
    ("energy_wh", "text"),
    [(52_600, "52.6 kWh"), (1_486_000, "1,486 kWh"), (123_456_000, "123.5 MWh"), (0, "0.0 kWh")],
)
def test_energy(energy_wh: float, text: str):
    assert str(JA.energy(energy_wh)).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("age_ms", "ja", "en"),
    [
        (3_400, "3秒前", "3 s ago"),
        (-500, "0秒前", "0 s ago"),
        (44 * 60_000, "44分前", "44 min ago"),
        (5 * 3_600_000, "5時間前", "5 h ago"),
        (72 * 3_600_000, "3日前", "3 days ago"),
    ],
)
def test_age(age_ms: int, ja: str, en: str):
    assert (JA.age(age_ms), EN.age(age_ms)) == (ja, en)


def test_times_stand_in_the_zone_of_the_site():
    assert JA.time(AT_MS, "Asia/Tokyo") == "11:42"
    assert EN.time(AT_MS, "Europe/Berlin", seconds=True) == "03:42:07"
    assert JA.date(AT_MS, "Asia/Tokyo") == "11月23日(月)"
    assert EN.date(AT_MS, "America/Los_Angeles") == "Sun, Nov 22"
    assert JA.long_date(date(2026, 11, 23)) == "2026年11月23日"
    assert EN.long_date(date(2026, 11, 23)) == "Nov 23, 2026"
    assert (JA.hour(6), EN.hour(6)) == ("6時", "6:00")


def test_durations_and_rounded_figures():
    assert (JA.duration(17 * 60_000), EN.duration(65 * 60_000)) == ("17分", "1 h 5 min")
    assert [JA.about(v) for v in (2.63, 1_234, 0.0123, 0)] == ["2.6", "1,200", "0.012", "0"]
    assert JA.percent(0.974) == "97%"
    assert str(JA.temperature(-0.04)) == "0.0℃"
    assert JA.rated_power(5_500) == Quantity("5.5", "kW")
    assert JA.rated_power(50_000) == Quantity("50", "kW")
    assert str(EN.data_size(1_800_000_000)) == "1.8\u00a0GB"
    assert EN.mass(1_234.0) == Quantity("1.23", "t")


def test_messages_of_the_engine_are_said_with_their_values():
    message = Message("{hours} h {minutes} min", {"hours": 1200, "minutes": 5})
    assert EN.say_message(message) == "1200 h 5 min"
    assert JA.say_message(message) == "1200時間5分"
    unknown = "No such msgid: {x}"
    assert JA.say_message(Message(unknown, {"x": 0.5})) == "No such msgid: 0.5"


def test_an_audience_without_its_own_wording_hears_the_plain_one():
    assert JA.say_to("nobody in particular", "{hour}:00", hour=6) == "6時"


def test_unknown_languages_speak_english():
    assert texts_for("xx-none").say("Getting ready. One moment, please.") == "Getting ready. One moment, please."


def test_names_fall_back_to_english_then_to_any():
    assert name_of({"ja": "市役所", "en": "City hall"}, "ja") == "市役所"
    assert name_of({"ja": "市役所", "en": "City hall"}, "pt") == "City hall"
    assert name_of({"ja": "市役所"}, "en") == "市役所"
    assert name_of({}, "en") == ""
